/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pending ports of one open file; see ring.c.
 */
#ifndef _DRIVERS_XEN_EVTCHN_RING_H
#define _DRIVERS_XEN_EVTCHN_RING_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <asm/barrier.h>

struct evtchn_mapped;

/**
 * struct evtchn_ring - the pending ports of one file, oldest first
 * @lock: irq-safe; protects @ports, @pending, @mapped and every entry of this ring
 * @ports: how many entries there are or will be: ports that are not withdrawn
 * @pending: the queued entries; may be tested for emptiness without @lock
 * @wait: readers and pollers; has its own lock
 * @async: receivers of SIGIO; see fasync_helper()
 * @mapped: where pending ports go in place of @pending, or NULL; set once, may be
 *	    read without @lock
 *
 * The ring is a list through the ports themselves. It needs no room made, since
 * a port brings its place along, and so it can not overflow. What a client maps has
 * so much room and no more; see mapped.c.
 */
struct evtchn_ring {
	spinlock_t lock;	/* see above */
	u32 ports;
	struct list_head pending;
	wait_queue_head_t wait;
	struct fasync_struct *async;
	struct evtchn_mapped *mapped;
};

/**
 * enum evtchn_ring_state - where an entry stands
 * @EVTCHN_RING_IDLE: not pending
 * @EVTCHN_RING_QUEUED: on &evtchn_ring.pending
 * @EVTCHN_RING_CLOSED: never to be pending again
 * @EVTCHN_RING_MAPPED: was put into &evtchn_ring.mapped, and may have been taken since
 */
enum evtchn_ring_state {
	EVTCHN_RING_IDLE,
	EVTCHN_RING_QUEUED,
	EVTCHN_RING_CLOSED,
	EVTCHN_RING_MAPPED,
};

/**
 * struct evtchn_ring_entry - a port's place in the ring
 * @node: link in &evtchn_ring.pending while it is queued there; protected by
 *	  &evtchn_ring.lock
 * @place: where it was put in the mapped ring; protected alike
 * @port: the number to hand out; constant
 * @state: an &enum evtchn_ring_state; protected by &evtchn_ring.lock
 */
struct evtchn_ring_entry {
	union {
		struct list_head node;
		u64 place;
	};
	u32 port;
	u8 state;
};

void evtchn_ring_init(struct evtchn_ring *ring);
void evtchn_ring_entry_init(struct evtchn_ring_entry *entry, u32 port);
void evtchn_ring_close(struct evtchn_ring *ring,
		       struct evtchn_ring_entry *entry);
void evtchn_ring_push(struct evtchn_ring *ring, struct evtchn_ring_entry *entry);
void evtchn_ring_push_in_irq(struct evtchn_ring *ring,
			     struct evtchn_ring_entry *entry);
bool evtchn_ring_drop(struct evtchn_ring *ring, struct evtchn_ring_entry *entry);
int evtchn_ring_divert(struct evtchn_ring *ring, struct evtchn_ring_entry *entry);
bool evtchn_ring_queued(struct evtchn_ring *ring,
			struct evtchn_ring_entry *entry);
bool evtchn_ring_first(struct evtchn_ring *ring, u32 *port);
unsigned int evtchn_ring_take(struct evtchn_ring *ring, u32 __user *ports,
			      unsigned int max);
bool evtchn_ring_pop(struct evtchn_ring *ring, u32 port);
void evtchn_ring_wake(struct evtchn_ring *ring);
int evtchn_ring_wait(struct evtchn_ring *ring, ktime_t *until);

/**
 * evtchn_ring_mapped() - the ring that the client has mapped
 * @ring: the file's ring
 *
 * Context: any.
 * Return: that, or NULL. Once there is one, it stays.
 */
static inline struct evtchn_mapped *evtchn_ring_mapped(struct evtchn_ring *ring)
{
	/* It is filled in: pairs with evtchn_mapped_attach(). */
	return smp_load_acquire(&ring->mapped);
}

/**
 * evtchn_ring_empty() - whether nothing is there to be read
 * @ring: the ring
 *
 * It never is once the ring is mapped, but for what is still being moved there.
 *
 * Context: any. Takes no lock. Who sleeps on the answer must have queued on
 * &evtchn_ring.wait before asking, with a full barrier between the two; see
 * evtchn_ring_wake().
 * Return: the answer, which may be old when it arrives.
 */
static inline bool evtchn_ring_empty(const struct evtchn_ring *ring)
{
	return list_empty(&ring->pending);
}

/**
 * evtchn_ring_pass_on() - leave without a port
 * @ring: the ring
 *
 * For each reader that does: it may be the one that was woken for a port that is
 * pending still, and then another one is to have it.
 *
 * Context: any.
 */
static inline void evtchn_ring_pass_on(struct evtchn_ring *ring)
{
	if (!evtchn_ring_empty(ring))
		evtchn_ring_wake(ring);
}

#endif /* _DRIVERS_XEN_EVTCHN_RING_H */
