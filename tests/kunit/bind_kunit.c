// SPDX-License-Identifier: GPL-2.0
/*
 * How a port comes and how it goes.
 */

#include <kunit/test.h>

#include <linux/hrtimer.h>
#include <linux/slab.h>

#include "bind_types.h"
#include "fixture.h"

KUNIT_ARRAY_PARAM(bind_type, bind_types, bind_type_desc);

static void bind_makes_a_port(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	struct fixture *fx = test->priv;
	u32 port;

	bind_type_prepare(ch);
	port = bind_type_bind(test, fx->f, ch);
	KUNIT_EXPECT_TRUE(test, fake_is_open(port));
	KUNIT_EXPECT_NE(test, fake_core_irq(port), 0);

	/* Whatever Xen raised by itself; then one event, once. */
	fixture_reset(fx->f);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	bind_type_finish(ch);
}

static void bind_passes_arguments_on(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	struct fixture *fx = test->priv;
	const struct fake_channel *made;

	bind_type_prepare(ch);
	made = &fake_channels[bind_type_bind(test, fx->f, ch)];
	if (ch->type == EVTCHN_CHANNEL_UNBOUND)
		KUNIT_EXPECT_EQ(test, made->domid, ch->remote_domain);
	if (ch->type == EVTCHN_CHANNEL_INTERDOMAIN) {
		KUNIT_EXPECT_EQ(test, made->domid, ch->remote_domain);
		KUNIT_EXPECT_EQ(test, made->remote_port, ch->remote_port);
	}
	if (ch->type == EVTCHN_CHANNEL_VIRQ)
		KUNIT_EXPECT_EQ(test, made->virq, ch->virq);
	KUNIT_EXPECT_EQ(test, made->ours, ch->type != EVTCHN_CHANNEL_STATIC);
	bind_type_finish(ch);
}

static void bind_then_unbind(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	bool is_static = ch->type == EVTCHN_CHANNEL_STATIC;
	struct fixture *fx = test->priv;
	u32 port;

	bind_type_prepare(ch);
	port = bind_type_bind(test, fx->f, ch);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);

	KUNIT_EXPECT_EQ(test, fake_is_open(port), is_static);
	KUNIT_EXPECT_EQ(test, fake_core_irq(port), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_RELEASE_IRQ), 1);
	/* By the event core, and by nobody else. */
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_CLOSE_ORPHAN), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_CLOSE_ORPHAN), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_finish_rcu();
	KUNIT_EXPECT_EQ(test, fake_memory_objects(), 0);
	bind_type_finish(ch);
}

static void bind_raised_by_xen(struct kunit *test)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_INTERDOMAIN,
	};
	struct fixture *fx = test->priv;
	int port = fixture_bind(fx->f, &ch);

	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void bind_virq_twice(struct kunit *test)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_VIRQ,
		.virq = 3,
	};
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_virq(test, fx->f, 3);

	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -EEXIST);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->g, &ch), -EEXIST);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_GT(test, fixture_bind(fx->g, &ch), 0);
}

static int bind_static(struct evtchn_file *f, u32 port)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_STATIC,
		.port = port,
	};

	return fixture_bind(f, &ch);
}

static void bind_static_on_this_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 fixed = fixture_bind_static(test, fx->f, 20);
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, bind_static(fx->f, fixed), -EISCONN);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, port), -EISCONN);
	/* Which has done nothing to them. */
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, fixed), 0);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	fixture_close(test, 0);
	fake_close_foreign(fixed);
}

static void bind_static_of_another(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->g);

	fake_make_foreign(20, FAKE_INTERDOMAIN);
	fake_core_bind_foreign(20);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, 20), -EBUSY);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, port), -EBUSY);

	/* The owners do not notice. */
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->g, port), 0);
	fake_core_unbind_foreign(20);
	fake_close_foreign(20);
}

static void bind_static_of_no_such_channel(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fake_make_foreign(20, FAKE_VIRQ);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, 20), -EINVAL);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, 21), -EINVAL);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, FAKE_CHANNELS), -EINVAL);
	KUNIT_EXPECT_EQ(test, bind_static(fx->f, U32_MAX), -EINVAL);
	fake_close_foreign(20);
	/* And no port is left in the file. */
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, 20), -ENOTCONN);
}

