/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that differs between the kernels this driver is built for. Nothing else in
 * the tree asks for a version.
 *
 * One stanza each: what changed, since when, how it is told, when it can go.
 * Kbuild looks into the kernel's headers for what is told by a HAVE_ macro, since
 * distributions backport and a version number does not tell.
 */
#ifndef _DRIVERS_XEN_EVTCHN_COMPAT_H
#define _DRIVERS_XEN_EVTCHN_COMPAT_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/mm.h>

#include <xen/events.h>

/*
 * What: late EOI, without which a port can not stay masked until it is written
 *	 back.
 * Since: 5.10, the oldest kernel this is built for.
 * Told by: the flag for it in <xen/events.h>.
 * Goes: never.
 */
#ifndef XEN_EOI_FLAG_SPURIOUS
#error "xen-evtchn needs Linux 5.10 or later"
#endif

/*
 * What: evtchn_make_refcounted() got a second argument, by which the event core
 *	 leaves a channel open that was not made for this user.
 * Since: 6.6.
 * Told by: HAVE_EVTCHN_STATIC, the prototype in <xen/events.h>.
 * Goes: with the last kernel before 6.6.
 */
#ifdef HAVE_EVTCHN_STATIC
#define EVTCHN_COMPAT_STATIC	true

static inline int evtchn_compat_make_refcounted(evtchn_port_t port,
						bool is_static)
{
	return evtchn_make_refcounted(port, is_static);
}
#else
#define EVTCHN_COMPAT_STATIC	false

static inline int evtchn_compat_make_refcounted(evtchn_port_t port,
						bool is_static)
{
	return is_static ? -EOPNOTSUPP : evtchn_make_refcounted(port);
}
#endif

/*
 * What: privcmd can put a second handler on a port of ours (ioeventfd), so the
 *	 irq has to be shared. Elsewhere it is better not to be: irqfixup calls
 *	 the handlers of shared irqs without an event.
 * Since: 6.7.
 * Told by: the kernel's configuration; no Debian kernel has it.
 * Goes: with the last kernel before 6.7, the test for the option stays.
 */
#ifdef CONFIG_XEN_PRIVCMD_EVENTFD
#define EVTCHN_COMPAT_IRQF	IRQF_SHARED
#else
#define EVTCHN_COMPAT_IRQF	0
#endif

/*
 * What: irq_set_affinity() can be called by modules.
 * Since: 5.13, and 5.10 of Debian. Before it was an inline around what is not exported.
 * Told by: HAVE_SET_AFFINITY, the prototype in <linux/interrupt.h>.
 * Goes: with the last kernel before 5.13.
 */
#ifdef HAVE_SET_AFFINITY
#define EVTCHN_COMPAT_SET_AFFINITY	true

static inline int evtchn_compat_set_affinity(unsigned int irq,
					     const struct cpumask *cpus)
{
	return irq_set_affinity(irq, cpus);
}
#else
#define EVTCHN_COMPAT_SET_AFFINITY	false

static inline int evtchn_compat_set_affinity(unsigned int irq,
					     const struct cpumask *cpus)
{
	return -EOPNOTSUPP;
}
#endif

/*
 * What: eventfd_signal() lost the number to add, which was 1 for everybody.
 * Since: 6.8.
 * Told by: HAVE_EVENTFD_SIGNAL_N, the prototype in <linux/eventfd.h>.
 * Goes: with the last kernel before 6.8.
 */
static inline void evtchn_compat_eventfd_signal(struct eventfd_ctx *ctx)
{
#ifdef HAVE_EVENTFD_SIGNAL_N
	eventfd_signal(ctx, 1);
#else
	eventfd_signal(ctx);
#endif
}

/*
 * What: who is called as an eventfd is written to can take what was written. Before,
 *	 it stays, and the eventfd has no more room when it was written to 2^64 times.
 * Since: 5.11, and 5.10 of Debian.
 * Told by: HAVE_EVENTFD_DO_READ, the prototype in <linux/eventfd.h>.
 * Goes: with 5.10.
 */
static inline void evtchn_compat_eventfd_take(struct eventfd_ctx *ctx)
{
#ifdef HAVE_EVENTFD_DO_READ
	u64 count;

	eventfd_ctx_do_read(ctx, &count);
#endif
}

/*
 * What: a kernel without eventfds (EXPERT) does not declare all that is theirs.
 * Since: always.
 * Told by: the kernel's configuration.
 * Goes: never.
 */
#ifndef CONFIG_EVENTFD
static inline struct file *eventfd_fget(int fd)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline struct eventfd_ctx *eventfd_ctx_fileget(struct file *file)
{
	return ERR_PTR(-EOPNOTSUPP);
}
#endif

/*
 * What: pages that are charged to their cgroup can be mapped by user space.
 * Since: 5.11. Before, they bore a mark where the count of mappings is.
 * Told by: HAVE_ACCOUNT_MAPPED, where <linux/memcontrol.h> has the mark now.
 * Goes: with the last kernel before 5.11.
 */
#ifdef HAVE_ACCOUNT_MAPPED
#define EVTCHN_COMPAT_GFP_MAPPED	GFP_KERNEL_ACCOUNT
#else
#define EVTCHN_COMPAT_GFP_MAPPED	GFP_KERNEL
#endif

/*
 * What: flags of a mapping are set by a function, which sees that it is locked.
 * Since: 6.3.
 * Told by: HAVE_VM_FLAGS_SET, the function in <linux/mm.h>.
 * Goes: with the last kernel before 6.3.
 */
static inline void evtchn_compat_vm_flags_set(struct vm_area_struct *vma,
					      unsigned long flags)
{
#ifdef HAVE_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/*
 * What: the local port of the kernel's connection to xenstore. In dom0 it has no
 *	 irq until xenstored runs, so that it looks like nobody's.
 * Since: always. It is exported, but no header for modules declares it.
 * Told by: nothing, as it is there in all of them.
 * Goes: when one does.
 */
extern int xen_store_evtchn;

#endif /* _DRIVERS_XEN_EVTCHN_COMPAT_H */
