// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel's event core: the irqs of channels, and their handlers, which it
 * calls in hard irq context.
 */

#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

/* All protected by fake_lock. */
static struct fake_irq fake_irqs[FAKE_IRQS];
static unsigned int fake_port_irq[FAKE_CHANNELS];
static unsigned int fake_next_irq;
static bool fake_closes_on_error;
static bool fake_shirq;

void fake_core_reset(void)
{
	memset(fake_irqs, 0, sizeof(fake_irqs));
	memset(fake_port_irq, 0, sizeof(fake_port_irq));
	fake_next_irq = 0;
	fake_closes_on_error = false;
	fake_shirq = false;
}

/* fake_core_closes() - a bind of an irq that fails closes the channel, or not */
void fake_core_closes(bool closes)
{
	fake_closes_on_error = closes;
}

/* fake_core_shirq() - DEBUG_SHIRQ: call a handler once more as it is freed */
void fake_core_shirq(bool on)
{
	fake_shirq = on;
}

/* fake_core_restore_locked() - the irqs stay, and have lost their channels */
void fake_core_restore_locked(void)
{
	unsigned int i;

	memset(fake_port_irq, 0, sizeof(fake_port_irq));
	for (i = 0; i < FAKE_IRQS; i++)
		fake_irqs[i].port = 0;
}

/* fake_get_irq() - one of those that there are, or NULL; fake_lock is held */
struct fake_irq *fake_get_irq(unsigned int irq)
{
	unsigned int i = irq - FAKE_FIRST_IRQ;

	return i < FAKE_IRQS && fake_irqs[i].used ? &fake_irqs[i] : NULL;
}

struct fake_call {
	struct irq_work work;
	void (*fn)(void *arg);
	void *arg;
};

static void fake_call_work(struct irq_work *work)
{
	struct fake_call *call = container_of(work, struct fake_call, work);

	if (!in_hardirq())
		fake_ledger("this is no hard irq", 0);
	call->fn(call->arg);
}

/* fake_in_hardirq() - call a function in hard irq context, and wait for it */
void fake_in_hardirq(void (*fn)(void *arg), void *arg)
{
	struct fake_call call = {
		.work = IRQ_WORK_INIT_HARD(fake_call_work),
		.fn = fn,
		.arg = arg,
	};

	if (in_hardirq()) {
		fn(arg);
		return;
	}

	/* Raises an interrupt on this CPU. */
	irq_work_queue(&call.work);
	while (irq_work_is_busy(&call.work))
		cpu_relax();
}

static void fake_call_handler(void *arg)
{
	struct fake_irq *irq = arg;
	unsigned long flags;
	irqreturn_t ret;
	bool again;

	ret = irq->handler(irq - fake_irqs + FAKE_FIRST_IRQ, irq->dev_id);
	if (ret != IRQ_HANDLED)
		fake_ledger("nobody cared", ret);

	spin_lock_irqsave(&fake_lock, flags);
	irq->running--;
	again = irq->again;
	irq->again = false;
	spin_unlock_irqrestore(&fake_lock, flags);

	if (again)
		fake_core_upcall(irq->port);
}

static struct fake_irq *fake_take_handler(u32 port, bool without_event)
{
	struct fake_channel *ch = &fake_channels[port];
	struct fake_irq *irq = NULL;
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	if (without_event || (ch->pending && !ch->masked))
		irq = fake_get_irq(fake_port_irq[port]);
	if (irq && (!irq->requested || irq->disabled))
		irq = NULL;
	/* A handler is not called from within itself, but after it. */
	if (irq && irq->running && in_hardirq() && !without_event) {
		irq->again = true;
		irq = NULL;
	}
	if (irq)
		irq->running++;
	if (irq && !without_event) {
		ch->pending = false;
		ch->masked = true;
	}
	spin_unlock_irqrestore(&fake_lock, flags);

	return irq;
}

/* fake_core_upcall() - deliver the event of a channel, if it has one */
void fake_core_upcall(u32 port)
{
	struct fake_irq *irq = fake_take_handler(port, false);

	if (irq)
		fake_in_hardirq(fake_call_handler, irq);
}

/* fake_core_call_handler() - call a port's handler without an event */
void fake_core_call_handler(u32 port)
{
	struct fake_irq *irq = fake_take_handler(port, true);

	if (irq)
		fake_in_hardirq(fake_call_handler, irq);
}

