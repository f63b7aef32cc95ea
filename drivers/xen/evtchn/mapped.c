// SPDX-License-Identifier: GPL-2.0
/*
 * The ring that a client maps, and takes events from without a system call. What it
 * promises is said in <uapi/xen/evtchn_ext.h>.
 *
 * The kernel writes the numbers and the head, and the client the tail. Yet the client
 * can write to all of it, so the kernel has a head, a size and the place of each port
 * of its own, and reads back nothing but the tail. That decides whether poll(2) says
 * that there is something to take, which numbers have been taken (they are not blanked,
 * nor is their port re-armed by RESET, nor reported anew after a restore), and whether
 * there is room for one more port. Whatever it is, the kernel writes to the ring's
 * memory, and re-arms ports of this file.
 *
 * Nor can the ring overflow, if the client keeps to its part. It holds, not taken yet:
 *
 * - one number of each port at most: a port is put in as it goes from armed to fired,
 *   and is armed by the client alone, which has taken it by then; or by RESET, which
 *   has blanked it. After a restore, one that was not taken yet is not put in again.
 * - blanks, each of which takes the place of a number until it is taken as well.
 *
 * Bound ports and blanks together are kept from getting more than there is room for:
 * mmap(2) and BIND_* refuse, and RESET does before it makes blanks of numbers.
 * UNBIND makes one blank at most of one port.
 *
 * A client that re-arms what it has not taken may have more put in than there is room
 * for. Then a new number stands in the place of the oldest, whose port stays masked
 * with nobody who knows of it; both are ports of this file.
 *
 *	evtchn_mapped_put()		the client
 *	  number = port			  load-acquire of head
 *	  store-release of head		  take the number
 *					  store-release of tail
 *
 * The client finds the number there if it finds the head behind it. The release of the
 * tail pairs with nothing here: the kernel writes to a place again only after the port
 * in it was re-armed, by a system call that the client makes after taking it.
 *
 *	evtchn_mapped_put()		the client, evtchn_poll()
 *	  head++ (under the ring's lock)  nothing to take
 *	  smp_mb()			  queue there
 *	  wait empty?			  smp_mb()
 *					  head and tail? (under the ring's lock)
 *
 * If the client found nothing because it looked too soon, poll(2) finds the head
 * advanced, or its caller is seen on the wait queue and woken: see evtchn_ring_wake().
 * The tail is the client's own, and an old one (from another thread) only makes poll(2)
 * say that there is something where there is nothing.
 *
 * (Tests: "mapped" in the KUnit suite, M01 to M03 in the conformance program.)
 */

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include "include/uapi/xen/evtchn.h"

#include "compat.h"
#include "evtchn.h"
#include "mapped.h"

/* What clients are built with. */
static_assert(sizeof(struct evtchn_mapped_ring) == 192);
static_assert(offsetof(struct evtchn_mapped_ring, size) == 0);
static_assert(offsetof(struct evtchn_mapped_ring, offset) == 4);
static_assert(offsetof(struct evtchn_mapped_ring, head) == 64);
static_assert(offsetof(struct evtchn_mapped_ring, tail) == 128);
static_assert(EVTCHN_FEATURE_RING == 0x80);
static_assert(EVTCHN_MAPPED_MAX == 131072);

/**
 * evtchn_mapped_alloc() - make an empty ring
 * @length: of the mapping, in bytes, whole pages
 *
 * Context: may sleep; mmap_lock may be held.
 * Return: the ring; -EINVAL if it would have no room, or more than is ever needed;
 * -ENOMEM.
 */
struct evtchn_mapped *evtchn_mapped_alloc(unsigned long length)
{
	struct evtchn_mapped *m;

	if (length < 2 * PAGE_SIZE ||
	    length > PAGE_SIZE + EVTCHN_MAPPED_MAX * sizeof(*m->numbers))
		return ERR_PTR(-EINVAL);

	m = kzalloc(sizeof(*m), GFP_KERNEL_ACCOUNT);
	if (!m)
		return ERR_PTR(-ENOMEM);

	m->shared = __vmalloc(length, EVTCHN_COMPAT_GFP_MAPPED | __GFP_ZERO |
				      __GFP_NOWARN);
	if (!m->shared) {
		kfree(m);
		return ERR_PTR(-ENOMEM);
	}

	m->numbers = (void *)m->shared + PAGE_SIZE;
	m->length = length;
	m->size = rounddown_pow_of_two((length - PAGE_SIZE) /
				       sizeof(*m->numbers));
	m->shared->size = m->size;
	m->shared->offset = PAGE_SIZE;
	return m;
}

