// SPDX-License-Identifier: GPL-2.0
/*
 * The pending ports of one open file.
 *
 *	evtchn_ring_push()	at the tail, from the upcall
 *	evtchn_ring_peek()	a look at the head, by the one reader
 *	evtchn_ring_pop()	off the head, by that reader again
 *	evtchn_ring_drop()	out of the middle, for RESET
 *	evtchn_ring_close()	out of the middle and never in again, for unbind
 *
 * Between its look and its pop, the reader copies the numbers to user space,
 * which may fault and sleep, so no lock is held then. If a port that it saw was
 * dropped or closed meanwhile, pop says so, and the reader looks again. So a
 * number is handed out only if its port was pending at the very moment it left
 * the ring, and never after UNBIND returned.
 */

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "evtchn.h"

/**
 * evtchn_ring_init() - make an empty ring
 * @ring: the ring
 */
void evtchn_ring_init(struct evtchn_ring *ring)
{
	spin_lock_init(&ring->lock);
	INIT_LIST_HEAD(&ring->pending);
	init_waitqueue_head(&ring->wait);
	ring->async = NULL;
}

/**
 * evtchn_ring_entry_init() - make a port's place in a ring
 * @entry: the place, in no ring yet
 * @port: the number to hand out
 */
void evtchn_ring_entry_init(struct evtchn_ring_entry *entry, u32 port)
{
	INIT_LIST_HEAD(&entry->node);
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
 * wait_event_interruptible_exclusive() for evtchn_read(), and smp_mb() in
 * evtchn_poll():
 *
 *	evtchn_ring_push()		evtchn_read(), evtchn_poll()
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
 * evtchn_ring_push() - make a port pending, and wake who waits for it
 * @ring: the ring
 * @entry: the port's place
 *
 * Does nothing if the port is pending already: the event is one with the event
 * that is still to be read. Does nothing either if the entry is closed.
 *
 * Context: any, hard irq included.
 */
void evtchn_ring_push(struct evtchn_ring *ring, struct evtchn_ring_entry *entry)
{
	unsigned long flags;
	bool queued = false;

	spin_lock_irqsave(&ring->lock, flags);
	if (entry->state == EVTCHN_RING_IDLE) {
		entry->state = EVTCHN_RING_QUEUED;
		list_add_tail(&entry->node, &ring->pending);
		queued = true;
	}
	spin_unlock_irqrestore(&ring->lock, flags);

	if (queued) {
		evtchn_ring_wake(ring);
		kill_fasync(&ring->async, SIGIO, POLL_IN);
	}
}

static bool evtchn_ring_remove(struct evtchn_ring *ring,
			       struct evtchn_ring_entry *entry)
{
	lockdep_assert_held(&ring->lock);

	if (entry->state != EVTCHN_RING_QUEUED)
		return false;

	list_del_init(&entry->node);
	entry->state = EVTCHN_RING_IDLE;
	return true;
}

/**
 * evtchn_ring_drop() - take a port out of the ring unread
 * @ring: the ring
 * @entry: the port's place
 *
 * Return: whether the port was pending.
 */
bool evtchn_ring_drop(struct evtchn_ring *ring, struct evtchn_ring_entry *entry)
{
	unsigned long flags;
	bool dropped;

	spin_lock_irqsave(&ring->lock, flags);
	dropped = evtchn_ring_remove(ring, entry);
	spin_unlock_irqrestore(&ring->lock, flags);

	return dropped;
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
	spin_unlock_irqrestore(&ring->lock, flags);
}

/**
 * evtchn_ring_peek() - look at the oldest pending ports
 * @ring: the ring
 * @ports: filled with their numbers, oldest first
 * @max: how many there is room for in @ports
 *
 * Return: how many numbers were filled in, 0 if nothing is pending.
 */
unsigned int evtchn_ring_peek(struct evtchn_ring *ring, u32 *ports,
			      unsigned int max)
{
	struct evtchn_ring_entry *entry;
	unsigned int count = 0;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	list_for_each_entry(entry, &ring->pending, node) {
		if (count == max)
			break;
		ports[count++] = entry->port;
	}
	spin_unlock_irqrestore(&ring->lock, flags);

	return count;
}

static bool evtchn_ring_starts_with(const struct evtchn_ring *ring,
				    const u32 *ports, unsigned int count)
{
	const struct evtchn_ring_entry *entry;
	unsigned int i = 0;

	lockdep_assert_held(&ring->lock);

	list_for_each_entry(entry, &ring->pending, node) {
		if (i == count || entry->port != ports[i])
			break;
		i++;
	}
	return i == count;
}

/**
 * evtchn_ring_pop() - take ports off the ring that were peeked before
 * @ring: the ring
 * @ports: what evtchn_ring_peek() filled in
 * @count: what it returned
 *
 * To be called by the one reader that peeked (under &evtchn_file.read_mutex),
 * so that nobody else has popped them.
 *
 * Return: true if all of them were still the oldest pending ports, and have
 * left the ring; false if one was dropped or closed since, and none has.
 */
bool evtchn_ring_pop(struct evtchn_ring *ring, const u32 *ports,
		     unsigned int count)
{
	struct evtchn_ring_entry *entry;
	unsigned long flags;
	bool same;

	spin_lock_irqsave(&ring->lock, flags);
	same = evtchn_ring_starts_with(ring, ports, count);
	while (same && count--) {
		entry = list_first_entry(&ring->pending,
					 struct evtchn_ring_entry, node);
		evtchn_ring_remove(ring, entry);
	}
	spin_unlock_irqrestore(&ring->lock, flags);

	return same;
}
