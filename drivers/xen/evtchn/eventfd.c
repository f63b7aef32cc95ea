// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds of a port: one that its events raise, in the place of the file's ring,
 * and one that sends events as it is written to, in the place of NOTIFY.
 *
 * Who signals and who is signalled may be any context of the kernel: vhost, io_uring,
 * KVM, a handler of an irq. So neither way takes a lock of this driver.
 *
 * Receiving. &evtchn_port.way says where the events of a port go, and
 * &evtchn_port.receiver, in the place of the link that the ring has no use for
 * meanwhile, which eventfd that is. Both change with the irq disabled, which waits
 * for an upcall under way, be it in the irq's thread:
 *
 *	evtchn_upcall()			evtchn_eventfd_receive(), _stop_receiving()
 *					  disable the irq: no upcall, none under way
 *					  p->lock: no write either
 *					  change
 *					  enable it: what came meanwhile comes now
 *	  way? receiver
 *
 * The event core takes the lock of the irq's descriptor as it begins and ends a call
 * of the handler, and as the irq is disabled and enabled, so that each sees the
 * other's writes. It does not call the handler of a disabled irq, for irqfixup either;
 * and as the irq is freed (DEBUG_SHIRQ) the port's events go to the ring again, which
 * is closed. (Tests: "eventfd" in the KUnit suite, V01 in the conformance program,
 * the races under KCSAN.)
 *
 * Sending. A hook in the wait queue of the eventfd, called with the queue's lock held
 * and irqs off. It is taken off under that lock before the port is withdrawn, so
 * nothing is sent from then on:
 *
 *	evtchn_sender_wake()		evtchn_port_destroy()
 *	  queue's lock			  queue's lock
 *	  send				  off the queue
 *					  withdraw, release the irq: the number
 *					  may be somebody else's now
 */

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "include/uapi/xen/evtchn.h"

#include "compat.h"
#include "eventfd.h"
#include "evtchn.h"
#include "trace.h"

/*
 * So many events of one port in one jiffy are a storm, if nobody writes it back. It is
 * 20,000 in a second, of which each costs some microseconds. One that is sent on by its
 * eventfd is as many as that sends.
 */
#define EVTCHN_STORM	max(20000 / HZ, 1)

/* Events that eventfds have sent from this CPU. */
static DEFINE_PER_CPU(unsigned int, evtchn_sent);

/**
 * struct evtchn_receiver - the eventfd that a port's events go to
 * @ctx: the eventfd; constant
 * @jiffy: when the last event came; this and @events are the upcall's
 * @events: how many have come in that jiffy, or been sent on
 */
struct evtchn_receiver {
	struct eventfd_ctx *ctx;
	unsigned long jiffy;
	unsigned int events;
};

/**
 * struct evtchn_sender - the eventfd that sends a port's events
 * @link: in &evtchn_file.senders
 * @port: the port
 * @ctx: the eventfd
 * @queue: its wait queue, which is there as long as it is
 * @wait: our place in it, protected by its lock
 * @poll: how we get there
 *
 * All but @link and @wait are constant once it is connected.
 */
struct evtchn_sender {
	struct hlist_node link;
	struct evtchn_port *port;
	struct eventfd_ctx *ctx;
	wait_queue_head_t *queue;
	wait_queue_entry_t wait;
	poll_table poll;
};

/* Whether this kernel has eventfds at all. */
const bool evtchn_eventfd_possible = IS_ENABLED(CONFIG_EVENTFD);

/**
 * evtchn_eventfd_raise() - signal the eventfd that a port's events go to
 * @p: the port; its &evtchn_port.way is not the ring. Either this is its upcall, or
 *     &evtchn_port.lock or &evtchn_file.bind_mutex is held.
 *
 * Context: any, hard irq included.
 */
void evtchn_eventfd_raise(struct evtchn_port *p)
{
	evtchn_compat_eventfd_signal(p->receiver->ctx);
}

