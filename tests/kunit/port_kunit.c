// SPDX-License-Identifier: GPL-2.0
/*
 * A bound port: raised, read, armed again, sent from.
 */

#include <kunit/test.h>

#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>

#include "fixture.h"
#include "ring_fixture.h"

static void port_upcall_queues(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	/* Xen has it masked until the client says so. */
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
}

static void port_upcall_in_order(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);

	fake_raise(b);
	fake_raise(c);
	fake_raise(a);
	FIXTURE_EXPECT_PENDING(test, fx->f, b, c, a);
}

static void port_event_while_masked_waits(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_raise(port);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void port_rearm_gives_one_eoi(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
}

static void port_rearm_fresh(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
}

static void port_rearm_unknown(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fixture_rearm(fx->f, port + 1);
	fixture_rearm(fx->f, 0);
	fixture_rearm(fx->f, FAKE_CHANNELS);
	fixture_rearm(fx->f, U32_MAX);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
}

static void port_rearm_of_another_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fixture_rearm(fx->g, port);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
}

static void port_rearm_before_read(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fixture_rearm(fx->f, port);
	/* The next event is one with the one that is unread. */
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 2);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

/* The upcall comes before EOI returns, and its word is the last one. */
static void port_rearm_raised_by_eoi(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int i;

	fake_raise(port);
	for (i = 1; i <= 5; i++) {
		FIXTURE_EXPECT_PENDING(test, fx->f, port);
		fake_raise(port);
		fixture_rearm(fx->f, port);
		KUNIT_EXPECT_EQ(test, fake_core_eois(port), i);
	}
}

static void port_call_handler(void *arg)
{
	fake_core_call_handler(*(u32 *)arg);
}

/* Without an event, between "armed" and EOI: counts as not armed, is unmasked. */
static void port_rearm_handler_called_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fake_at(FAKE_EOI, port_call_handler, &port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	FIXTURE_EXPECT_PENDING(test, fx->f, port);

	/* It is not deaf, and one more EOI does no harm. */
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 2);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void port_handler_called_while_armed(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_core_call_handler(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void port_handler_called_while_masked(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fake_core_call_handler(port);
	fake_core_call_handler(port);
	/* The client has the word. */
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
}

/*
 * The upcall for the last event is on its way out on another CPU: the event core
 * has that one call the handler for the next two, with the channel unmasked.
 */
static void port_events_without_mask_come_one_by_one(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	fake_core_call_handler(port);
	fake_core_call_handler(port);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));

	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);

	/* And it is as any port is. */
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void port_unbind_with_latched_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_core_call_handler(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	fixture_rearm(fx->f, port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

/**
 * struct port_storm - events in hard irq context against a client
 * @timer: raises the port, and calls its handler without an event now and then
 * @port: the port
 * @ticks: how often the timer came
 */
struct port_storm {
	struct hrtimer timer;
	u32 port;
	unsigned int ticks;
};

static enum hrtimer_restart port_storm_tick(struct hrtimer *timer)
{
	struct port_storm *s = container_of(timer, struct port_storm, timer);

	if (++s->ticks % 7 == 0)
		fake_core_call_handler(s->port);
	else
		fake_raise(s->port);
	hrtimer_forward_now(timer, ns_to_ktime(20000 + s->ticks % 16 * 1000));
	return HRTIMER_RESTART;
}

static void port_storm_start(struct port_storm *s, u32 port)
{
	s->port = port;
	s->ticks = 0;
	hrtimer_init_on_stack(&s->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	s->timer.function = port_storm_tick;
	hrtimer_start(&s->timer, 0, HRTIMER_MODE_REL_HARD);
}

static void port_storm_stop(struct port_storm *s)
{
	hrtimer_cancel(&s->timer);
	destroy_hrtimer_on_stack(&s->timer);
}

#define PORT_STORM_READS	1000

/* A port that counts as armed and is masked would never be heard of again. */
static void port_rearm_concurrent_with_events(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	unsigned long end = jiffies + FIXTURE_LONG;
	unsigned int reads = 0;
	struct port_storm storm;
	u32 got;
	int i;

	port_storm_start(&storm, port);
	while (reads < PORT_STORM_READS && time_before(jiffies, end)) {
		if (!ring_drain(&fx->f->ring, &got, 1)) {
			cond_resched();
			continue;
		}
		KUNIT_EXPECT_EQ(test, got, port);
		fixture_rearm(fx->f, got);
		reads++;
		end = jiffies + FIXTURE_LONG;
	}
	port_storm_stop(&storm);
	KUNIT_EXPECT_EQ(test, reads, PORT_STORM_READS);

	/* One may be pending, one latched and one wait in Xen. */
	for (i = 0; i < 4; i++) {
		ring_drain(&fx->f->ring, &got, 1);
		fixture_rearm(fx->f, port);
	}
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void port_notify_sends(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);
	/* That is no word about our own end. */
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void port_notify_while_pending(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void port_notify_unknown(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port + 1), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, 0), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, U32_MAX), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
}

static void port_notify_of_another_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->g, port), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 0);
}

