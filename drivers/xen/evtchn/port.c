// SPDX-License-Identifier: GPL-2.0
/*
 * One bound port: how it comes, is used, and goes.
 *
 * A port is a channel of this domain with a Linux irq bound to it. Xen raises
 * the channel, the event core masks it and calls evtchn_upcall(), and it stays
 * masked until it is given its EOI, which is user space's word that it may be
 * raised again. Two facts follow a port through this: it is armed until an event
 * comes and again when that is written back, and it is queued while its number is
 * in the ring.
 *
 * Everything is keyed by the irq that the bind returned. The number of a channel
 * is not enough: when the domain is restored all channels are gone, and their
 * numbers are soon somebody else's.
 */

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "evtchn.h"

static struct kmem_cache *evtchn_port_cache;

/*
 * Held for reading from the moment a channel is made until its irq is bound.
 * Held for writing, it keeps out all others of that kind, so that who has bound
 * an open channel can be told by its irq.
 */
static DECLARE_RWSEM(evtchn_bind_sem);

/**
 * evtchn_port_init() - get ready to bind ports
 *
 * Return: 0 or -ENOMEM.
 */
int evtchn_port_init(void)
{
	evtchn_port_cache = KMEM_CACHE(evtchn_port, 0);
	return evtchn_port_cache ? 0 : -ENOMEM;
}

/**
 * evtchn_port_exit() - undo evtchn_port_init()
 *
 * No file is open any more. Waits for the ports that RCU still has to free.
 *
 * Context: may sleep.
 */
void evtchn_port_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(evtchn_port_cache);
}

static void evtchn_port_free(struct evtchn_port *p)
{
	kmem_cache_free(evtchn_port_cache, p);
}

static void evtchn_port_free_rcu(struct rcu_head *rcu)
{
	evtchn_port_free(container_of(rcu, struct evtchn_port, rcu));
}

/*
 * The channel was raised.
 *
 * It should not be, and this should not be called, before user space has written
 * the port back. Yet it can be:
 *
 * - The event core masks a channel as it acknowledges the event. But if the upcall
 *   for the last event is still on its way out on another CPU, when user space has
 *   written the port back already and the next event is there, the event core
 *   notes that event, and has the other CPU call the handler again, with the
 *   channel unmasked (handle_edge_irq(), lateeoi_mask_ack_dynirq()).
 * - It calls the handlers of shared irqs without an event, with irqfixup or irqpoll
 *   on the kernel's command line; and that of any irq that is being freed, in a
 *   kernel with DEBUG_SHIRQ. That one finds the ring entry closed.
 *
 * So the driver does not rely on the mask to deliver one event at a time. One that
 * comes too early is latched, and delivered when the last one is written back.
 *
 * Hard irq context, or the irq's thread (threadirqs, PREEMPT_RT).
 */
static irqreturn_t evtchn_upcall(int irq, void *dev_id)
{
	struct evtchn_port *p = dev_id;
	int old = EVTCHN_ARMED;
	int new;

	do {
		new = old == EVTCHN_ARMED ? EVTCHN_FIRED : EVTCHN_LATCHED;
	} while (!atomic_try_cmpxchg(&p->arming, &old, new));

	if (new == EVTCHN_FIRED)
		evtchn_ring_push(&p->file->ring, &p->entry);
	return IRQ_HANDLED;
}

/*
 * User space has written the port back, if it had the word: deliver a latched
 * event, or give the EOI.
 *
 * What must never come out is a port that counts as armed and is masked, since no
 * write would unmask it then:
 *
 *	evtchn_upcall()			evtchn_port_eoi()
 *	  (channel is masked)		  from fired to armed
 *	  from armed to fired		  EOI (channel is unmasked)
 *	  push
 *
 * Each masking is followed by the upcall, after which the port is not armed, and
 * each arming by an unmasking. For the port to end up armed, the last arming came
 * after the last upcall, hence after the last masking, and the unmasking after it
 * was the last word. An upcall between the arming and the unmasking is one that
 * came without an event, or with the channel unmasked, and leaves the port fired
 * and queued: user space gives the next word. EOI of a channel that is not masked
 * does nothing.
 *
 * An event is not forgotten either: an upcall that finds the port armed queues it,
 * one that finds it fired makes it latched, and that ends here, by queueing it.
 *
 * A writer that has not read the number from the ring may see the port still
 * armed and pass over it, as if it had written before the event.
 *
 * (Tests: "rearm" in the KUnit suite, C09 and C43 in the conformance program.)
 */
