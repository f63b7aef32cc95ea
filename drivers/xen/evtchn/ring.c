// SPDX-License-Identifier: GPL-2.0
/*
 * The pending ports of one open file.
 *
 *	evtchn_ring_push()	at the tail
 *	evtchn_ring_push_in_irq()  the same, from the upcall
 *	evtchn_ring_take()	off the head, into the memory of a reader
 *	evtchn_ring_first()	a look at the head
 *	evtchn_ring_pop()	off the head, what was seen there
 *	evtchn_ring_drop()	out of the middle, for RESET
 *	evtchn_ring_close()	out of the middle and never in again, for unbind
 *
 * A reader takes ports as long as its memory can be written without a page fault,
 * with the lock held. Where it can't, the reader looks at the head, writes that
 * number with no lock held, which may sleep, and pops it. If it is not at the head
 * any more, pop says so, and the reader goes on as if nothing was.
 *
 * Where a client has mapped a ring, ports go there in place of the list: mapped.c.
 *
 * So a number is handed out only if its port was pending at the very moment it
 * left the ring, and never after UNBIND returned.
 */

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "evtchn.h"
#include "mapped.h"
#include "trace.h"

/**
 * evtchn_ring_init() - make an empty ring
 * @ring: the ring
 */
void evtchn_ring_init(struct evtchn_ring *ring)
{
	spin_lock_init(&ring->lock);
	ring->ports = 0;
	INIT_LIST_HEAD(&ring->pending);
	init_waitqueue_head(&ring->wait);
	ring->async = NULL;
	ring->mapped = NULL;
}

/**
 * evtchn_ring_entry_init() - make a port's place in a ring
 * @entry: the place, in no ring yet
 * @port: the number to hand out
 */
void evtchn_ring_entry_init(struct evtchn_ring_entry *entry, u32 port)
{
	entry->port = port;
	entry->state = EVTCHN_RING_IDLE;
}

/**
 * evtchn_ring_wake() - wake who waits for a port to become pending
 * @ring: the ring
 *
 * Every poller is woken, since it may be edge-triggered, and one of the readers,
 * since they sleep exclusively.
 *
 * The barrier in wq_has_sleeper() pairs with the one that a sleeper passes
 * between queueing itself and looking at the ring: set_current_state() in
 * prepare_to_wait_event() for evtchn_ring_wait(), and smp_mb() in
 * evtchn_poll():
 *
 *	evtchn_ring_push()		evtchn_ring_wait(), evtchn_poll()
 *	  add to pending		  add to wait
 *	  smp_mb()			  smp_mb()
 *	  wait empty?			  pending empty?
 *
 * One of the two sees what the other did, so nobody sleeps on a pending port.
 * (Tests: "concurrent" in the KUnit suite, C43 in the conformance program.)
 *
 * Context: any, hard irq included.
 */
void evtchn_ring_wake(struct evtchn_ring *ring)
{
	if (wq_has_sleeper(&ring->wait))
		wake_up_interruptible_poll(&ring->wait, EPOLLIN | EPOLLRDNORM);
}

/**
 * evtchn_ring_wait() - sleep until a port is pending
 * @ring: the ring
 * @until: when to give up, by CLOCK_MONOTONIC; NULL for never
 *
 * Each event wakes one of those who sleep here, and somebody else may have taken
 * the port before it runs. So nobody may leave for another reason, and leave the
 * port that he was woken for to nobody. The last look at the ring comes after the
 * sleeper has left the queue:
 *
 *	evtchn_ring_push()		evtchn_ring_wait()
 *	  add to pending		  the time is over, or there is a signal
 *	  smp_mb()			  leave the queue (under its lock)
 *	  wake the first in the queue	  pending empty?
 *
 * An event that chose this sleeper did so before he left, and is seen; one that did
 * not chooses another. Who then leaves without the port calls
 * evtchn_ring_pass_on().
 *
 * (Tests: "concurrent" in the KUnit suite, N03 in the conformance program.)
 *
 * Context: process, may sleep.
 * Return: 0 if a port is pending, or was a moment ago; -ETIME if there was none
 * when the time was over; -ERESTARTSYS if there was none when a signal came; -EBUSY
 * if there will be none, as the client has mapped a ring.
 */
