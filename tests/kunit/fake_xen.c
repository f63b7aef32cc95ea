// SPDX-License-Identifier: GPL-2.0
/*
 * A hypervisor: its channels, and the script of what is to happen to them.
 */

#include <kunit/test.h>

#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

#define FAKE_LEDGER_LINES	4

DEFINE_SPINLOCK(fake_lock);
struct fake_channel fake_channels[FAKE_CHANNELS];

/**
 * struct fake_script - what is to happen, all protected by fake_lock
 * @calls: how often each step was taken
 * @fail_step: the step to fail, or FAKE_ANY
 * @fail_countdown: which call of it fails: 1 is the next, 0 is none
 * @fail_err: the errno that it fails with
 * @at_fn: called once, as the step begins
 * @at_arg: argument for it
 * @nr_channels: how many there can be; 0 for FAKE_CHANNELS
 * @next_port: the number that Xen gives out next; 0 for the lowest free one
 * @ledger: what the driver did wrong, the first few
 * @wrongs: how many such there were
 */
struct fake_script {
	unsigned int calls[FAKE_STEPS];
	enum fake_step fail_step;
	unsigned int fail_countdown;
	int fail_err;

	void (*at_fn[FAKE_STEPS])(void *arg);
	void *at_arg[FAKE_STEPS];
	u32 nr_channels;
	u32 next_port;
	char ledger[FAKE_LEDGER_LINES][80];
	unsigned int wrongs;
};

static struct fake_script fake_script;

/* fake_reset() - no channel, no irq, no script */
void fake_reset(void)
{
	memset(fake_channels, 0, sizeof(fake_channels));
	memset(&fake_script, 0, sizeof(fake_script));
	fake_core_reset();
	fake_ask_reset();
	fake_memory_reset();
}

/* fake_ledger() - take down what must not be; with fake_lock held or not */
void fake_ledger(const char *what, u32 number)
{
	unsigned int line = fake_script.wrongs++;

	if (line < FAKE_LEDGER_LINES)
		snprintf(fake_script.ledger[line],
			 sizeof(fake_script.ledger[line]), "%s (%u)", what,
			 number);
}

/* fake_check_clean() - nothing is left, and nothing was done that must not be */
void fake_check_clean(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < FAKE_LEDGER_LINES; i++)
		KUNIT_EXPECT_STREQ(test, fake_script.ledger[i], "");
	KUNIT_EXPECT_EQ(test, fake_script.wrongs, 0);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 0);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 0);
	KUNIT_EXPECT_EQ(test, fake_memory_objects(), 0);

	/* A script that was not played is a test that tested something else. */
	KUNIT_EXPECT_FALSE(test, fake_fail_pending());
	for (i = 0; i < FAKE_STEPS; i++)
		KUNIT_EXPECT_NULL(test, fake_script.at_fn[i]);
}

/* fake_fail() - the nth call of a step from now on fails with err (negative) */
void fake_fail(enum fake_step step, unsigned int nth, int err)
{
	fake_script.fail_step = step;
	fake_script.fail_countdown = nth;
	fake_script.fail_err = err;
}

/* fake_fail_pending() - whether that call has still to come; it won't after */
bool fake_fail_pending(void)
{
	bool pending = fake_script.fail_countdown > 0;

	fake_script.fail_countdown = 0;
	return pending;
}

/* fake_at() - call a function, once, as the driver's next such step begins */
void fake_at(enum fake_step step, void (*fn)(void *arg), void *arg)
{
	fake_script.at_fn[step] = fn;
	fake_script.at_arg[step] = arg;
}

/* fake_next_port() - the number of the next channel that Xen makes */
void fake_next_port(u32 port)
{
	fake_script.next_port = port;
}

/* fake_limit() - how many channels there can be, from now on */
void fake_limit(u32 nr_channels)
{
	fake_script.nr_channels = nr_channels;
}

/*
 * fake_step() - the driver takes a step
 *
 * Returns 0, or the errno that it is to fail with.
 */
int fake_step(enum fake_step step)
{
	void (*fn)(void *arg);
	unsigned long flags;
	int err = 0;
	void *arg;

	if (step != FAKE_SEND && step != FAKE_EOI && step != FAKE_LOOKUP &&
	    !preemptible())
		fake_ledger("a step that may sleep in atomic context", step);

	spin_lock_irqsave(&fake_lock, flags);
	fake_script.calls[step]++;
	fn = fake_script.at_fn[step];
	arg = fake_script.at_arg[step];
	fake_script.at_fn[step] = NULL;
	if (step <= FAKE_SEND && fake_script.fail_countdown &&
	    (fake_script.fail_step == step ||
	     fake_script.fail_step == FAKE_ANY) &&
	    --fake_script.fail_countdown == 0)
		err = fake_script.fail_err;
	spin_unlock_irqrestore(&fake_lock, flags);

	if (fn)
		fn(arg);
	return err;
}

unsigned int fake_calls(enum fake_step step)
{
	return fake_script.calls[step];
}

