// SPDX-License-Identifier: GPL-2.0
/*
 * One bound port and how it is used. How it comes and goes stands in bind.c.
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
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "include/uapi/xen/evtchn.h"

#include "eventfd.h"
#include "evtchn.h"
#include "mapped.h"
#include "trace.h"

static struct kmem_cache *evtchn_port_cache;

/* The port on which this CPU sends an event right now; see evtchn_port_notify(). */
static DEFINE_PER_CPU(struct evtchn_port *, evtchn_notifying);

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
 * No file is open any more. Waits for the ports and tables that RCU has to free
 * still, which it does by functions of this module.
 *
 * Context: may sleep.
 */
void evtchn_port_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(evtchn_port_cache);
}

/**
 * evtchn_port_free() - free a port that nobody else has seen
 * @p: the port
 */
void evtchn_port_free(struct evtchn_port *p)
{
	evtchn_mapped_dismiss(&p->file->ring);
	kmem_cache_free(evtchn_port_cache, p);
}

static void evtchn_port_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(evtchn_port_cache,
			container_of(rcu, struct evtchn_port, rcu));
}

/**
 * evtchn_port_free_later() - free a port when the last look-up has let go of it
 * @p: the port; dead, out of the table and the ring, and without an irq
 *
 * Context: any.
 */
void evtchn_port_free_later(struct evtchn_port *p)
{
	call_rcu(&p->rcu, evtchn_port_free_rcu);
}

static int evtchn_arming_set(int arming, enum evtchn_arming to)
{
	return (arming & ~EVTCHN_ARMING_MASK) | to;
}

/* An event is delivered: it counts. */
static int evtchn_arming_deliver(int arming)
{
	return evtchn_arming_set(arming + EVTCHN_ARMING_EVENT, EVTCHN_FIRED);
}

/* An event has come. Return: whether it is to be delivered now. */
static __always_inline bool evtchn_port_fire(struct evtchn_port *p, bool traced)
{
	int old = atomic_read(&p->arming);
	bool armed;
	int new;

	do {
		armed = evtchn_arming(old) == EVTCHN_ARMED;
		new = armed ? evtchn_arming_deliver(old) :
			      evtchn_arming_set(old, EVTCHN_LATCHED);
	} while (!atomic_try_cmpxchg(&p->arming, &old, new));

	if (traced)
		trace_evtchn_upcall(p, !armed);
	return armed;
}

/* The upcall of a port whose events go to an eventfd. */
static noinline void evtchn_port_divert(struct evtchn_port *p)
{
	if (p->way == EVTCHN_WAY_PASS) {
		trace_evtchn_upcall(p, false);
		evtchn_eventfd_pass(p);
	} else if (evtchn_port_fire(p, true)) {
		evtchn_eventfd_raise(p);
	}
}

static __always_inline irqreturn_t evtchn_upcall_as(struct evtchn_port *p,
						    bool traced)
{
	if (unlikely(p->way != EVTCHN_WAY_RING))
		evtchn_port_divert(p);
	else if (evtchn_port_fire(p, traced))
		evtchn_ring_push_in_irq(&p->file->ring, &p->entry);
	return IRQ_HANDLED;
}

/* With the arguments of the other as they are, so that none is moved for this. */
static noinline __noclone irqreturn_t evtchn_upcall_traced(int irq, void *dev_id)
{
	return evtchn_upcall_as(dev_id, true);
}

/* Outside of the upcall. */
static void evtchn_port_deliver(struct evtchn_port *p)
{
	if (p->way == EVTCHN_WAY_RING)
		evtchn_ring_push(&p->file->ring, &p->entry);
	else
		evtchn_eventfd_raise(p);
}

/**
 * evtchn_upcall() - a port's channel was raised
 * @irq: the port's irq
 * @dev_id: the port
 *
 * A channel stays masked until user space has written its port back, so this
 * should not be called again before. Yet it can be:
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
 * Context: hard irq, or the irq's thread (threadirqs, PREEMPT_RT).
 * Return: IRQ_HANDLED.
 */