int evtchn_ring_wait(struct evtchn_ring *ring, ktime_t *until)
{
	wait_queue_entry_t wait;
	int rc;

	init_wait_entry(&wait, WQ_FLAG_EXCLUSIVE);
	do {
		rc = prepare_to_wait_event(&ring->wait, &wait,
					   TASK_INTERRUPTIBLE);
		if (rc || !evtchn_ring_empty(ring) || evtchn_ring_mapped(ring))
			break;
		if (!schedule_hrtimeout(until, HRTIMER_MODE_ABS))
			rc = -ETIME;
	} while (!rc);
	finish_wait(&ring->wait, &wait);

	if (!evtchn_ring_empty(ring))
		return 0;
	return evtchn_ring_mapped(ring) ? -EBUSY : rc;
}

/*
 * As long as older ones are being moved from the list, this goes after them.
 *
 * Not inlined, so that who has no such ring need not save the registers that this
 * uses.
 */
static noinline bool evtchn_ring_add_mapped(struct evtchn_ring *ring,
					    struct evtchn_ring_entry *entry)
{
	if (entry->state == EVTCHN_RING_CLOSED ||
	    entry->state == EVTCHN_RING_QUEUED)
		return false;

	if (list_empty(&ring->pending)) {
		evtchn_mapped_put(ring->mapped, entry);
	} else {
		entry->state = EVTCHN_RING_QUEUED;
		list_add_tail(&entry->node, &ring->pending);
	}
	return true;
}

static bool evtchn_ring_add(struct evtchn_ring *ring,
			    struct evtchn_ring_entry *entry)
{
	lockdep_assert_held(&ring->lock);

	if (unlikely(ring->mapped))
		return evtchn_ring_add_mapped(ring, entry);

	if (entry->state != EVTCHN_RING_IDLE)
		return false;

	entry->state = EVTCHN_RING_QUEUED;
	list_add_tail(&entry->node, &ring->pending);
	return true;
}

/* SIGIO is for few: who is added to @async only now has asked too late for this event. */
static void evtchn_ring_announce(struct evtchn_ring *ring)
{
	evtchn_ring_wake(ring);
	if (READ_ONCE(ring->async))
		kill_fasync(&ring->async, SIGIO, POLL_IN);
}

/**
 * evtchn_ring_push() - make a port pending, and wake who waits for it
 * @ring: the ring
 * @entry: the port's place
 *
 * Does nothing if the port is pending already: the event is one with the event
 * that is still to be read. Does nothing either if the entry is closed. If the ring is
 * mapped, it is the caller who has to know that the number was taken.
 *
 * Context: any, hard irq included.
 */
void evtchn_ring_push(struct evtchn_ring *ring, struct evtchn_ring_entry *entry)
{
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&ring->lock, flags);
	queued = evtchn_ring_add(ring, entry);
	spin_unlock_irqrestore(&ring->lock, flags);

	if (queued)
		evtchn_ring_announce(ring);
}

/**
 * evtchn_ring_push_in_irq() - evtchn_ring_push() for the handler of an irq
 * @ring: the ring
 * @entry: the port's place
 *
 * Irqs are off in a handler, also in one that is forced into a thread, and need
 * not be disabled once more. With PREEMPT_RT they are on in the thread, but there
 * the lock is one that sleeps, and no handler takes it in hard irq context.
 *
 * Context: the handler of an irq.
 */
void evtchn_ring_push_in_irq(struct evtchn_ring *ring,
			     struct evtchn_ring_entry *entry)
{
	bool queued;

	spin_lock(&ring->lock);
	queued = evtchn_ring_add(ring, entry);
	spin_unlock(&ring->lock);

	if (queued)
		evtchn_ring_announce(ring);
}