static void evtchn_port_eoi(struct evtchn_port *p)
{
	int old = EVTCHN_FIRED;
	int new;

	spin_lock(&p->lock);
	if (p->state != EVTCHN_PORT_LIVE)
		goto out_unlock;

	do {
		if (old == EVTCHN_ARMED)
			goto out_unlock;
		new = old == EVTCHN_FIRED ? EVTCHN_ARMED : EVTCHN_FIRED;
	} while (!atomic_try_cmpxchg(&p->arming, &old, new));

	if (new == EVTCHN_ARMED)
		evtchn_xen_eoi(p->irq);
	else
		evtchn_ring_push(&p->file->ring, &p->entry);

out_unlock:
	spin_unlock(&p->lock);
}

static struct evtchn_port *evtchn_port_alloc(struct evtchn_file *f)
{
	struct evtchn_port *p;

	p = kmem_cache_zalloc(evtchn_port_cache, GFP_KERNEL_ACCOUNT);
	if (!p)
		return NULL;

	p->file = f;
	spin_lock_init(&p->lock);
	p->state = EVTCHN_PORT_DEAD;
	atomic_set(&p->arming, EVTCHN_ARMED);
	return p;
}

static void evtchn_port_set_state(struct evtchn_port *p,
				  enum evtchn_port_state state)
{
	lockdep_assert_held(&p->file->bind_mutex);

	spin_lock(&p->lock);
	p->state = state;
	spin_unlock(&p->lock);
}

/*
 * Make the port unreachable, for look-ups and for the reader.
 *
 * Look-ups that have found it already see that it is dead when they get its
 * lock; those that have its lock are waited for, so that an event is not sent,
 * nor an EOI given, on a number that is somebody else's by then. No grace period
 * is waited for.
 */
static void evtchn_port_withdraw(struct evtchn_port *p)
{
	struct evtchn_file *f = p->file;

	lockdep_assert_held(&f->bind_mutex);

	xa_erase(&f->ports, p->entry.port);
	evtchn_port_set_state(p, EVTCHN_PORT_DEAD);
	evtchn_ring_close(&f->ring, &p->entry);
}

/* Withdraw the port, and free it when the last look-up has let go of it. */
static void evtchn_port_abandon(struct evtchn_port *p)
{
	evtchn_port_withdraw(p);
	call_rcu(&p->rcu, evtchn_port_free_rcu);
}

/*
 * Unbind a port. The order matters:
 *
 * 1. The port is withdrawn. From here on its number is neither accepted nor
 *    handed out.
 * 2. The irq is freed, which waits for an upcall under way. It finds the ring
 *    entry closed.
 * 3. The channel is closed by the event core, as it frees its record of the
 *    irq, unless it is a static one, or gntdev or gntalloc hold it still, or the
 *    record says that the channel was lost when the domain was restored.
 * 4. The memory is freed when the last look-up has let go of it.
 */
static void evtchn_port_destroy(struct evtchn_port *p)
{
	evtchn_port_withdraw(p);
	evtchn_xen_release_irq(p->irq, p);
	call_rcu(&p->rcu, evtchn_port_free_rcu);
}

/*
 * Get a channel whose number is new to this file.
 *
 * If Xen gives us a number that a port of ours still has, then the channel of
 * that port is gone. If it was lost in a restore, the port holds nothing but an
 * irq, and makes way. If it was closed behind our back (privcmd can do that),
 * the event core does not know, and closes the new channel as it unbinds the old
 * port; so another one is needed.
 */
