// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts that nobody handles: as many as asked for, while the module loads. With
 * irqfixup on the kernel's command line, or in the parameters of its spurious
 * interrupts, each makes the kernel call the handlers of all shared irqs.
 */

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/module.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>
#include <asm/xen/hypercall.h>

#define PATIENCE_US	5000000

/* After very many of them the kernel gives the irq up, and says so. */
static unsigned int count = 100;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "how many");

static atomic_t calls;

static irqreturn_t unhandled_upcall(int irq, void *dev_id)
{
	atomic_inc(&calls);
	return IRQ_NONE;
}

static int unhandled_raise(evtchn_port_t port)
{
	unsigned int i, waited;

	for (i = 0; i < count; i++) {
		notify_remote_via_evtchn(port);
		for (waited = 0; atomic_read(&calls) <= i; waited += 10) {
			if (waited >= PATIENCE_US)
				return -ETIMEDOUT;
			usleep_range(10, 20);
		}
	}
	return 0;
}

/* A channel from this domain to itself, of which one end has a handler. */
static int __init unhandled_init(void)
{
	struct evtchn_alloc_unbound near = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};
	struct evtchn_bind_interdomain far = { .remote_dom = DOMID_SELF };
	struct evtchn_close close;
	int irq, rc;

	rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &near);
	if (rc)
		return rc;

	irq = bind_evtchn_to_irqhandler(near.port, unhandled_upcall, 0,
					"evtchn-unhandled", &calls);
	if (irq < 0)
		return irq;

	far.remote_port = near.port;
	rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &far);
	if (!rc) {
		rc = unhandled_raise(far.local_port);
		close.port = far.local_port;
		(void)HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
	}
	unbind_from_irqhandler(irq, &calls);
	return rc;
}

static void __exit unhandled_exit(void)
{
}

module_init(unhandled_init);
module_exit(unhandled_exit);
MODULE_DESCRIPTION("Interrupts that nobody handles, for a test");
MODULE_LICENSE("GPL");