/**
 * evtchn_mapped_free() - free a ring
 * @m: the ring, or NULL; nobody has it mapped
 *
 * A page that somebody has pinned stays until he lets go of it.
 *
 * Context: may sleep.
 */
void evtchn_mapped_free(struct evtchn_mapped *m)
{
	if (!m)
		return;

	vfree(m->shared);
	kfree(m);
}

static vm_fault_t evtchn_mapped_fault(struct vm_fault *vmf)
{
	struct evtchn_mapped *m = vmf->vma->vm_private_data;

	/* Beyond the end, where nobody should get. */
	if (vmf->pgoff >= m->length >> PAGE_SHIFT)
		return VM_FAULT_SIGBUS;

	vmf->page = vmalloc_to_page((void *)m->shared +
				    (vmf->pgoff << PAGE_SHIFT));
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct evtchn_mapped_vm_ops = {
	.fault = evtchn_mapped_fault,
};

/**
 * evtchn_mapped_show() - let a client see a ring
 * @m: the ring, which stays until the mapping's file is released
 * @vma: where, from the ring's start on
 *
 * Context: process; mmap_lock is held for writing.
 * Return: 0, or -EINVAL if the mapping is not as long as the ring.
 */
int evtchn_mapped_show(struct evtchn_mapped *m, struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start != m->length)
		return -EINVAL;

	/* So that it is not merged with what is mapped beside it, unseen by us. */
	evtchn_compat_vm_flags_set(vma, VM_DONTEXPAND);
	vma->vm_ops = &evtchn_mapped_vm_ops;
	vma->vm_private_data = m;
	return 0;
}

/* Numbers and blanks that the client has not taken, if it is to be believed. */
static u32 evtchn_mapped_untaken(const struct evtchn_mapped *m)
{
	return min((u32)m->head - READ_ONCE(m->shared->tail), m->size);
}

static void evtchn_mapped_write(struct evtchn_mapped *m, u64 place, u32 number)
{
	WRITE_ONCE(m->numbers[place & (m->size - 1)], number);
}

/**
 * evtchn_mapped_put() - put a number into a ring
 * @m: the ring; &evtchn_ring.lock is held
 * @entry: its port's place, neither queued nor closed
 *
 * Context: any.
 */
void evtchn_mapped_put(struct evtchn_mapped *m, struct evtchn_ring_entry *entry)
{
	entry->place = m->head++;
	entry->state = EVTCHN_RING_MAPPED;
	evtchn_mapped_write(m, entry->place, entry->port);
	/* The number is there: pairs with the client's load-acquire. */
	smp_store_release(&m->shared->head, (u32)m->head);
}

/**
 * evtchn_mapped_waits() - whether the client has yet to take a number
 * @m: the ring; &evtchn_ring.lock is held
 * @place: the number's place
 *
 * Context: any.
 * Return: false also if the place is another number's by now.
 */
bool evtchn_mapped_waits(const struct evtchn_mapped *m, u64 place)
{
	return m->head - place <= evtchn_mapped_untaken(m);
}

/**
 * evtchn_mapped_blank() - take a number out of a ring, where 0 stays in its place
 * @m: the ring; &evtchn_ring.lock is held
 * @place: the number's place, which is that of no other
 *
 * Context: any.
 */
void evtchn_mapped_blank(struct evtchn_mapped *m, u64 place)
{
	evtchn_mapped_write(m, place, 0);
	m->blanks++;
	m->last_blank = max(m->last_blank, place);
}

/**
 * evtchn_mapped_room() - whether a ring has room for all of a file's ports
 * @m: the ring; &evtchn_ring.lock is held
 * @ports: how many these are
 *
 * Blanks that the client has taken are forgotten when it has taken the newest.
 *
 * Context: any.
 * Return: the answer.
 */
bool evtchn_mapped_room(struct evtchn_mapped *m, u32 ports)
{
	u32 untaken = evtchn_mapped_untaken(m);

	if (m->head - m->last_blank > untaken)
		m->blanks = 0;
	return ports + min(m->blanks, untaken) <= m->size;
}

/**
 * evtchn_mapped_admit() - count one more port in, which is to get a place
 * @ring: the file's ring, mapped or not
 *
 * evtchn_ring_close() counts it out, or evtchn_mapped_dismiss() if it got no place.
 *
 * Context: process, with irqs on.
 * Return: 0, or -ENOBUFS if what the client has mapped has no room for one more.
 */