/*
 * Another event has come, and the eventfd has sent as many as @sent: are they too many?
 * Upcalls of a port come one by one.
 */
static bool evtchn_receiver_storms(struct evtchn_receiver *r, unsigned int sent)
{
	unsigned long now = jiffies;

	if (r->jiffy != now) {
		r->jiffy = now;
		r->events = 0;
	}
	r->events += clamp_t(unsigned int, sent, 1, EVTCHN_EVENTFD_SENDS);
	return r->events > EVTCHN_STORM;
}

/**
 * evtchn_eventfd_pass() - an event of a port that nobody writes back
 * @p: the port
 *
 * The port counts as armed throughout, so no write has a part in this, and there is
 * one at a time to give the EOI, as there has to be.
 *
 * With nobody to wait for, events could take the whole CPU: an eventfd may even lead
 * back to the port, or to many, each of which leads back to it. The event core unmasks
 * a channel late whose events it is told are spurious: by a jiffy, if the last one was as
 * well, and by more as long as that goes on.
 *
 * Context: the upcall.
 */
void evtchn_eventfd_pass(struct evtchn_port *p)
{
	unsigned int sent = this_cpu_read(evtchn_sent);

	/*
	 * A call without an event, after the channel was lost. Without a lock: it
	 * becomes stale while the domain is suspended, and dead when this is over.
	 */
	if (READ_ONCE(p->state) != EVTCHN_PORT_LIVE)
		return;

	atomic_add(EVTCHN_ARMING_EVENT, &p->arming);
	evtchn_eventfd_raise(p);
	trace_evtchn_rearm(p, false);
	/* In an irq's thread this may be off by what others have sent meanwhile. */
	sent = this_cpu_read(evtchn_sent) - sent;
	if (evtchn_receiver_storms(p->receiver, sent))
		evtchn_xen_eoi_spurious(p->irq);
	else
		evtchn_xen_eoi(p->irq);
}

/*
 * Nobody will write the port back: if that is still to be done, it is done now. No
 * upcall is under way, and no write.
 */
static void evtchn_receiver_settle(struct evtchn_port *p)
{
	int arming = atomic_read(&p->arming);

	lockdep_assert_held(&p->lock);

	if (evtchn_arming(arming) == EVTCHN_ARMED)
		return;

	if (evtchn_arming(arming) == EVTCHN_LATCHED) {
		arming += EVTCHN_ARMING_EVENT;
		trace_evtchn_rearm(p, true);
		evtchn_eventfd_raise(p);
	}
	atomic_set(&p->arming, (arming & ~EVTCHN_ARMING_MASK) | EVTCHN_ARMED);
	trace_evtchn_rearm(p, false);
	evtchn_xen_eoi(p->irq);
}

static int evtchn_receiver_start(struct evtchn_port *p,
				 struct evtchn_receiver *r, bool hold)
{
	int pending;

	evtchn_xen_disable_irq(p->irq);
	spin_lock(&p->lock);
	/* Out of the ring first: the pointer stands where the link did. */
	pending = evtchn_ring_divert(&p->file->ring, &p->entry);
	if (pending >= 0) {
		p->receiver = r;
		p->way = hold ? EVTCHN_WAY_HOLD : EVTCHN_WAY_PASS;
		if (pending)
			evtchn_eventfd_raise(p);
		if (!hold)
			evtchn_receiver_settle(p);
	}
	spin_unlock(&p->lock);
	evtchn_xen_enable_irq(p->irq);

	return min(pending, 0);
}

/**
 * evtchn_eventfd_receive() - have a port's events raise an eventfd
 * @p: the port, live; its file's &evtchn_file.bind_mutex is held
 * @fd: the eventfd
 * @hold: the port waits to be written back after each, else it does not
 *
 * A pending event raises the eventfd at once. If nobody is to write the port back, and
 * it is not armed, this does so.
 *
 * Context: may sleep.
 * Return: 0; -EEXIST if its events raise one already; -EBADF or -EINVAL if @fd is no
 * eventfd; -ENOBUFS, see evtchn_ring_divert(); -ENOMEM.
 */