static int evtchn_port_open_channel(struct evtchn_file *f,
				    const struct evtchn_channel *ch, u32 *port)
{
	struct evtchn_port *old;
	bool stale;
	int rc;

	lockdep_assert_held(&f->bind_mutex);

	do {
		rc = evtchn_xen_open(ch, port);
		if (rc)
			return rc;

		old = xa_load(&f->ports, *port);
		if (!old)
			return 0;

		stale = old->state == EVTCHN_PORT_STALE;
		evtchn_port_destroy(old);
	} while (!stale);

	return 0;
}

/*
 * No irq could be bound to a fresh channel. Depending on where that failed, the
 * event core has closed the channel or not, and its number may be in use again.
 * With evtchn_bind_sem held for writing, it is not in use by a bind of this
 * driver that has no irq yet, and who has an irq can be told.
 */
static void evtchn_port_bind_orphaned(u32 port)
{
	down_write(&evtchn_bind_sem);
	evtchn_xen_close_orphan(port);
	up_write(&evtchn_bind_sem);
}

/* Publish the port, then let the irq fire: an upcall finds everything ready. */
static int evtchn_port_attach(struct evtchn_port *p, unsigned int irq)
{
	struct evtchn_file *f = p->file;
	int rc;

	p->irq = irq;
	evtchn_port_set_state(p, EVTCHN_PORT_LIVE);
	rc = evtchn_xen_request_irq(irq, evtchn_upcall, f->name, p);
	if (rc) {
		evtchn_port_withdraw(p);
		evtchn_xen_unbind_irq(p->entry.port);
		call_rcu(&p->rcu, evtchn_port_free_rcu);
	}
	return rc;
}

/* Bind a channel that this call makes, and closes if it fails. */
static int evtchn_port_bind_new(struct evtchn_port *p,
				const struct evtchn_channel *ch)
{
	struct evtchn_file *f = p->file;
	u32 port;
	int rc;

	down_read(&evtchn_bind_sem);
	rc = evtchn_port_open_channel(f, ch, &port);
	if (rc)
		goto out_free;

	evtchn_ring_entry_init(&p->entry, port);
	rc = xa_insert(&f->ports, port, p, GFP_KERNEL);
	if (rc) {
		evtchn_xen_close(port);
		goto out_free;
	}

	rc = evtchn_xen_bind_irq(port, false);
	up_read(&evtchn_bind_sem);
	if (rc < 0) {
		evtchn_port_abandon(p);
		evtchn_port_bind_orphaned(port);
		return rc;
	}

	rc = evtchn_port_attach(p, rc);
	return rc ? rc : port;

out_free:
	up_read(&evtchn_bind_sem);
	evtchn_port_free(p);
	return rc;
}

/*
 * Bind a channel that is there already, and stays whatever happens. That nobody
 * has bound it is asked and made use of with everybody else kept out.
 */
static int evtchn_port_bind_static(struct evtchn_port *p,
				   const struct evtchn_channel *ch)
{
	struct evtchn_file *f = p->file;
	struct evtchn_port *old;
	int rc;

	old = xa_load(&f->ports, ch->port);
	if (old && old->state == EVTCHN_PORT_STALE)
		evtchn_port_destroy(old);

	evtchn_ring_entry_init(&p->entry, ch->port);
	rc = xa_insert(&f->ports, ch->port, p, GFP_KERNEL);
	if (rc) {
		evtchn_port_free(p);
		return rc == -EBUSY ? -EISCONN : rc;
	}

	down_write(&evtchn_bind_sem);
	rc = evtchn_xen_open(ch, NULL);
	if (!rc)
		rc = evtchn_xen_bind_irq(ch->port, true);
	up_write(&evtchn_bind_sem);
	if (rc < 0) {
		evtchn_port_abandon(p);
		return rc;
	}

	return evtchn_port_attach(p, rc);
}

/**
 * evtchn_port_bind() - bind a channel to a file
 * @f: the file; &evtchn_file.bind_mutex is held
 * @ch: the channel
 *
 * The port can be raised, read and written back as soon as it has an irq, which
 * is before this returns.
 *
 * Context: may sleep.
 * Return: the port number (0 for a static channel, whose number the caller
 * knows), or a negative errno: what Xen answered (see <uapi/xen/evtchn.h>),
 * -ENOMEM, -EISCONN for a static channel that this file has bound. After an
 * error nothing is left behind: the channel is closed, or, if it is a static
 * one, as it was.
 */