irqreturn_t evtchn_upcall(int irq, void *dev_id)
{
	if (trace_evtchn_upcall_enabled())
		return evtchn_upcall_traced(irq, dev_id);

	return evtchn_upcall_as(dev_id, false);
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
 * leaves it so.
 *
 * An event is not forgotten either: an upcall that finds the port armed queues it,
 * one that finds it fired makes it latched, and that ends here, by queueing it.
 *
 * A writer that has not read the number from the ring may see the port still
 * armed and pass over it, as if it had written before the event.
 *
 * (Tests: "rearm" in the KUnit suite, C09, C43 and D05 in the conformance program.)
 */
static void evtchn_port_eoi(struct evtchn_port *p)
{
	int old, new;
	bool fired;

	spin_lock(&p->lock);
	if (p->state != EVTCHN_PORT_LIVE)
		goto out_unlock;

	old = atomic_read(&p->arming);
	do {
		if (evtchn_arming(old) == EVTCHN_ARMED)
			goto out_unlock;
		fired = evtchn_arming(old) == EVTCHN_FIRED;
		new = fired ? evtchn_arming_set(old, EVTCHN_ARMED) :
			      evtchn_arming_deliver(old);
	} while (!atomic_try_cmpxchg(&p->arming, &old, new));

	if (fired) {
		trace_evtchn_rearm(p, false);
		evtchn_xen_eoi(p->irq);
	} else {
		trace_evtchn_rearm(p, true);
		evtchn_port_deliver(p);
	}

out_unlock:
	spin_unlock(&p->lock);
}

/**
 * evtchn_port_alloc() - make a port, dead as yet
 * @f: the file it is to be bound on
 *
 * Context: may sleep.
 * Return: the port, to be freed by evtchn_port_free(); -ENOMEM; -ENOBUFS if the file
 * has as many ports as the ring that the client has mapped has room for.
 */
struct evtchn_port *evtchn_port_alloc(struct evtchn_file *f)
{
	struct evtchn_port *p;
	int rc;

	p = kmem_cache_zalloc(evtchn_port_cache, GFP_KERNEL_ACCOUNT);
	if (!p)
		return ERR_PTR(-ENOMEM);

	rc = evtchn_mapped_admit(&f->ring);
	if (rc) {
		kmem_cache_free(evtchn_port_cache, p);
		return ERR_PTR(rc);
	}

	p->file = f;
	spin_lock_init(&p->lock);
	p->state = EVTCHN_PORT_DEAD;
	atomic_set(&p->arming, EVTCHN_ARMED);
	return p;
}

/**
 * evtchn_port_set_state() - say what may be done with a port from now on
 * @p: the port; its file's &evtchn_file.bind_mutex is held
 * @state: the state
 *
 * Waits for who is using the port.
 *
 * Context: process.
 */
void evtchn_port_set_state(struct evtchn_port *p, enum evtchn_port_state state)
{
	int cpu;

	lockdep_assert_held(&p->file->bind_mutex);

	spin_lock(&p->lock);
	WRITE_ONCE(p->state, state);
	spin_unlock(&p->lock);

	/* Nobody has used it so far. */
	if (state == EVTCHN_PORT_LIVE)
		return;

	/* Before the look at the CPUs: pairs with evtchn_port_notify(). */
	smp_mb();
	for_each_possible_cpu(cpu)
		smp_cond_load_acquire(per_cpu_ptr(&evtchn_notifying, cpu),
				      p != VAL);
}

static __always_inline long evtchn_port_notify_as(struct evtchn_file *f,
						  u32 port, bool traced)
{
	struct evtchn_port *p;
	long rc = -ENOTCONN;

	rcu_read_lock_sched();
	p = evtchn_table_find(f, port);
	if (p) {
		this_cpu_write(evtchn_notifying, p);
		/* Before the look at the state: pairs with evtchn_port_set_state(). */
		smp_mb();
		if (READ_ONCE(p->state) == EVTCHN_PORT_LIVE)
			rc = evtchn_xen_send(port);
		/* Who takes the port down goes on: pairs with its acquire. */
		smp_store_release(this_cpu_ptr(&evtchn_notifying), NULL);
	}
	rcu_read_unlock_sched();

	if (traced)
		trace_evtchn_notify(f, port, rc);
	return rc;
}

static noinline long evtchn_port_notify_traced(struct evtchn_file *f, u32 port)
{
	return evtchn_port_notify_as(f, port, true);
}

/**
 * evtchn_port_notify() - send an event to the peer of a port
 * @f: the file
 * @port: the port's number
 *
 * Takes no lock, and writes to nothing that another CPU writes to. That the port is
 * not taken down meanwhile, and its number given to somebody else, is seen to by a
 * hazard pointer: the CPU says which port it is sending on, and who takes a port
 * down waits until no CPU says so.
 *
 *	evtchn_port_notify()		evtchn_port_set_state()
 *	  evtchn_notifying = p		  state = dead
 *	  smp_mb()			  smp_mb()
 *	  state?			  evtchn_notifying of each CPU?
 *	  send
 *	  evtchn_notifying = NULL
 *
 * One of the two sees what the other did: the port is dead here, and nothing is
 * sent, or it is waited for there, until the event is sent. The release of the
 * pointer pairs with the acquire there, so that the number is used no more.
 *
 * (Tests: "race" in the KUnit suite, the races under KCSAN.)
 *
 * Context: process; not from an irq, which might come in the midst of this.
 * Return: 0, also if Xen drops the event because there is no peer; -ENOTCONN if
 * the port is not bound on this file, or is stale; or what Xen answered: -EINVAL
 * for a port that is bound to a VIRQ.
 */
long evtchn_port_notify(struct evtchn_file *f, u32 port)
{
	if (trace_evtchn_notify_enabled())
		return evtchn_port_notify_traced(f, port);

	return evtchn_port_notify_as(f, port, false);
}

/**
 * evtchn_port_rearm() - let a port be raised again
 * @f: the file
 * @port: the port's number
 *
 * Does nothing if the port is armed already, or is stale, or is not bound on
 * this file. Takes no lock of the file, and none at all for an armed port:
 *
 *	evtchn_upcall()			a reader, then a writer
 *	  from armed to fired		  take (under the ring's lock)
 *	  push (under the ring's lock)	  armed?
 *
 * Who has read the number, or was given it by who has, sees what the upcall did
 * before it pushed: the port fired, unless another writer has re-armed it since.
 *
 * (Test: C43 in the conformance program.)
 *
 * Context: process, under rcu_read_lock().
 */
void evtchn_port_rearm(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p = evtchn_table_find(f, port);

	if (p && evtchn_arming(atomic_read(&p->arming)) != EVTCHN_ARMED)
		evtchn_port_eoi(p);
}

/**
 * evtchn_port_reset() - drop all pending events of a file
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Each port that is dropped is re-armed, so that none goes deaf. An event that
 * comes while this runs is dropped or not.
 *
 * Context: may sleep.
 * Return: 0, or -ENOBUFS if the ring that the client has mapped has no room for what
 * is dropped, and nothing was done.
 */
int evtchn_port_reset(struct evtchn_file *f)
{
	struct evtchn_port *p;
	u32 i = 0;
	int rc;

	lockdep_assert_held(&f->bind_mutex);

	rc = evtchn_mapped_begin_reset(&f->ring);
	if (rc)
		return rc;

	while ((p = evtchn_table_next(f, &i))) {
		if (evtchn_ring_drop(&f->ring, &p->entry))
			evtchn_port_eoi(p);
		cond_resched();
	}
	return 0;
}

/**
 * evtchn_port_restored() - take note that the domain was restored
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Ports whose channel is gone become stale. Each is queued once more, so that a
 * client that sleeps on it wakes, and finds out as it next uses the port; or its
 * eventfd is raised once more. One that is queued still is not: a mapped ring has
 * room for one number of each port. Nor is one that was lost before.
 *
 * Context: process; user space is frozen, so no port is in use.
 */
void evtchn_port_restored(struct evtchn_file *f)
{
	struct evtchn_port *p;
	u32 i = 0;

	lockdep_assert_held(&f->bind_mutex);

	while ((p = evtchn_table_next(f, &i))) {
		if (p->state == EVTCHN_PORT_STALE ||
		    evtchn_xen_bound_to(p->entry.port, p->irq))
			continue;
		evtchn_port_set_state(p, EVTCHN_PORT_STALE);
		if (!evtchn_ring_queued(&f->ring, &p->entry))
			evtchn_port_deliver(p);
	}
}

/**
 * evtchn_port_status() - say how a port stands
 * @p: the port; its file's &evtchn_file.bind_mutex is held
 * @status: what IOCTL_EVTCHN_STATUS answers; its port, its flags and what is reserved
 *	    there are left alone
 *
 * Xen is asked, by one hypercall.
 *
 * Context: process.
 */
void evtchn_port_status(struct evtchn_port *p, struct ioctl_evtchn_status *status)
{
	struct evtchn_xen_status xen = { .state = EVTCHN_STATE_STALE };
	u32 arming = atomic_read(&p->arming);
	bool armed = evtchn_arming(arming) == EVTCHN_ARMED;

	lockdep_assert_held(&p->file->bind_mutex);

	if (p->state == EVTCHN_PORT_LIVE)
		evtchn_xen_status(p->entry.port, &xen);

	status->state = xen.state;
	status->vcpu = xen.vcpu;
	status->remote_domain = xen.remote_domain;
	status->remote_port = xen.remote_port;
	status->virq = xen.virq;
	status->pending = armed ? EVTCHN_PENDING_ARMED : 0;
	if (evtchn_ring_queued(&p->file->ring, &p->entry))
		status->pending |= EVTCHN_PENDING_QUEUED;
	status->events = arming >> EVTCHN_ARMING_BITS;
	/* Each event but the one that is out has been written back. */
	status->rearms = (status->events - !armed) &
			 (U32_MAX >> EVTCHN_ARMING_BITS);
}