static void port_notify_virq(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_virq(test, fx->f, 3);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -EINVAL);
}

static void port_notify_error_of_xen(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_fail(FAKE_SEND, 1, -EPERM);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -EPERM);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
}

static void port_reset_drops_and_rearms(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 idle = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	fake_raise(b);
	fixture_reset(fx->f);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, fake_core_eois(a), 1);
	KUNIT_EXPECT_EQ(test, fake_core_eois(b), 1);
	KUNIT_EXPECT_EQ(test, fake_core_eois(idle), 0);

	fake_raise(b);
	fake_raise(a);
	FIXTURE_EXPECT_PENDING(test, fx->f, b, a);
}

/* As if it had been read and written back: there is another event then. */
static void port_reset_with_latched_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_core_call_handler(port);
	fixture_reset(fx->f);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

/* A port that is with the client is his to write back. */
static void port_reset_leaves_what_was_read(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_reset(fx->f);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
}

static void port_reset_of_another_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->g);

	fake_raise(a);
	fake_raise(b);
	fixture_reset(fx->g);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->g);
	FIXTURE_EXPECT_PENDING(test, fx->f, a);
}

static struct kunit_case port_cases[] = {
	KUNIT_CASE(port_upcall_queues),
	KUNIT_CASE(port_upcall_in_order),
	KUNIT_CASE(port_event_while_masked_waits),
	KUNIT_CASE(port_rearm_gives_one_eoi),
	KUNIT_CASE(port_rearm_fresh),
	KUNIT_CASE(port_rearm_unknown),
	KUNIT_CASE(port_rearm_of_another_file),
	KUNIT_CASE(port_rearm_before_read),
	KUNIT_CASE(port_rearm_raised_by_eoi),
	KUNIT_CASE(port_rearm_handler_called_midway),
	KUNIT_CASE(port_rearm_concurrent_with_events),
	KUNIT_CASE(port_handler_called_while_armed),
	KUNIT_CASE(port_handler_called_while_masked),
	KUNIT_CASE(port_events_without_mask_come_one_by_one),
	KUNIT_CASE(port_unbind_with_latched_event),
	KUNIT_CASE(port_notify_sends),
	KUNIT_CASE(port_notify_while_pending),
	KUNIT_CASE(port_notify_unknown),
	KUNIT_CASE(port_notify_of_another_file),
	KUNIT_CASE(port_notify_virq),
	KUNIT_CASE(port_notify_error_of_xen),
	KUNIT_CASE(port_reset_drops_and_rearms),
	KUNIT_CASE(port_reset_with_latched_event),
	KUNIT_CASE(port_reset_leaves_what_was_read),
	KUNIT_CASE(port_reset_of_another_file),
	{}
};

static struct kunit_suite port_suite = {
	.name = "xen_evtchn_port",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = port_cases,
};

kunit_test_suite(port_suite);
