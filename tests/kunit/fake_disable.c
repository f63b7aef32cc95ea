// SPDX-License-Identifier: GPL-2.0
/*
 * Irqs whose handlers are not called for a while.
 */

#include <linux/processor.h>
#include <linux/spinlock.h>

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

void evtchn_xen_disable_irq(unsigned int irq_nr)
{
	struct fake_irq *irq;
	unsigned long flags;

	fake_step(FAKE_DISABLE_IRQ);

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(irq_nr);
	if (!irq || !irq->requested)
		fake_ledger("an irq disabled that is not ours", irq_nr);
	else
		irq->disabled++;
	spin_unlock_irqrestore(&fake_lock, flags);

	while (irq && READ_ONCE(irq->running))
		cpu_relax();
}

void evtchn_xen_enable_irq(unsigned int irq_nr)
{
	struct fake_irq *irq;
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(irq_nr);
	if (!irq || !irq->disabled)
		fake_ledger("an irq enabled that was not disabled", irq_nr);
	else
		irq->disabled--;
	spin_unlock_irqrestore(&fake_lock, flags);

	/* What came meanwhile is delivered now. */
	if (irq && irq->port)
		fake_core_upcall(irq->port);
}