/* Whether the client has yet to be given the number, or to take it. */
static bool evtchn_ring_waits(struct evtchn_ring *ring,
			      struct evtchn_ring_entry *entry)
{
	lockdep_assert_held(&ring->lock);

	if (entry->state == EVTCHN_RING_MAPPED)
		return evtchn_mapped_waits(ring->mapped, entry->place);

	return entry->state == EVTCHN_RING_QUEUED;
}

static bool evtchn_ring_remove(struct evtchn_ring *ring,
			       struct evtchn_ring_entry *entry)
{
	if (!evtchn_ring_waits(ring, entry))
		return false;

	if (entry->state == EVTCHN_RING_MAPPED)
		evtchn_mapped_blank(ring->mapped, entry->place);
	else
		list_del(&entry->node);
	entry->state = EVTCHN_RING_IDLE;
	return true;
}

/* Whether it became pending before RESET began, or that does not matter. */
static bool evtchn_ring_in_reset(struct evtchn_ring *ring,
				 struct evtchn_ring_entry *entry)
{
	return entry->state != EVTCHN_RING_MAPPED ||
	       entry->place < ring->mapped->reset;
}

/**
 * evtchn_ring_drop() - take a port out of the ring unread
 * @ring: the ring; evtchn_mapped_begin_reset() was called
 * @entry: the port's place
 *
 * Return: whether the port was pending.
 */
bool evtchn_ring_drop(struct evtchn_ring *ring, struct evtchn_ring_entry *entry)
{
	unsigned long flags;
	bool dropped;

	spin_lock_irqsave(&ring->lock, flags);
	dropped = evtchn_ring_in_reset(ring, entry) &&
		  evtchn_ring_remove(ring, entry);
	spin_unlock_irqrestore(&ring->lock, flags);

	return dropped;
}

/**
 * evtchn_ring_divert() - take a port out of the ring whose events go elsewhere
 * @ring: the ring
 * @entry: the port's place, of which nothing but its number is used from here on, until
 *	   the port's events go to the ring again
 *
 * Context: process, with irqs on.
 * Return: 1 if the port was pending; 0 if not; -ENOBUFS if it was, in what the client
 * has mapped, where there is no room for the 0 in its place; then nothing was done.
 */
int evtchn_ring_divert(struct evtchn_ring *ring, struct evtchn_ring_entry *entry)
{
	int rc;

	spin_lock_irq(&ring->lock);
	rc = evtchn_ring_waits(ring, entry);
	if (rc && entry->state == EVTCHN_RING_MAPPED &&
	    !evtchn_mapped_room(ring->mapped, ring->ports + 1)) {
		rc = -ENOBUFS;
	} else {
		evtchn_ring_remove(ring, entry);
		/* Also if it was taken: the place is not there any more. */
		entry->state = EVTCHN_RING_IDLE;
	}
	spin_unlock_irq(&ring->lock);

	return rc;
}

/**
 * evtchn_ring_queued() - whether a port is pending
 * @ring: the ring
 * @entry: the port's place
 *
 * Return: the answer, which may be old when it arrives.
 */
bool evtchn_ring_queued(struct evtchn_ring *ring,
			struct evtchn_ring_entry *entry)
{
	unsigned long flags;
	bool queued;

	spin_lock_irqsave(&ring->lock, flags);
	queued = evtchn_ring_waits(ring, entry);
	spin_unlock_irqrestore(&ring->lock, flags);

	return queued;
}

/**
 * evtchn_ring_close() - take a port out of the ring for good
 * @ring: the ring
 * @entry: the port's place
 *
 * An upcall may still be under way. It finds the entry closed and leaves it.
 */
void evtchn_ring_close(struct evtchn_ring *ring,
		       struct evtchn_ring_entry *entry)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	evtchn_ring_remove(ring, entry);
	entry->state = EVTCHN_RING_CLOSED;
	ring->ports--;
	spin_unlock_irqrestore(&ring->lock, flags);
}

