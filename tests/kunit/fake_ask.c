// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver asks of Xen and the event core, and the settings it makes there.
 */

#include <linux/errno.h>
#include <linux/spinlock.h>

#include "include/uapi/xen/evtchn.h"

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

/* Protected by fake_lock. */
static u32 fake_gone_domain;
static bool fake_no_priorities;

const bool evtchn_xen_has_set_cpu = true;

void fake_ask_reset(void)
{
	fake_gone_domain = U32_MAX;
	fake_no_priorities = false;
}

/* fake_domain_gone() - this domain does not exist, and all others do */
void fake_domain_gone(u16 domid)
{
	fake_gone_domain = domid;
}

/* fake_2level() - the ABI of channels that have no priority */
void fake_2level(void)
{
	fake_no_priorities = true;
}

void evtchn_xen_status(u32 port, struct evtchn_xen_status *status)
{
	const struct fake_channel *ch;
	unsigned long flags;

	fake_step(FAKE_STATUS);
	*status = (struct evtchn_xen_status){ .state = EVTCHN_STATE_CLOSED };
	if (port >= FAKE_CHANNELS)
		return;

	spin_lock_irqsave(&fake_lock, flags);
	ch = &fake_channels[port];
	switch (ch->state) {
	case FAKE_CLOSED:
		break;
	case FAKE_UNBOUND:
		status->state = EVTCHN_STATE_UNBOUND;
		status->remote_domain = ch->domid;
		break;
	case FAKE_INTERDOMAIN:
		status->state = EVTCHN_STATE_INTERDOMAIN;
		status->remote_domain = ch->domid;
		status->remote_port = ch->remote_port;
		break;
	case FAKE_VIRQ:
		status->state = EVTCHN_STATE_VIRQ;
		status->virq = ch->virq;
		break;
	}
	status->vcpu = ch->vcpu;
	spin_unlock_irqrestore(&fake_lock, flags);
}

bool evtchn_xen_domain_exists(u16 domid)
{
	fake_step(FAKE_STATUS);
	if (domid >= EVTCHN_XEN_DOMID_RESERVED && domid != EVTCHN_XEN_DOMID_SELF)
		fake_ledger("a reserved domid was asked for", domid);
	return domid != fake_gone_domain;
}

/* The channel of an irq that is the driver's. */
static struct fake_channel *fake_channel_of(unsigned int irq)
{
	u32 port = fake_core_port(irq);

	if (!port)
		fake_ledger("a setting of an irq that is not ours", irq);
	return port ? &fake_channels[port] : NULL;
}

int evtchn_xen_set_priority(unsigned int irq, u32 priority)
{
	struct fake_channel *ch = fake_channel_of(irq);

	fake_step(FAKE_STATUS);
	if (priority > EVTCHN_XEN_PRIORITY_LOWEST)
		fake_ledger("there is no such priority", priority);
	if (fake_no_priorities)
		return -EOPNOTSUPP;
	if (ch)
		ch->priority = priority;
	return 0;
}

int evtchn_xen_set_cpu(unsigned int irq, u32 cpu)
{
	struct fake_channel *ch = fake_channel_of(irq);

	fake_step(FAKE_STATUS);
	if (cpu >= FAKE_CPUS)
		return -EINVAL;
	if (ch)
		ch->vcpu = cpu;
	return 0;
}
