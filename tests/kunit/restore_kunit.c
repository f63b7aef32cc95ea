// SPDX-License-Identifier: GPL-2.0
/*
 * The domain is restored in another place, and all channels are gone; or it is
 * not, and they live on.
 */

#include <kunit/test.h>

#include "fixture.h"

/* A port of the first file, and then the channel is gone. */
static u32 restore_with_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_restore();
	evtchn_files_restored();
	return port;
}

static void restore_queues_each_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_virq(test, fx->f, 3);
	u32 c = fixture_bind_unbound(test, fx->g);

	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_PENDING(test, fx->f, a, b);
	FIXTURE_EXPECT_PENDING(test, fx->g, c);
}

/* What was lost before is not lost once more. */
static void restore_again(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_unbind(fx->f, port);
}

static void restore_queues_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);

	/* Pending already, and it keeps its place. */
	fake_raise(b);
	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_PENDING(test, fx->f, b, a);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void restore_port_with_client(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void restore_wakes_who_waits(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct sleeper sleeper = {};
	u32 port = fixture_bind_unbound(test, fx->f);

	sleeper_add_exclusive(&fx->f->ring.wait, &sleeper);
	fake_restore();
	evtchn_files_restored();
	KUNIT_EXPECT_EQ(test, sleeper.woken, 1);
	remove_wait_queue(&fx->f->ring.wait, &sleeper.wait);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void restore_notify_says_so(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
}

static void restore_rearm_does_nothing(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
}

static void restore_reset_does_not_rearm(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_restore();
	evtchn_files_restored();
	fixture_reset(fx->f);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
}

static void restore_unbind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_CLOSE_ORPHAN), 0);
	/* It is not handed out after, though it was pending. */
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), -ENOTCONN);
}

/* The kernel is ready for fewer ports than before: 2-level events, for one. */
static void restore_unbind_beyond_new_limit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = 3000;

	fake_next_port(port);
	KUNIT_ASSERT_EQ(test, fixture_bind_unbound(test, fx->f), port);
	fake_restore();
	fake_limit(1024);
	evtchn_files_restored();
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), -EINVAL);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, 1023), -ENOTCONN);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void restore_number_given_to_kernel(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	fake_make_foreign(port, FAKE_INTERDOMAIN);
	fake_core_bind_foreign(port);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);

	KUNIT_EXPECT_NE(test, fake_core_irq(port), 0);
	fake_core_unbind_foreign(port);
	fake_close_foreign(port);
}

static void restore_number_given_to_another_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	fake_next_port(port);
	KUNIT_ASSERT_EQ(test, fixture_bind_unbound(test, fx->g), port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), -ENOTCONN);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);

	/* The other file has seen nothing of it. */
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->g, port), 0);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->g, port);
}

/* To the same file, which has not unbound the old port. */
static void restore_number_given_to_this_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	fake_next_port(port);
	KUNIT_EXPECT_EQ(test, fixture_bind_unbound(test, fx->f), port);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void restore_static_bound_again(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_static(test, fx->f, 20);

	fake_restore();
	evtchn_files_restored();
	KUNIT_EXPECT_EQ(test, fixture_bind_static(test, fx->f, port), port);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	fake_close_foreign(port);
}

static void restore_then_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 old = restore_with_port(test);
	u32 new;

	fake_next_port(old + 1);
	new = fixture_bind_unbound(test, fx->f);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, new), 0);
	fake_raise(new);
	FIXTURE_EXPECT_PENDING(test, fx->f, old, new);
}

static void restore_twice(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 old = restore_with_port(test);
	u32 new;

	FIXTURE_EXPECT_PENDING(test, fx->f, old);
	fake_next_port(old + 1);
	new = fixture_bind_unbound(test, fx->f);
	fake_restore();
	evtchn_files_restored();
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, new), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, old), 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, new);
}

static void restore_then_close(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = restore_with_port(test);

	fake_next_port(port);
	KUNIT_ASSERT_EQ(test, fixture_bind_unbound(test, fx->g), port);
	fixture_close(test, 0);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 1);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->g, port), 0);
}

/* The channels are there still, so nobody is to notice. */
static void restore_cancelled(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 armed = fixture_bind_unbound(test, fx->f);
	u32 read = fixture_bind_unbound(test, fx->f);

	fake_raise(read);
	FIXTURE_EXPECT_PENDING(test, fx->f, read);
	evtchn_files_restored();
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, armed), 0);
	fixture_rearm(fx->f, read);
	KUNIT_EXPECT_EQ(test, fake_core_eois(read), 1);
	fake_raise(read);
	fake_raise(armed);
	FIXTURE_EXPECT_PENDING(test, fx->f, read, armed);
}

static struct kunit_case restore_cases[] = {
	KUNIT_CASE(restore_queues_each_port),
	KUNIT_CASE(restore_again),
	KUNIT_CASE(restore_queues_once),
	KUNIT_CASE(restore_port_with_client),
	KUNIT_CASE(restore_wakes_who_waits),
	KUNIT_CASE(restore_notify_says_so),
	KUNIT_CASE(restore_rearm_does_nothing),
	KUNIT_CASE(restore_reset_does_not_rearm),
	KUNIT_CASE(restore_unbind),
	KUNIT_CASE(restore_unbind_beyond_new_limit),
	KUNIT_CASE(restore_number_given_to_kernel),
	KUNIT_CASE(restore_number_given_to_another_file),
	KUNIT_CASE(restore_number_given_to_this_file),
	KUNIT_CASE(restore_static_bound_again),
	KUNIT_CASE(restore_then_bind),
	KUNIT_CASE(restore_twice),
	KUNIT_CASE(restore_then_close),
	KUNIT_CASE(restore_cancelled),
	{}
};

static struct kunit_suite restore_suite = {
	.name = "xen_evtchn_restore",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = restore_cases,
};

kunit_test_suite(restore_suite);
