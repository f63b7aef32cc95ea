// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver wants of Xen, and of the kernel's event core.
 *
 * Ports and irqs are plain numbers here, and errors are negative errnos: Xen
 * answers with the same ones as Linux. The hypercalls and their errors are
 * those of Xen's public header event_channel.h.
 */

#include <linux/build_bug.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/rcupdate.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>

#include "include/uapi/xen/evtchn.h"

#include "compat.h"
#include "evtchn.h"

/**
 * evtchn_xen_present() - whether this is a guest of Xen
 *
 * Return: true in a PV, PVH or HVM guest, dom0 included.
 */
bool evtchn_xen_present(void)
{
	return xen_domain();
}

/**
 * evtchn_xen_nr_channels() - how many ports the kernel is ready for
 *
 * With the FIFO ABI this grows as ports are bound.
 *
 * Return: one more than the highest number that a bound port can have now.
 */
u32 evtchn_xen_nr_channels(void)
{
	return xen_evtchn_nr_channels();
}

static int evtchn_xen_alloc_unbound(u16 remote_domain, u32 *port)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = remote_domain,
	};
	int rc;

	rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
	if (!rc)
		*port = op.port;
	return rc;
}

static int evtchn_xen_bind_interdomain(u16 remote_domain, u32 remote_port,
				       u32 *port)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = remote_domain,
		.remote_port = remote_port,
	};
	int rc;

	rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);
	if (!rc)
		*port = op.local_port;
	return rc;
}

static int evtchn_xen_bind_virq(u32 virq, u32 *port)
{
	struct evtchn_bind_virq op = {
		.virq = virq,
		.vcpu = xen_vcpu_nr(0),
	};
	int rc;

	rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op);
	if (!rc)
		*port = op.port;
	return rc;
}

static int evtchn_xen_ask(struct evtchn_status *op, u32 port)
{
	*op = (struct evtchn_status){
		.dom = DOMID_SELF,
		.port = port,
	};

	return HYPERVISOR_event_channel_op(EVTCHNOP_status, op);
}

/* The irq of a port, or -1. The event core frees its record of an irq by RCU. */
static int evtchn_xen_irq(u32 port)
{
	int irq;

	rcu_read_lock();
	irq = irq_from_evtchn(port);
	rcu_read_unlock();

	return irq;
}

/*
 * Whether a port has an irq, after one that is being taken down is gone.
 *
 * The event core forgets the irq and closes the channel with its lock held, the one or
 * the other first, depending on the kernel. Who looks in between without that lock
 * would take a channel that is closed a moment later, or refuse one that is new:
 *
 *	the event core, in an UNBIND	BIND_STATIC
 *	  forget the irq
 *					  has it an irq? no
 *					  Xen: is it open? yes
 *	  close the channel
 *
 * evtchn_get() looks with the lock held. It says ENOENT only if there is no irq; it has
 * EINVAL for one that it does not lend, and for what is no port.
 *
 * (Test: C41 in the conformance program.)
 */
static bool evtchn_xen_has_irq_sync(u32 port)
{
	int rc = evtchn_get(port);

	if (!rc)
		evtchn_put(port);
	return rc != -ENOENT;
}

/*
 * The same, but one that is being taken down may count. It is not lent then, which would
 * leave a channel open for a moment after its UNBIND has returned.
 */
static bool evtchn_xen_has_irq(u32 port)
{
	return evtchn_xen_irq(port) >= 0 || evtchn_xen_has_irq_sync(port);
}

/*
 * Whether a channel that was made outside this driver can be bound by it. Who
 * asks keeps out all others that might bind it.
 */
static int evtchn_xen_adopt(u32 port)
{
	struct evtchn_status op;
	bool busy;

	if (!EVTCHN_COMPAT_STATIC)
		return -EOPNOTSUPP;

	/* No channel has this number: the event core uses it for irqs without one. */
	if (!port)
		return -EINVAL;

	/* Before Xen is asked: who takes it down now has closed it by then. */
	busy = evtchn_xen_has_irq(port) || port == xen_store_evtchn;
	if (evtchn_xen_ask(&op, port))
		return -EINVAL;

	if (busy)
		return -EBUSY;

	if (op.status != EVTCHNSTAT_unbound &&
	    op.status != EVTCHNSTAT_interdomain)
		return -EINVAL;

	return 0;
}

/**
 * evtchn_xen_open() - make a channel, or look whether a static one can be had
 * @ch: which channel
 * @port: set to the local port; not used for a static channel
 *
 * Context: process.
 * Return: 0 or Xen's error; for a static channel -EOPNOTSUPP if this kernel's
 * event core would close it in the end, -EBUSY if it has an irq already, -EINVAL
 * if it is not an unbound or interdomain one.
 */
