// SPDX-License-Identifier: GPL-2.0
/*
 * How many ports a file may have: max_ports.
 */

#include <kunit/test.h>

#include "bind_types.h"
#include "fixture.h"

static void limit_exit(struct kunit *test)
{
	evtchn_max_ports = 0;
	fixture_exit(test);
}

/* A bind of another port fails, and Xen is not even asked. */
static void limit_expect_full(struct kunit *test, struct evtchn_file *f)
{
	unsigned int asked = fake_calls(FAKE_OPEN);
	unsigned int ports = fixture_ports(f);
	unsigned int i;

	for (i = 0; i < BIND_TYPES; i++) {
		bind_type_prepare(&bind_types[i]);
		KUNIT_EXPECT_EQ(test, fixture_bind(f, &bind_types[i]), -ENOSPC);
		bind_type_finish(&bind_types[i]);
	}
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_OPEN), asked);
	KUNIT_EXPECT_EQ(test, fixture_ports(f), ports);
}

static void limit_none_by_default(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	KUNIT_EXPECT_EQ(test, evtchn_max_ports, 0);
	for (i = 0; i < 100; i++)
		fixture_bind_unbound(test, fx->f);
}

static void limit_refuses_one_more(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a, b;

	evtchn_max_ports = 2;
	a = fixture_bind_unbound(test, fx->f);
	b = fixture_bind_unbound(test, fx->f);
	limit_expect_full(test, fx->f);

	/* Those that are there go on. */
	fake_raise(a);
	fake_raise(b);
	FIXTURE_EXPECT_PENDING(test, fx->f, a, b);
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, a), 0);

	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, a), 0);
	fixture_bind_unbound(test, fx->f);
	limit_expect_full(test, fx->f);
}

static void limit_is_each_file_s_own(struct kunit *test)
{
	struct fixture *fx = test->priv;

	evtchn_max_ports = 1;
	fixture_bind_unbound(test, fx->f);
	fixture_bind_unbound(test, fx->g);
	limit_expect_full(test, fx->f);
	limit_expect_full(test, fx->g);
}

static void limit_holds_from_the_next_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	for (i = 0; i < 3; i++)
		fixture_bind_unbound(test, fx->f);
	evtchn_max_ports = 1;
	limit_expect_full(test, fx->f);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), 3);
	evtchn_max_ports = 4;
	fixture_bind_unbound(test, fx->f);
	limit_expect_full(test, fx->f);
	evtchn_max_ports = 0;
	fixture_bind_unbound(test, fx->f);
}

static void limit_counts_what_failed_no_more(struct kunit *test)
{
	struct fixture *fx = test->priv;

	evtchn_max_ports = 1;
	fake_fail(FAKE_REQUEST_IRQ, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &bind_types[0]), -ENOMEM);
	fixture_bind_unbound(test, fx->f);
	limit_expect_full(test, fx->f);
}

static void limit_and_static_channels(struct kunit *test)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_STATIC,
		.port = 20,
	};
	struct fixture *fx = test->priv;

	evtchn_max_ports = 1;
	fixture_bind_static(test, fx->f, ch.port);
	limit_expect_full(test, fx->f);
	/* Not one more, but an error of its own. */
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -EISCONN);

	/* A stale port counts; bound anew it is the same one. */
	fake_restore();
	evtchn_files_restored();
	limit_expect_full(test, fx->f);
	fixture_bind_static(test, fx->f, ch.port);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), 1);
	fixture_close(test, 0);
	fake_close_foreign(ch.port);
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(limit_none_by_default),
	KUNIT_CASE(limit_refuses_one_more),
	KUNIT_CASE(limit_is_each_file_s_own),
	KUNIT_CASE(limit_holds_from_the_next_bind),
	KUNIT_CASE(limit_counts_what_failed_no_more),
	KUNIT_CASE(limit_and_static_channels),
	{}
};

static struct kunit_suite limit_suite = {
	.name = "xen_evtchn_limit",
	.init = fixture_init,
	.exit = limit_exit,
	.test_cases = limit_cases,
};

kunit_test_suite(limit_suite);
