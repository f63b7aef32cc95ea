// SPDX-License-Identifier: GPL-2.0
/*
 * How a port comes and goes: its channel, its irq, its place in the file's table.
 */

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/rwsem.h>

#include "eventfd.h"
#include "evtchn.h"
#include "trace.h"

/* How many ports a file may have, 0 for any number; may change at any time. */
unsigned int evtchn_max_ports;

/*
 * Held for reading from the moment a channel is made until its irq is bound.
 * Held for writing, it keeps out all others of that kind, so that who has bound
 * an open channel can be told by its irq.
 */
static DECLARE_RWSEM(evtchn_bind_sem);

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

	evtchn_table_remove(f, p);
	evtchn_port_set_state(p, EVTCHN_PORT_DEAD);
	evtchn_ring_close(&f->ring, &p->entry);
}

/* Withdraw the port, and free it when the last look-up has let go of it. */
static void evtchn_port_abandon(struct evtchn_port *p)
{
	evtchn_port_withdraw(p);
	evtchn_port_free_later(p);
}

/*
 * Unbind a port. The order matters:
 *
 * 1. An eventfd that sends on it lets go of it: nothing is sent any more but by a
 *    NOTIFY, which the next step waits for.
 * 2. The port is withdrawn. From here on its number is neither accepted nor
 *    handed out.
 * 3. So is the eventfd that its events go to. Those go to the ring, which is closed
 *    to them.
 * 4. The irq is freed, which waits for an upcall under way. It finds the ring
 *    entry closed.
 * 5. The channel is closed by the event core, as it frees its record of the
 *    irq, unless it is a static one, or gntdev or gntalloc hold it still, or the
 *    record says that the channel was lost when the domain was restored.
 * 6. The memory is freed when the last look-up has let go of it.
 */
static void evtchn_port_destroy(struct evtchn_port *p)
{
	evtchn_eventfd_stop_sending(p);
	evtchn_port_withdraw(p);
	evtchn_eventfd_stop_receiving(p);
	evtchn_xen_release_irq(p->irq, p);
	trace_evtchn_unbind(p);
	evtchn_port_free_later(p);
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

		old = evtchn_table_find(f, *port);
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
static int evtchn_port_attach(struct evtchn_port *p,
			      const struct evtchn_channel *ch, unsigned int irq)
{
	struct evtchn_file *f = p->file;
	int rc;

	p->irq = irq;
	evtchn_port_set_state(p, EVTCHN_PORT_LIVE);
	trace_evtchn_bind(p, ch);
	rc = evtchn_xen_request_irq(irq, evtchn_upcall, f->name, p);
	if (rc) {
		evtchn_port_withdraw(p);
		evtchn_xen_unbind_irq(p->entry.port);
		trace_evtchn_unbind(p);
		evtchn_port_free_later(p);
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
	if (rc) {
		up_read(&evtchn_bind_sem);
		evtchn_port_free(p);
		return rc;
	}

	evtchn_ring_entry_init(&p->entry, port);
	evtchn_table_insert(f, p);
	rc = evtchn_xen_bind_irq(port, false);
	up_read(&evtchn_bind_sem);
	if (rc < 0) {
		evtchn_port_abandon(p);
		evtchn_port_bind_orphaned(port);
		return rc;
	}

	rc = evtchn_port_attach(p, ch, rc);
	return rc ? rc : port;
}

/*
 * Bind a channel that is there already, and stays in the end. That nobody has bound it
 * is asked and made use of with everybody else kept out. The event core closes it if it
 * has no memory for a record of numbers as high as this: it does not know that it is
 * static before it has bound it.
 */
static int evtchn_port_bind_static(struct evtchn_port *p,
				   const struct evtchn_channel *ch)
{
	struct evtchn_file *f = p->file;
	struct evtchn_port *old;
	int rc;

	old = evtchn_table_find(f, ch->port);
	if (old && old->state != EVTCHN_PORT_STALE) {
		evtchn_port_free(p);
		return -EISCONN;
	}
	if (old)
		evtchn_port_destroy(old);

	evtchn_ring_entry_init(&p->entry, ch->port);
	evtchn_table_insert(f, p);

	down_write(&evtchn_bind_sem);
	rc = evtchn_xen_open(ch, NULL);
	if (!rc)
		rc = evtchn_xen_bind_irq(ch->port, true);
	up_write(&evtchn_bind_sem);
	if (rc < 0) {
		evtchn_port_abandon(p);
		return rc;
	}

	return evtchn_port_attach(p, ch, rc);
}

/*
 * Whether the file has as many ports as it may. A static channel that it has bound is
 * not one more: that is an error of its own, or a stale port, which makes way.
 */
static bool evtchn_port_too_many(struct evtchn_file *f,
				 const struct evtchn_channel *ch)
{
	unsigned int max = READ_ONCE(evtchn_max_ports);

	if (!max || evtchn_table_live(f) < max)
		return false;

	return ch->type != EVTCHN_CHANNEL_STATIC ||
	       !evtchn_table_find(f, ch->port);
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
 * -ENOMEM, -EISCONN for a static channel that this file has bound, -ENOSPC if
 * the file has as many ports as evtchn_max_ports lets it, -ENOBUFS if the mapped
 * ring has no room for one more. After an error nothing is left behind: the
 * channel is closed, or, if it is a static one, as it was (but see
 * evtchn_port_bind_static() for want of memory).
 */
int evtchn_port_bind(struct evtchn_file *f, const struct evtchn_channel *ch)
{
	struct evtchn_port *p;
	int rc;

	lockdep_assert_held(&f->bind_mutex);

	if (evtchn_port_too_many(f, ch))
		return -ENOSPC;

	rc = evtchn_table_reserve(f);
	if (rc)
		return rc;

	p = evtchn_port_alloc(f);
	if (IS_ERR(p))
		return PTR_ERR(p);

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

	/*
	 * Looked up first: after a restore the kernel is ready for fewer ports
	 * than before, and the number of a stale one may be beyond that.
	 */
	p = evtchn_table_find(f, port);
	if (!p)
		return port < evtchn_xen_nr_channels() ? -ENOTCONN : -EINVAL;

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
	u32 i = 0;

	lockdep_assert_held(&f->bind_mutex);

	evtchn_eventfd_stop_all_sending(f);
	while ((p = evtchn_table_next(f, &i)))
		evtchn_port_destroy(p);
}