static int fake_new_irq_locked(u32 port, bool is_static)
{
	unsigned int i, n;

	/* Not the one that was freed last: who uses it still is to be seen. */
	for (n = 0; n < FAKE_IRQS; n++) {
		i = (fake_next_irq + n) % FAKE_IRQS;
		if (!fake_irqs[i].used)
			break;
	}
	if (n == FAKE_IRQS)
		return -ENOMEM;

	fake_next_irq = i + 1;
	fake_irqs[i] = (struct fake_irq){
		.used = true,
		.is_static = is_static,
		.port = port,
	};
	fake_port_irq[port] = FAKE_FIRST_IRQ + i;
	return FAKE_FIRST_IRQ + i;
}

/* The last user of an irq lets go of it. */
static void fake_free_irq_locked(struct fake_irq *irq)
{
	if (irq->port) {
		fake_port_irq[irq->port] = 0;
		if (!irq->is_static)
			fake_close_locked(irq->port);
		else
			fake_channels[irq->port].masked = false;
	}
	irq->used = false;
}

/* fake_core_bind_foreign() - the kernel binds a channel that it has made */
void fake_core_bind_foreign(u32 port)
{
	struct fake_irq *irq;
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(fake_new_irq_locked(port, true));
	if (irq)
		irq->foreign = true;
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_core_unbind_foreign() - and lets go of it */
void fake_core_unbind_foreign(u32 port)
{
	struct fake_irq *irq;
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(fake_port_irq[port]);
	if (irq)
		fake_free_irq_locked(irq);
	else
		fake_ledger("a foreign irq is gone", port);
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_core_irq() - the irq of a channel, or 0 */
unsigned int fake_core_irq(u32 port)
{
	return fake_port_irq[port];
}

/* fake_core_port() - the channel of one of the driver's irqs, or 0 */
u32 fake_core_port(unsigned int irq_nr)
{
	struct fake_irq *irq = fake_get_irq(irq_nr);

	return irq && irq->requested && !irq->foreign ? irq->port : 0;
}

/* fake_core_irqs() - how many irqs there are */
unsigned int fake_core_irqs(void)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < FAKE_IRQS; i++)
		count += fake_irqs[i].used;
	return count;
}

/* fake_core_eois() - how many EOIs the port's irq was given */
unsigned int fake_core_eois(u32 port)
{
	struct fake_irq *irq = fake_get_irq(fake_port_irq[port]);

	return irq ? irq->eois : 0;
}

/* fake_core_spurious() - how many of these were to be given late */
unsigned int fake_core_spurious(u32 port)
{
	struct fake_irq *irq = fake_get_irq(fake_port_irq[port]);

	return irq ? irq->spurious : 0;
}

/* fake_core_irq_name() - what the port's irq was called as it was requested */
const char *fake_core_irq_name(u32 port)
{
	struct fake_irq *irq = fake_get_irq(fake_port_irq[port]);

	return irq && irq->name ? irq->name : "";
}

/* --- what the driver calls ---------------------------------------------- */

void evtchn_xen_close_orphan(u32 port)
{
	unsigned long flags;

	fake_step(FAKE_CLOSE_ORPHAN);

	spin_lock_irqsave(&fake_lock, flags);
	if (!fake_port_irq[port] && fake_channels[port].state != FAKE_CLOSED)
		fake_close_locked(port);
	spin_unlock_irqrestore(&fake_lock, flags);
}

bool evtchn_xen_bound_to(u32 port, unsigned int irq)
{
	return fake_port_irq[port] == irq;
}

int evtchn_xen_bind_irq(u32 port, bool is_static)
{
	unsigned long flags;
	int rc;

	rc = fake_step(FAKE_BIND_IRQ);
	if (port >= FAKE_CHANNELS) {
		fake_ledger("an irq for a number that no channel can have", port);
		return rc ? rc : -EINVAL;
	}

	spin_lock_irqsave(&fake_lock, flags);
	if (rc && fake_closes_on_error)
		fake_close_locked(port);
	if (!rc && fake_port_irq[port])
		rc = -EBUSY;
	if (!rc && fake_channels[port].state == FAKE_CLOSED)
		fake_ledger("an irq for a channel that is not open", port);
	if (!rc && fake_channels[port].ours == is_static)
		fake_ledger("a channel taken for what it is not", port);
	if (!rc)
		rc = fake_new_irq_locked(port, is_static);
	spin_unlock_irqrestore(&fake_lock, flags);

	return rc;
}