int evtchn_eventfd_receive(struct evtchn_port *p, int fd, bool hold)
{
	struct evtchn_receiver *r;
	int rc;

	lockdep_assert_held(&p->file->bind_mutex);

	if (p->way != EVTCHN_WAY_RING)
		return -EEXIST;

	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return -ENOMEM;

	r->ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(r->ctx)) {
		rc = PTR_ERR(r->ctx);
		kfree(r);
		return rc;
	}

	rc = evtchn_receiver_start(p, r, hold);
	if (rc) {
		eventfd_ctx_put(r->ctx);
		kfree(r);
	}
	return rc;
}

/**
 * evtchn_eventfd_stop_receiving() - have a port's events go to the ring again
 * @p: the port; its file's &evtchn_file.bind_mutex is held
 *
 * What the eventfd was raised for stays with it. A port that was to be written back
 * still is.
 *
 * Context: may sleep.
 * Return: 0, or -ENOENT if they do already.
 */
int evtchn_eventfd_stop_receiving(struct evtchn_port *p)
{
	struct evtchn_receiver *r;

	lockdep_assert_held(&p->file->bind_mutex);

	if (p->way == EVTCHN_WAY_RING)
		return -ENOENT;

	r = p->receiver;
	evtchn_xen_disable_irq(p->irq);
	spin_lock(&p->lock);
	p->way = EVTCHN_WAY_RING;
	spin_unlock(&p->lock);
	evtchn_xen_enable_irq(p->irq);

	eventfd_ctx_put(r->ctx);
	kfree(r);
	return 0;
}

/*
 * After a restore the number is nobody's or somebody else's, and the event core knows
 * that before anything runs again.
 */
static void evtchn_sender_send(const struct evtchn_sender *s)
{
	const struct evtchn_port *p = s->port;

	/* There is nobody to be told of an error. */
	if (evtchn_xen_bound_to(p->entry.port, p->irq))
		(void)evtchn_xen_send(p->entry.port);
}

/*
 * The eventfd was written to, or read, or closed. Of several hooks on one eventfd each
 * sends, though the first of them has taken all that was written.
 */
static int evtchn_sender_wake(wait_queue_entry_t *wait, unsigned int mode,
			      int sync, void *key)
{
	struct evtchn_sender *s = container_of(wait, struct evtchn_sender, wait);

	if (key_to_poll(key) & EPOLLIN) {
		evtchn_compat_eventfd_take(s->ctx);
		this_cpu_inc(evtchn_sent);
		evtchn_sender_send(s);
	}
	return 0;
}