int evtchn_mapped_admit(struct evtchn_ring *ring)
{
	int rc = 0;

	spin_lock_irq(&ring->lock);
	if (ring->mapped && !evtchn_mapped_room(ring->mapped, ring->ports + 1))
		rc = -ENOBUFS;
	else
		ring->ports++;
	spin_unlock_irq(&ring->lock);

	return rc;
}

/**
 * evtchn_mapped_dismiss() - undo evtchn_mapped_admit()
 * @ring: the file's ring
 *
 * Context: process, with irqs on.
 */
void evtchn_mapped_dismiss(struct evtchn_ring *ring)
{
	spin_lock_irq(&ring->lock);
	ring->ports--;
	spin_unlock_irq(&ring->lock);
}

/**
 * evtchn_mapped_begin_reset() - make ready to blank all that was not taken
 * @ring: the file's ring, mapped or not
 *
 * What is put in from here on is not dropped by this RESET, so that it makes no more
 * blanks than there was room for. That goes as well for what moves to a ring that is
 * mapped while RESET goes on.
 *
 * Context: process, with irqs on; &evtchn_file.bind_mutex is held.
 * Return: 0, or -ENOBUFS if there would be no room for the blanks and a number of
 * each port.
 */
int evtchn_mapped_begin_reset(struct evtchn_ring *ring)
{
	struct evtchn_mapped *m = evtchn_ring_mapped(ring);
	int rc = 0;

	if (!m)
		return 0;

	spin_lock_irq(&ring->lock);
	if (ring->ports + evtchn_mapped_untaken(m) > m->size)
		rc = -ENOBUFS;
	else
		m->reset = m->head;
	spin_unlock_irq(&ring->lock);

	return rc;
}

/**
 * evtchn_mapped_any() - whether the client has a ring mapped, and not taken all of it
 * @ring: the file's ring
 *
 * Context: process, with irqs on. As for evtchn_ring_empty(), who sleeps on the answer
 * has queued before.
 * Return: the answer, which may be old when it arrives.
 */
bool evtchn_mapped_any(struct evtchn_ring *ring)
{
	struct evtchn_mapped *m = evtchn_ring_mapped(ring);
	bool any;

	if (!m)
		return false;

	spin_lock_irq(&ring->lock);
	any = evtchn_mapped_untaken(m);
	spin_unlock_irq(&ring->lock);

	return any;
}

/* Some of the oldest from the list to the mapped ring; false if none is left. */
static bool evtchn_mapped_move(struct evtchn_ring *ring)
{
	struct evtchn_ring_entry *entry;
	unsigned int i;
	bool left;

	spin_lock_irq(&ring->lock);
	for (i = 0; i < EVTCHN_BATCH && !list_empty(&ring->pending); i++) {
		entry = list_first_entry(&ring->pending,
					 struct evtchn_ring_entry, node);
		list_del(&entry->node);
		evtchn_mapped_put(ring->mapped, entry);
	}
	left = !list_empty(&ring->pending);
	spin_unlock_irq(&ring->lock);

	return left;
}

/**
 * evtchn_mapped_attach() - have ports become pending in memory that a client maps
 * @ring: the file's ring
 * @m: that memory, which is the ring's from now on if this returns it
 *
 * What is pending already is moved there, in its order, a few at a time, since irqs are
 * off meanwhile. Readers are woken, and find that there is nothing more to read: they
 * have queued before they look at &evtchn_ring.mapped, as they do for
 * evtchn_ring_wake(), or see it set.
 *
 * Context: process, with irqs on; mmap_lock may be held.
 * Return: @m; or what another call has made first; or -ENOBUFS if there are more ports
 * than @m has room for, and nothing was done.
 */
struct evtchn_mapped *evtchn_mapped_attach(struct evtchn_ring *ring,
					   struct evtchn_mapped *m)
{
	spin_lock_irq(&ring->lock);
	if (ring->mapped)
		m = ring->mapped;
	else if (!evtchn_mapped_room(m, ring->ports))
		m = ERR_PTR(-ENOBUFS);
	else
		/* Who sees it sees it filled in: pairs with evtchn_ring_mapped(). */
		smp_store_release(&ring->mapped, m);
	spin_unlock_irq(&ring->lock);

	if (IS_ERR(m))
		return m;

	while (evtchn_mapped_move(ring))
		cpu_relax();
	/* After the pointer is there: see above. */
	if (wq_has_sleeper(&ring->wait))
		wake_up_interruptible_all(&ring->wait);
	return m;
}