/* fake_raise() - an event arrives on a channel */
void fake_raise(u32 port)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	if (fake_channels[port].state != FAKE_CLOSED)
		fake_channels[port].pending = true;
	spin_unlock_irqrestore(&fake_lock, flags);

	fake_core_upcall(port);
}

/* fake_make_foreign() - somebody else makes a channel */
void fake_make_foreign(u32 port, enum fake_channel_state state)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	fake_channels[port] = (struct fake_channel){ .state = state };
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_close_foreign() - and closes it; it has to be there */
void fake_close_foreign(u32 port)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	if (fake_channels[port].state == FAKE_CLOSED || fake_channels[port].ours)
		fake_ledger("a foreign channel is gone", port);
	memset(&fake_channels[port], 0, sizeof(fake_channels[port]));
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_close_behind() - privcmd closes a channel; the event core can't know */
void fake_close_behind(u32 port)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	memset(&fake_channels[port], 0, sizeof(fake_channels[port]));
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_restore() - the domain is restored: all channels are gone */
void fake_restore(void)
{
	unsigned long flags;

	spin_lock_irqsave(&fake_lock, flags);
	memset(fake_channels, 0, sizeof(fake_channels));
	fake_core_restore_locked();
	spin_unlock_irqrestore(&fake_lock, flags);
}

/* fake_close_locked() - EVTCHNOP_close on behalf of the driver */
int fake_close_locked(u32 port)
{
	struct fake_channel *ch = &fake_channels[port];

	if (ch->state == FAKE_CLOSED) {
		fake_ledger("close of a channel that is not open", port);
		return -EINVAL;
	}
	if (!ch->ours)
		fake_ledger("close of somebody else's channel", port);
	memset(ch, 0, sizeof(*ch));
	return 0;
}

bool fake_is_open(u32 port)
{
	return fake_channels[port].state != FAKE_CLOSED;
}

bool fake_is_masked(u32 port)
{
	return fake_channels[port].masked;
}

unsigned int fake_sent(u32 port)
{
	return fake_channels[port].sent;
}

/* fake_open_channels() - how many of the driver's own are open */
unsigned int fake_open_channels(void)
{
	unsigned int count = 0;
	u32 port;

	for (port = 0; port < FAKE_CHANNELS; port++)
		count += fake_channels[port].ours;
	return count;
}

static int fake_alloc_port_locked(u32 *port)
{
	u32 p = fake_script.next_port ?: 1;

	fake_script.next_port = 0;
	for (; p < FAKE_CHANNELS; p++) {
		if (fake_channels[p].state == FAKE_CLOSED) {
			*port = p;
			return 0;
		}
	}
	return -ENOSPC;
}

static int fake_open_locked(const struct evtchn_channel *ch, u32 *port)
{
	struct fake_channel new = { .ours = true };
	u32 p;
	int rc;

	for (p = 0; ch->type == EVTCHN_CHANNEL_VIRQ && p < FAKE_CHANNELS; p++) {
		if (fake_channels[p].state == FAKE_VIRQ &&
		    fake_channels[p].virq == ch->virq)
			return -EEXIST;
	}

	rc = fake_alloc_port_locked(port);
	if (rc)
		return rc;

	new.virq = ch->virq;
	new.domid = ch->remote_domain;
	new.remote_port = ch->remote_port;
	if (ch->type == EVTCHN_CHANNEL_UNBOUND)
		new.state = FAKE_UNBOUND;
	else if (ch->type == EVTCHN_CHANNEL_VIRQ)
		new.state = FAKE_VIRQ;
	else
		new.state = FAKE_INTERDOMAIN;
	/* Xen raises such a channel as it is bound. */
	new.pending = new.state == FAKE_INTERDOMAIN;
	fake_channels[*port] = new;
	return 0;
}

/* Whether a channel that somebody made can be had. */
static int fake_adopt_locked(u32 port)
{
	if (port >= FAKE_CHANNELS)
		return -EINVAL;
	if (fake_core_irq(port))
		return -EBUSY;
	if (fake_channels[port].state != FAKE_UNBOUND &&
	    fake_channels[port].state != FAKE_INTERDOMAIN)
		return -EINVAL;
	if (fake_channels[port].ours)
		fake_ledger("a channel under way was taken for a static one",
			    port);
	return 0;
}

int evtchn_xen_open(const struct evtchn_channel *ch, u32 *port)
{
	unsigned long flags;
	int rc;

	rc = fake_step(FAKE_OPEN);
	if (rc)
		return rc;

	spin_lock_irqsave(&fake_lock, flags);
	if (ch->type == EVTCHN_CHANNEL_STATIC)
		rc = fake_adopt_locked(ch->port);
	else
		rc = fake_open_locked(ch, port);
	spin_unlock_irqrestore(&fake_lock, flags);
	return rc;
}

u32 evtchn_xen_nr_channels(void)
{
	return fake_script.nr_channels ?: FAKE_CHANNELS;
}