int evtchn_port_bind(struct evtchn_file *f, const struct evtchn_channel *ch)
{
	struct evtchn_port *p;

	lockdep_assert_held(&f->bind_mutex);

	p = evtchn_port_alloc(f);
	if (!p)
		return -ENOMEM;

	if (ch->type == EVTCHN_CHANNEL_STATIC)
		return evtchn_port_bind_static(p, ch);
	return evtchn_port_bind_new(p, ch);
}

/**
 * evtchn_port_unbind() - unbind a port
 * @f: the file; &evtchn_file.bind_mutex is held
 * @port: the port's number
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if no port can have that number; -ENOTCONN if the port is
 * not bound on this file.
 */
int evtchn_port_unbind(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p;

	lockdep_assert_held(&f->bind_mutex);

	if (port >= evtchn_xen_nr_channels())
		return -EINVAL;

	p = xa_load(&f->ports, port);
	if (!p)
		return -ENOTCONN;

	evtchn_port_destroy(p);
	return 0;
}

/**
 * evtchn_port_unbind_all() - unbind all ports of a file
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Context: may sleep.
 */
void evtchn_port_unbind_all(struct evtchn_file *f)
{
	struct evtchn_port *p;
	unsigned long port;

	lockdep_assert_held(&f->bind_mutex);

	xa_for_each(&f->ports, port, p)
		evtchn_port_destroy(p);
}

/**
 * evtchn_port_notify() - send an event to the peer of a port
 * @f: the file
 * @port: the port's number
 *
 * Takes no lock of the file.
 *
 * Context: process.
 * Return: 0, also if Xen drops the event because there is no peer; -ENOTCONN if
 * the port is not bound on this file, or is stale; or what Xen answered: -EINVAL
 * for a port that is bound to a VIRQ.
 */
int evtchn_port_notify(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p;
	int rc = -ENOTCONN;

	rcu_read_lock();
	p = xa_load(&f->ports, port);
	if (p) {
		spin_lock(&p->lock);
		if (p->state == EVTCHN_PORT_LIVE)
			rc = evtchn_xen_send(port);
		spin_unlock(&p->lock);
	}
	rcu_read_unlock();

	return rc;
}

/**
 * evtchn_port_rearm() - let a port be raised again
 * @f: the file
 * @port: the port's number
 *
 * Does nothing if the port is armed already, or is stale, or is not bound on
 * this file. Takes no lock of the file.
 *
 * Context: process.
 */
void evtchn_port_rearm(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p;

	rcu_read_lock();
	p = xa_load(&f->ports, port);
	if (p)
		evtchn_port_eoi(p);
	rcu_read_unlock();
}

/**
 * evtchn_port_reset() - drop all pending events of a file
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Each port that is dropped is re-armed, so that none goes deaf. An event that
 * comes while this runs is dropped or not.
 *
 * Context: process.
 */
void evtchn_port_reset(struct evtchn_file *f)
{
	struct evtchn_port *p;
	unsigned long port;

	lockdep_assert_held(&f->bind_mutex);

	xa_for_each(&f->ports, port, p) {
		if (evtchn_ring_drop(&f->ring, &p->entry))
			evtchn_port_eoi(p);
	}
}

/**
 * evtchn_port_restored() - take note that the domain was restored
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Ports whose channel is gone become stale. Each is queued once more, so that a
 * client that sleeps on it wakes, and finds out as it next uses the port.
 *
 * Context: process; user space is frozen, so no port is in use.
 */
void evtchn_port_restored(struct evtchn_file *f)
{
	struct evtchn_port *p;
	unsigned long port;

	lockdep_assert_held(&f->bind_mutex);

	xa_for_each(&f->ports, port, p) {
		if (evtchn_xen_bound_to(port, p->irq))
			continue;
		evtchn_port_set_state(p, EVTCHN_PORT_STALE);
		evtchn_ring_push(&f->ring, &p->entry);
	}
}