/* There is a limit, as irqs are off while the eventfd sends on all its ports. */
static void evtchn_sender_hook(struct file *file, wait_queue_head_t *queue,
			       poll_table *poll)
{
	struct evtchn_sender *s = container_of(poll, struct evtchn_sender, poll);
	wait_queue_entry_t *other;
	unsigned int senders = 0;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	list_for_each_entry(other, &queue->head, entry)
		senders += other->func == evtchn_sender_wake;
	if (senders < EVTCHN_EVENTFD_SENDS) {
		s->queue = queue;
		__add_wait_queue(queue, &s->wait);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

/*
 * Take what an eventfd was written to before the hook was there: from then on the hook
 * takes it, so that it counts once. Return: whether there was anything.
 *
 * By the eventfd's own read, which wakes those who wait for room. That is with the lock
 * of the queue held, and one who is woken may signal this very eventfd: aio, that was
 * told to, as it completes. fs/eventfd.c has it know that it must not, by a mark of the
 * task that is not for modules to set.
 */
static bool evtchn_sender_found(struct file *file)
{
	struct kiocb iocb;
	struct iov_iter to;
	struct kvec vec;
	u64 count;

	vec.iov_base = &count;
	vec.iov_len = sizeof(count);
	iov_iter_kvec(&to, READ, &vec, 1, sizeof(count));
	init_sync_kiocb(&iocb, file);
	iocb.ki_flags |= IOCB_NOWAIT;

	return file->f_op->read_iter(&iocb, &to) > 0;
}

static int evtchn_sender_start(struct evtchn_port *p, struct file *file)
{
	struct evtchn_sender *s;
	int rc;

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;

	s->port = p;
	s->ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(s->ctx)) {
		rc = PTR_ERR(s->ctx);
		goto out_free;
	}

	init_waitqueue_func_entry(&s->wait, evtchn_sender_wake);
	init_poll_funcptr(&s->poll, evtchn_sender_hook);
	/* What it answers is older than the hook. */
	(void)vfs_poll(file, &s->poll);
	if (!s->queue) {
		rc = -ENOSPC;
		goto out_put;
	}

	hlist_add_head(&s->link, &p->file->senders);
	p->sends = true;
	if (evtchn_sender_found(file))
		evtchn_sender_send(s);
	return 0;

out_put:
	eventfd_ctx_put(s->ctx);
out_free:
	kfree(s);
	return rc;
}

/**
 * evtchn_eventfd_send() - have an eventfd send events on a port
 * @p: the port, live; its file's &evtchn_file.bind_mutex is held
 * @fd: the eventfd; if it was written to already, an event is sent at once
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if the port is bound to a VIRQ; -EEXIST if one does already;
 * -EBADF or -EINVAL if @fd is no eventfd; -ENOSPC if that sends on
 * EVTCHN_EVENTFD_SENDS ports; -ENOMEM.
 */
int evtchn_eventfd_send(struct evtchn_port *p, int fd)
{
	struct evtchn_xen_status xen;
	struct file *file;
	int rc;

	lockdep_assert_held(&p->file->bind_mutex);

	evtchn_xen_status(p->entry.port, &xen);
	if (xen.state == EVTCHN_STATE_VIRQ)
		return -EINVAL;

	if (p->sends)
		return -EEXIST;

	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);

	rc = evtchn_sender_start(p, file);
	fput(file);
	return rc;
}

static void evtchn_sender_stop(struct evtchn_sender *s)
{
	/* Waits for the hook, should it be running. */
	remove_wait_queue(s->queue, &s->wait);
	s->port->sends = false;
	hlist_del(&s->link);
	eventfd_ctx_put(s->ctx);
	kfree(s);
}

/**
 * evtchn_eventfd_stop_sending() - have no eventfd send events on a port any more
 * @p: the port; its file's &evtchn_file.bind_mutex is held
 *
 * When this returns the last event has been sent.
 *
 * Context: process.
 * Return: 0, or -ENOENT if none does.
 */
int evtchn_eventfd_stop_sending(struct evtchn_port *p)
{
	struct evtchn_sender *s;

	lockdep_assert_held(&p->file->bind_mutex);

	if (!p->sends)
		return -ENOENT;

	hlist_for_each_entry(s, &p->file->senders, link) {
		if (s->port == p) {
			evtchn_sender_stop(s);
			break;
		}
	}
	return 0;
}

/**
 * evtchn_eventfd_stop_all_sending() - the same, for all ports of a file
 * @f: the file; its &evtchn_file.bind_mutex is held
 *
 * So that a file is closed in a time that grows with its ports, not with their square.
 *
 * Context: may sleep.
 */
void evtchn_eventfd_stop_all_sending(struct evtchn_file *f)
{
	struct evtchn_sender *s;
	struct hlist_node *next;

	lockdep_assert_held(&f->bind_mutex);

	hlist_for_each_entry_safe(s, next, &f->senders, link) {
		evtchn_sender_stop(s);
		cond_resched();
	}
}