static void bind_static_again(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fixture_bind_static(test, fx->f, 20);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, 20), 0);
	KUNIT_EXPECT_EQ(test, bind_static(fx->g, 20), 0);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->g, 20), 0);
	fixture_close(test, 1);
	fake_close_foreign(20);
}

static void unbind_purges_from_the_middle(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	fake_raise(b);
	fake_raise(c);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, b), 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, a, c);
}

static void unbind_forgets_the_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -ENOTCONN);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_RELEASE_IRQ), 1);
}

static void unbind_unknown(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port + 1), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->g, port), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, 0), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, FAKE_CHANNELS - 1),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, FAKE_CHANNELS), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, U32_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_RELEASE_IRQ), 0);
}

/* An upcall after the port was purged and before its irq is freed. */
static void unbind_raised_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_at(FAKE_RELEASE_IRQ, fixture_raise_now, &port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void unbind_with_handler_called_in_the_end(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_core_shirq(true);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

/* The next bind gets the same number; nothing of the old port is on it. */
static void unbind_number_comes_again(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fixture_bind_unbound(test, fx->f), port);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

struct unbind_storm {
	struct hrtimer timer;
	u32 port;
};

static enum hrtimer_restart unbind_storm_tick(struct hrtimer *timer)
{
	struct unbind_storm *s = container_of(timer, struct unbind_storm, timer);

	fake_raise(READ_ONCE(s->port));
	hrtimer_forward_now(timer, ns_to_ktime(15000));
	return HRTIMER_RESTART;
}

#define UNBIND_ROUNDS	1000

static void unbind_concurrent_with_events(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct unbind_storm storm = {};
	int n;

	hrtimer_init_on_stack(&storm.timer, CLOCK_MONOTONIC,
			      HRTIMER_MODE_REL_HARD);
	storm.timer.function = unbind_storm_tick;
	hrtimer_start(&storm.timer, 0, HRTIMER_MODE_REL_HARD);
	for (n = 0; n < UNBIND_ROUNDS; n++) {
		WRITE_ONCE(storm.port, fixture_bind_unbound(test, fx->f));
		fixture_unbind(fx->f, storm.port);
		if (!evtchn_ring_empty(&fx->f->ring))
			break;
	}
	hrtimer_cancel(&storm.timer);
	destroy_hrtimer_on_stack(&storm.timer);
	KUNIT_EXPECT_EQ(test, n, UNBIND_ROUNDS);
}

#define BIND_MANY	1000

static void close_with_many_ports(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 kept = fixture_bind_unbound(test, fx->g);
	int i;

	for (i = 0; i < BIND_MANY; i++) {
		u32 port = fixture_bind_unbound(test, fx->f);

		if (i % 3 == 0)
			fake_raise(port);
	}
	KUNIT_EXPECT_EQ(test, fake_open_channels(), BIND_MANY + 1);
	fixture_close(test, 0);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 1);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 1);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_RELEASE_IRQ), BIND_MANY);

	/* The other file has not noticed. */
	fake_raise(kept);
	FIXTURE_EXPECT_PENDING(test, fx->g, kept);
}

static struct kunit_case bind_cases[] = {
	KUNIT_CASE_PARAM(bind_makes_a_port, bind_type_gen_params),
	KUNIT_CASE_PARAM(bind_passes_arguments_on, bind_type_gen_params),
	KUNIT_CASE_PARAM(bind_then_unbind, bind_type_gen_params),
	KUNIT_CASE(bind_raised_by_xen),
	KUNIT_CASE(bind_virq_twice),
	KUNIT_CASE(bind_static_on_this_file),
	KUNIT_CASE(bind_static_of_another),
	KUNIT_CASE(bind_static_of_no_such_channel),
	KUNIT_CASE(bind_static_again),
	KUNIT_CASE(unbind_purges_from_the_middle),
	KUNIT_CASE(unbind_forgets_the_port),
	KUNIT_CASE(unbind_unknown),
	KUNIT_CASE(unbind_raised_midway),
	KUNIT_CASE(unbind_with_handler_called_in_the_end),
	KUNIT_CASE(unbind_number_comes_again),
	KUNIT_CASE(unbind_concurrent_with_events),
	KUNIT_CASE(close_with_many_ports),
	{}
};

static struct kunit_suite bind_suite = {
	.name = "xen_evtchn_bind",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = bind_cases,
};

kunit_test_suite(bind_suite);