/* Tell of a port that is handed out. The ring knows its file for this alone. */
static void evtchn_ring_trace(struct evtchn_ring *ring, u32 port)
{
	trace_evtchn_read(container_of(ring, struct evtchn_file, ring), port);
}

/* The same of all that are before a node. With access to user space closed. */
static void evtchn_ring_trace_taken(struct evtchn_ring *ring,
				    const struct list_head *end)
{
	const struct list_head *node;

	for (node = ring->pending.next; node != end; node = node->next)
		evtchn_ring_trace(ring, list_entry(node, struct evtchn_ring_entry,
						   node)->port);
}

static __always_inline unsigned int evtchn_ring_take_as(struct evtchn_ring *ring,
							u32 __user *ports,
							unsigned int max,
							bool traced)
{
	struct list_head *node;
	unsigned int count = 0;

	spin_lock_irq(&ring->lock);
	pagefault_disable();
	node = ring->pending.next;
	if (user_write_access_begin(ports, max * sizeof(*ports))) {
		for (; count < max && node != &ring->pending; count++) {
			struct evtchn_ring_entry *entry;

			entry = list_entry(node, struct evtchn_ring_entry, node);
			unsafe_put_user(entry->port, ports + count, out_end);
			entry->state = EVTCHN_RING_IDLE;
			node = node->next;
		}
out_end:
		user_write_access_end();
	}
	if (traced)
		evtchn_ring_trace_taken(ring, node);
	/* All that is before the node at once; see evtchn_ring_empty(). */
	WRITE_ONCE(ring->pending.next, node);
	node->prev = &ring->pending;
	pagefault_enable();
	spin_unlock_irq(&ring->lock);

	return count;
}

static noinline unsigned int evtchn_ring_take_traced(struct evtchn_ring *ring,
						     u32 __user *ports,
						     unsigned int max)
{
	return evtchn_ring_take_as(ring, ports, max, true);
}

/**
 * evtchn_ring_take() - hand out the oldest pending ports
 * @ring: the ring
 * @ports: memory of the reader, filled with their numbers, oldest first
 * @max: how many there is room for in @ports; irqs are off meanwhile
 *
 * A port whose number can't be written without a page fault stays, and so do those
 * behind it.
 *
 * Context: process, with irqs on.
 * Return: how many numbers were written, and have left the ring.
 */
unsigned int evtchn_ring_take(struct evtchn_ring *ring, u32 __user *ports,
			      unsigned int max)
{
	if (trace_evtchn_read_enabled())
		return evtchn_ring_take_traced(ring, ports, max);

	return evtchn_ring_take_as(ring, ports, max, false);
}

/**
 * evtchn_ring_first() - look at the oldest pending port
 * @ring: the ring
 * @port: set to its number
 *
 * Context: any.
 * Return: false if nothing is pending.
 */
bool evtchn_ring_first(struct evtchn_ring *ring, u32 *port)
{
	struct evtchn_ring_entry *entry;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	entry = list_first_entry_or_null(&ring->pending,
					 struct evtchn_ring_entry, node);
	if (entry)
		*port = entry->port;
	spin_unlock_irqrestore(&ring->lock, flags);

	return entry;
}

/**
 * evtchn_ring_pop() - take the port off the ring that was seen before
 * @ring: the ring
 * @port: what evtchn_ring_first() has said
 *
 * Context: any.
 * Return: false if that port is not the oldest pending one any more, and is left
 * where it is: it was dropped, closed, or handed out to another reader.
 */
bool evtchn_ring_pop(struct evtchn_ring *ring, u32 port)
{
	struct evtchn_ring_entry *entry;
	unsigned long flags;
	bool popped = false;

	spin_lock_irqsave(&ring->lock, flags);
	entry = list_first_entry_or_null(&ring->pending,
					 struct evtchn_ring_entry, node);
	if (entry && entry->port == port)
		popped = evtchn_ring_remove(ring, entry);
	if (popped)
		evtchn_ring_trace(ring, port);
	spin_unlock_irqrestore(&ring->lock, flags);

	return popped;
}