void evtchn_xen_unbind_irq(u32 port)
{
	struct fake_irq *irq;
	unsigned long flags;

	fake_step(FAKE_UNBIND_IRQ);

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(fake_port_irq[port]);
	if (!irq || irq->foreign)
		fake_ledger("unbind of a port whose irq is not ours", port);
	else if (irq->requested)
		fake_ledger("unbind of an irq that has a handler", port);
	else
		fake_free_irq_locked(irq);
	spin_unlock_irqrestore(&fake_lock, flags);
}

int evtchn_xen_request_irq(unsigned int irq_nr, irq_handler_t handler,
			   const char *name, void *dev_id)
{
	struct fake_irq *irq;
	unsigned long flags;
	u32 port = 0;
	int rc;

	rc = fake_step(FAKE_REQUEST_IRQ);
	if (rc)
		return rc;

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(irq_nr);
	if (!irq || irq->foreign || irq->requested) {
		fake_ledger("request of an irq that can't be had", irq_nr);
		rc = -EINVAL;
	} else {
		irq->handler = handler;
		irq->dev_id = dev_id;
		irq->name = name;
		irq->requested = true;
		port = irq->port;
	}
	spin_unlock_irqrestore(&fake_lock, flags);

	/* What came before is delivered now. */
	if (port)
		fake_core_upcall(port);
	return rc;
}

/* What free_irq() does with a handler: see that it runs no more. */
static void fake_wait_for_handlers(struct fake_irq *irq)
{
	unsigned long flags;

	while (READ_ONCE(irq->running))
		cpu_relax();

	if (fake_shirq) {
		local_irq_save(flags);
		irq->handler(irq - fake_irqs + FAKE_FIRST_IRQ, irq->dev_id);
		local_irq_restore(flags);
	}
}

void evtchn_xen_release_irq(unsigned int irq_nr, void *dev_id)
{
	struct fake_irq *irq;
	unsigned long flags;

	fake_step(FAKE_RELEASE_IRQ);

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(irq_nr);
	if (!irq || !irq->requested || irq->dev_id != dev_id) {
		fake_ledger("release of an irq that is not ours", irq_nr);
		irq = NULL;
	} else {
		irq->requested = false;
	}
	spin_unlock_irqrestore(&fake_lock, flags);
	if (!irq)
		return;

	fake_wait_for_handlers(irq);

	spin_lock_irqsave(&fake_lock, flags);
	fake_free_irq_locked(irq);
	spin_unlock_irqrestore(&fake_lock, flags);
}

int evtchn_xen_send(u32 port)
{
	struct fake_irq *irq;
	unsigned long flags;
	int rc;

	rc = fake_step(FAKE_SEND);
	if (rc)
		return rc;

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(fake_port_irq[port]);
	/* As soon as it has an irq a port can be sent on, but not after that. */
	if (!irq || irq->foreign || (irq->handler && !irq->requested))
		fake_ledger("an event sent on somebody else's channel", port);
	if (fake_channels[port].state == FAKE_VIRQ)
		rc = -EINVAL;
	else
		fake_channels[port].sent++;
	spin_unlock_irqrestore(&fake_lock, flags);

	return rc;
}

static void fake_eoi(unsigned int irq_nr, bool spurious)
{
	struct fake_irq *irq;
	unsigned long flags;
	u32 port = 0;

	fake_step(FAKE_EOI);

	spin_lock_irqsave(&fake_lock, flags);
	irq = fake_get_irq(irq_nr);
	if (!irq || !irq->requested || !irq->port) {
		fake_ledger("EOI on an irq that is not ours", irq_nr);
	} else {
		port = irq->port;
		irq->eois++;
		irq->spurious += spurious;
		fake_channels[port].masked = false;
	}
	spin_unlock_irqrestore(&fake_lock, flags);

	/* What came while it was masked is delivered at once. */
	if (port)
		fake_core_upcall(port);
}

void evtchn_xen_eoi(unsigned int irq_nr)
{
	fake_eoi(irq_nr, false);
}

void evtchn_xen_eoi_spurious(unsigned int irq_nr)
{
	fake_eoi(irq_nr, true);
}