int evtchn_xen_open(const struct evtchn_channel *ch, u32 *port)
{
	BUILD_BUG_ON(EVTCHN_XEN_DOMID_RESERVED != DOMID_FIRST_RESERVED);

	switch (ch->type) {
	case EVTCHN_CHANNEL_UNBOUND:
		return evtchn_xen_alloc_unbound(ch->remote_domain, port);
	case EVTCHN_CHANNEL_INTERDOMAIN:
		return evtchn_xen_bind_interdomain(ch->remote_domain,
						   ch->remote_port, port);
	case EVTCHN_CHANNEL_VIRQ:
		return evtchn_xen_bind_virq(ch->virq, port);
	case EVTCHN_CHANNEL_STATIC:
		return evtchn_xen_adopt(ch->port);
	}
	return -EINVAL;
}

/**
 * evtchn_xen_close_orphan() - close a channel unless it is closed or in use
 * @port: the local port that evtchn_xen_bind_irq() failed on
 *
 * A channel in use has an irq. Who asks keeps out others that have made a
 * channel and not bound its irq yet. The kernel's own drivers can't be kept out:
 * if one of them is given the number by Xen and gets this far before it binds
 * its irq, a window of a few instructions, it loses its channel.
 *
 * Context: process.
 */
void evtchn_xen_close_orphan(u32 port)
{
	struct evtchn_close op = { .port = port };
	struct evtchn_status status;

	if (evtchn_xen_has_irq(port))
		return;

	/* There is nothing to be done about an error. */
	if (!evtchn_xen_ask(&status, port) && status.status != EVTCHNSTAT_closed)
		(void)HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

/**
 * evtchn_xen_bound_to() - whether a port is still bound to an irq
 * @port: the local port
 * @irq: the irq that evtchn_xen_bind_irq() returned for it
 *
 * Return: false if the channel was lost when the domain was restored: the event
 * core forgets all ports then, and keeps the irqs.
 */
bool evtchn_xen_bound_to(u32 port, unsigned int irq)
{
	return evtchn_xen_irq(port) == irq;
}

/**
 * evtchn_xen_bind_irq() - bind an irq to a channel
 * @port: the local port
 * @is_static: leave the channel open when the irq is released
 *
 * The port can be held by gntdev and gntalloc from here on; see evtchn_get().
 *
 * Context: may sleep.
 * Return: the irq, which fires only after evtchn_xen_request_irq(); -EBUSY if
 * the event core has an irq for that number already; or -ENOMEM. After an error
 * the channel may be open or closed; see evtchn_xen_close_orphan().
 */
int evtchn_xen_bind_irq(u32 port, bool is_static)
{
	int irq, rc;

	/*
	 * The event core would hand out that irq once more. It is another
	 * file's, whose channel was closed behind its back by privcmd. Or it is
	 * being taken down; but most often there is none.
	 */
	if (evtchn_xen_irq(port) >= 0 && evtchn_xen_has_irq_sync(port))
		return -EBUSY;

	irq = bind_evtchn_to_irq_lateeoi(port);
	if (irq < 0)
		return irq;

	rc = evtchn_compat_make_refcounted(port, is_static);
	return rc ? rc : irq;
}

/**
 * evtchn_xen_unbind_irq() - undo evtchn_xen_bind_irq()
 * @port: the local port
 *
 * To be called if the irq has no handler. Closes the channel, unless it is a
 * static one.
 *
 * Context: may sleep.
 */
void evtchn_xen_unbind_irq(u32 port)
{
	evtchn_put(port);
}

/**
 * evtchn_xen_request_irq() - let an irq fire
 * @irq: what evtchn_xen_bind_irq() returned
 * @handler: called for each event, with the channel masked; it stays masked
 *	     until evtchn_xen_eoi()
 * @name: name of the irq; has to stay until the irq is released
 * @dev_id: argument for @handler
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evtchn_xen_request_irq(unsigned int irq, irq_handler_t handler,
			   const char *name, void *dev_id)
{
	return request_irq(irq, handler, EVTCHN_COMPAT_IRQF, name, dev_id);
}

/**
 * evtchn_xen_release_irq() - undo evtchn_xen_request_irq() and
 * evtchn_xen_bind_irq()
 * @irq: the irq
 * @dev_id: what it was requested with
 *
 * Waits for a handler under way. Closes the channel, unless it is a static one,
 * or held by gntdev or gntalloc, or was lost when the domain was restored.
 *
 * Context: may sleep.
 */
void evtchn_xen_release_irq(unsigned int irq, void *dev_id)
{
	unbind_from_irqhandler(irq, dev_id);
}

/**
 * evtchn_xen_send() - send an event to the peer of a port
 * @port: the local port
 *
 * Context: any.
 * Return: 0, also if there is no peer; -EINVAL if the port is not one to send
 * from.
 */
int evtchn_xen_send(u32 port)
{
	struct evtchn_send op = { .port = port };

	return HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

/**
 * evtchn_xen_eoi() - unmask the channel of an irq
 * @irq: the irq
 *
 * The event core may delay this if events come in too fast. If the channel is not
 * masked this tells it all the same that the last event is over, and one that arrives
 * on another CPU at this very moment may wait for the next: its own affair.
 *
 * Context: any.
 */
void evtchn_xen_eoi(unsigned int irq)
{
	xen_irq_lateeoi(irq, 0);
}

/**
 * evtchn_xen_eoi_spurious() - unmask the channel of an irq that has too many events
 * @irq: the irq
 *
 * The event core does so a jiffy later if the event before was one too many as well,
 * and later still if that goes on.
 *
 * Context: any.
 */
void evtchn_xen_eoi_spurious(unsigned int irq)
{
	xen_irq_lateeoi(irq, XEN_EOI_FLAG_SPURIOUS);
}

/**
 * evtchn_xen_disable_irq() - have the handler of an irq not called
 * @irq: the irq
 *
 * Waits for a handler under way. An event that comes meanwhile waits in Xen or in the
 * event core.
 *
 * Context: may sleep.
 */
void evtchn_xen_disable_irq(unsigned int irq)
{
	disable_irq(irq);
}

/**
 * evtchn_xen_enable_irq() - undo evtchn_xen_disable_irq()
 * @irq: the irq
 *
 * Context: process.
 */
void evtchn_xen_enable_irq(unsigned int irq)
{
	enable_irq(irq);
}

/**
 * evtchn_xen_status() - ask what a channel is
 * @port: the local port
 * @status: set to what Xen knows of it; what does not apply is 0
 *
 * A channel that Xen does not know, or that is one of the kernel's kinds (for
 * physical irqs, or between its CPUs), was closed behind the driver's back, and
 * counts as closed.
 *
 * Context: process.
 */
void evtchn_xen_status(u32 port, struct evtchn_xen_status *status)
{
	struct evtchn_status op;

	*status = (struct evtchn_xen_status){ .state = EVTCHN_STATE_CLOSED };
	if (evtchn_xen_ask(&op, port))
		return;

	switch (op.status) {
	case EVTCHNSTAT_unbound:
		status->state = EVTCHN_STATE_UNBOUND;
		status->remote_domain = op.u.unbound.dom;
		break;
	case EVTCHNSTAT_interdomain:
		status->state = EVTCHN_STATE_INTERDOMAIN;
		status->remote_domain = op.u.interdomain.dom;
		status->remote_port = op.u.interdomain.port;
		break;
	case EVTCHNSTAT_virq:
		status->state = EVTCHN_STATE_VIRQ;
		status->virq = op.u.virq;
		break;
	default:
		return;
	}
	status->vcpu = op.vcpu;
}

/**
 * evtchn_xen_domain_exists() - ask whether there is a domain
 * @domid: the domain; not a reserved one, but for DOMID_SELF
 *
 * Asks for a port that no domain has. Xen looks for the domain first, and says
 * ESRCH only if there is none.
 *
 * Context: process.
 * Return: the answer, which may be old when it arrives.
 */
bool evtchn_xen_domain_exists(u16 domid)
{
	struct evtchn_status op = {
		.dom = domid,
		.port = ~0U,
	};

	BUILD_BUG_ON(EVTCHN_XEN_DOMID_SELF != DOMID_SELF);

	return HYPERVISOR_event_channel_op(EVTCHNOP_status, &op) != -ESRCH;
}

/**
 * evtchn_xen_set_priority() - say how soon the events of an irq are delivered
 * @irq: what evtchn_xen_bind_irq() returned; its channel is not lost
 * @priority: from 0, the highest, to EVTCHN_XEN_PRIORITY_LOWEST
 *
 * Context: process.
 * Return: 0, or -EOPNOTSUPP if the kernel's ABI with Xen knows no priority.
 */
int evtchn_xen_set_priority(unsigned int irq, u32 priority)
{
	int rc;

	BUILD_BUG_ON(EVTCHN_XEN_PRIORITY_LOWEST != EVTCHN_FIFO_PRIORITY_MIN);

	rc = xen_set_irq_priority(irq, priority);
	return rc == -ENOSYS ? -EOPNOTSUPP : rc;
}

/* Whether this kernel has evtchn_xen_set_cpu(). */
const bool evtchn_xen_has_set_cpu = EVTCHN_COMPAT_SET_AFFINITY;

/**
 * evtchn_xen_set_cpu() - say which CPU takes the events of an irq
 * @irq: what evtchn_xen_bind_irq() returned; its channel is not lost
 * @cpu: the CPU
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if there is no such CPU, or it is offline; -EOPNOTSUPP if
 * the kernel can not be asked; or its error.
 */
int evtchn_xen_set_cpu(unsigned int irq, u32 cpu)
{
	int rc = -EINVAL;

	cpus_read_lock();
	if (cpu < nr_cpu_ids && cpu_online(cpu))
		rc = evtchn_compat_set_affinity(irq, cpumask_of(cpu));
	cpus_read_unlock();

	/* What the event core says where channels can't be moved is no errno. */
	return rc == -1 ? -EOPNOTSUPP : rc;
}
