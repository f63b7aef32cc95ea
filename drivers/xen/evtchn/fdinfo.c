// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc/PID/fdinfo/N says of a file of the device.
 */

#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "include/uapi/xen/evtchn.h"

#include "evtchn.h"

/*
 * How long to wait for the mutex. It is held over page faults of a command's
 * argument, and user space may take as long as it likes to serve one (userfaultfd,
 * FUSE). Who looks at all files of a system should not have to wait for that.
 */
#define EVTCHN_FDINFO_PATIENCE	HZ

static bool evtchn_fdinfo_lock(struct evtchn_file *f)
{
	unsigned long end = jiffies + EVTCHN_FDINFO_PATIENCE;

	while (!mutex_trylock(&f->bind_mutex)) {
		if (time_after(jiffies, end) || fatal_signal_pending(current))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

static void evtchn_fdinfo_seals(struct seq_file *m, unsigned int seals)
{
	seq_puts(m, "seals:\t");
	if (!seals)
		seq_puts(m, "none");
	if (seals & EVTCHN_SEAL_BIND)
		seq_puts(m, "bind");
	if (seals & EVTCHN_SEAL_NOTIFY)
		seq_puts(m, seals & EVTCHN_SEAL_BIND ? " notify" : "notify");
	seq_putc(m, '\n');
}

/* The state of a port, what it is bound to, and the vCPU. */
static void evtchn_fdinfo_channel(struct seq_file *m,
				  const struct ioctl_evtchn_status *status)
{
	switch (status->state) {
	case EVTCHN_STATE_UNBOUND:
		seq_printf(m, "unbound %u", status->remote_domain);
		break;
	case EVTCHN_STATE_INTERDOMAIN:
		seq_printf(m, "interdomain %u:%u", status->remote_domain,
			   status->remote_port);
		break;
	case EVTCHN_STATE_VIRQ:
		seq_printf(m, "virq %u", status->virq);
		break;
	case EVTCHN_STATE_STALE:
		seq_puts(m, "stale - vcpu -");
		return;
	default:
		seq_puts(m, "closed - vcpu -");
		return;
	}
	seq_printf(m, " vcpu %u", status->vcpu);
}

static void evtchn_fdinfo_port(struct seq_file *m, struct evtchn_port *p)
{
	struct ioctl_evtchn_status status = {};

	evtchn_port_status(p, &status);
	seq_printf(m, "port:\t%u ", p->entry.port);
	evtchn_fdinfo_channel(m, &status);
	seq_printf(m, " irq %u armed %u queued %u events %u rearms %u\n", p->irq,
		   !!(status.pending & EVTCHN_PENDING_ARMED),
		   !!(status.pending & EVTCHN_PENDING_QUEUED), status.events,
		   status.rearms);
}

static void evtchn_fdinfo_ports(struct seq_file *m, struct evtchn_file *f)
{
	struct evtchn_port *p;
	u32 i = 0;

	/* If there is no more room, all is asked for again with twice as much. */
	while (!seq_has_overflowed(m) && !fatal_signal_pending(current)) {
		p = evtchn_table_next(f, &i);
		if (!p)
			break;
		evtchn_fdinfo_port(m, p);
		cond_resched();
	}
}

/**
 * evtchn_show_fdinfo() - what /proc/PID/fdinfo/N says of a file
 * @m: where to
 * @file: the file
 *
 * After what the kernel says of any file come, in this order::
 *
 *	file:	3
 *	restricted:	no
 *	seals:	none
 *	ports:	4
 *	port:	9 unbound 3 vcpu 0 irq 41 armed 1 queued 0 events 0 rearms 0
 *	port:	10 interdomain 3:17 vcpu 0 irq 42 armed 0 queued 1 events 8 rearms 7
 *	port:	11 virq 4 vcpu 0 irq 43 armed 1 queued 0 events 2 rearms 2
 *	port:	12 stale - vcpu - irq 44 armed 1 queued 1 events 5 rearms 5
 *
 * file
 *	what the tracepoints call the file: a number that no other file has had since
 *	the module was loaded, or 0 before the first command other than NOTIFY,
 *	NOTIFY_MANY and WAIT
 * restricted
 *	the domid that the file is restricted to, or ``no``
 * seals
 *	``none``, or those of ``bind`` and ``notify`` that hold, with a blank between
 * ports
 *	how many are bound on the file; or ``busy``, and no port is listed, if
 *	another command on the file did not end within a second
 * port
 *	a line for each, in no order: its number, and then pairs of a name and a
 *	value. One day more of them may come at the end.
 *
 * The first pair is the state, as IOCTL_EVTCHN_STATUS has it, and what there is at the
 * other end: ``unbound`` and the domain that may bind to it, ``interdomain`` and the
 * peer's domain and port, ``virq`` and its number, ``stale`` or ``closed`` and a dash.
 * The others are:
 *
 * vcpu
 *	the vCPU that its events are delivered to, as Xen numbers it; or a dash
 * irq
 *	the Linux irq, which /proc/irq and /proc/interrupts tell more of
 * armed
 *	1 if an event can be raised, 0 if the last one is to be written back first
 * queued
 *	1 if the number waits to be read
 * events, rearms
 *	how many events have arrived, and how many of them were written back, both
 *	modulo 2^30
 *
 * The lines of two ports may be of different moments. A port costs a hypercall and
 * some 100 bytes. Since the kernel starts over with twice the memory when that is
 * used up, 20,000 ports cost 60,000 hypercalls at most, in which time no port is
 * bound or unbound on the file; events, NOTIFY, read and write go on. Who is killed
 * meanwhile need not wait for the end.
 *
 * Context: may sleep. Takes &evtchn_file.bind_mutex, for which it waits a second at
 * most.
 */
void evtchn_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct evtchn_file *f = file->private_data;
	u16 domid = READ_ONCE(f->restrict_domid);

	seq_printf(m, "file:\t%u\n", READ_ONCE(f->id));
	if (domid == EVTCHN_UNRESTRICTED)
		seq_puts(m, "restricted:\tno\n");
	else
		seq_printf(m, "restricted:\t%u\n", domid);
	evtchn_fdinfo_seals(m, READ_ONCE(f->seals));

	if (!evtchn_fdinfo_lock(f)) {
		seq_puts(m, "ports:\tbusy\n");
		return;
	}
	seq_printf(m, "ports:\t%u\n", evtchn_table_live(f));
	evtchn_fdinfo_ports(m, f);
	mutex_unlock(&f->bind_mutex);
}
