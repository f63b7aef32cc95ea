// SPDX-License-Identifier: GPL-2.0
/*
 * Events that come before the last one was written back, on the irq of a port that some
 * client has bound. While the module loads:
 *
 * - calls=N calls the flow handler of the irq so often. An event that waits in the masked
 *   channel is acknowledged by the first, as any event is, and so comes with it.
 * - unmask=1 gives the EOI in the driver's place, so that the channel's next event comes
 *   by an upcall of its own. The event core leaves a channel unmasked so when it calls the
 *   handler once more for an event that came while the upcall for the last one was on its
 *   way out on another CPU.
 *
 * When it has loaded no handler of the irq is under way, nor its thread. So with neither
 * of them it waits for an upcall that was counted already.
 */

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqflags.h>
#include <linux/module.h>

#include <xen/events.h>

static unsigned int irq;
module_param(irq, uint, 0444);
MODULE_PARM_DESC(irq, "of which port");

static unsigned int calls;
module_param(calls, uint, 0444);
MODULE_PARM_DESC(calls, "how often to call its flow handler");

static bool unmask;
module_param(unmask, bool, 0444);
MODULE_PARM_DESC(unmask, "whether to give the EOI");

/* Where handlers have threads, two calls in a row would be one. */
static int handlers_call(void)
{
	unsigned long flags;
	int rc;

	local_irq_save(flags);
	rc = generic_handle_irq(irq);
	local_irq_restore(flags);
	synchronize_irq(irq);
	return rc;
}

static int __init handlers_init(void)
{
	unsigned int i;
	int rc;

	for (i = 0; i < calls; i++) {
		rc = handlers_call();
		if (rc)
			return rc;
	}
	if (unmask)
		xen_irq_lateeoi(irq, 0);
	synchronize_irq(irq);
	return 0;
}

static void __exit handlers_exit(void)
{
}

module_init(handlers_init);
module_exit(handlers_exit);
MODULE_DESCRIPTION("Events that come before the last one was written back, for a test");
MODULE_LICENSE("GPL");
