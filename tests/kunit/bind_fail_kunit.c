// SPDX-License-Identifier: GPL-2.0
/*
 * A bind that fails, at each of its steps: nothing is left, nothing is closed
 * that is not its own, and the caller is told why. What is left is looked for as
 * each test ends, too.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/kthread.h>

#include "bind_types.h"
#include "fixture.h"

/* An errno that nothing in the driver makes up. */
#define BIND_ERROR	(-EXDEV)

KUNIT_ARRAY_PARAM(bind_type, bind_types, bind_type_desc);

static const struct evtchn_channel bind_unbound = {
	.type = EVTCHN_CHANNEL_UNBOUND,
	.remote_domain = 1,
};

static void bind_expect_nothing(struct kunit *test,
				const struct evtchn_channel *ch)
{
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_EQ(test, fake_open_channels(), 0);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 0);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fixture_finish_rcu();
	KUNIT_EXPECT_EQ(test, fake_memory_objects(), 0);
	if (ch->type == EVTCHN_CHANNEL_STATIC)
		KUNIT_EXPECT_TRUE(test, fake_is_open(ch->port));
}

static void bind_fails_at_each_step(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	struct fixture *fx = test->priv;
	unsigned int n;
	int rc;

	/* Another one first, so that there is a table, with room in it. */
	fixture_unbind(fx->f, fixture_bind_unbound(test, fx->f));

	bind_type_prepare(ch);
	for (n = 1; n < 20; n++) {
		fake_fail(FAKE_ANY, n, BIND_ERROR);
		rc = fixture_bind(fx->f, ch);
		if (fake_fail_pending())
			break;
		/* The first step is an allocation, which has no errno. */
		KUNIT_EXPECT_EQ(test, rc, n == 1 ? -ENOMEM : BIND_ERROR);
		bind_expect_nothing(test, ch);
	}
	/* All steps were failed, and the next bind is none the worse for it. */
	KUNIT_EXPECT_EQ(test, n, 5);
	KUNIT_EXPECT_GE(test, rc, 0);
	bind_type_finish(ch);
}

/* Each time the table has to grow, there is no memory for it at first. */
static void bind_fails_as_table_grows(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned int grown = 0;
	unsigned int bound;
	int rc;

	for (bound = 0; bound < 100; bound++) {
		fake_fail(FAKE_GROW, 1, BIND_ERROR);
		rc = fixture_bind(fx->f, &bind_unbound);
		if (fake_fail_pending())
			continue;
		KUNIT_EXPECT_EQ(test, rc, -ENOMEM);
		KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), bound);
		KUNIT_EXPECT_EQ(test, fake_open_channels(), bound);
		KUNIT_EXPECT_EQ(test, fake_core_irqs(), bound);
		fixture_bind_unbound(test, fx->f);
		grown++;
	}
	KUNIT_EXPECT_GE(test, grown, 3);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), 100);
}

static void bind_fails_channel_left_open(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	struct fixture *fx = test->priv;

	bind_type_prepare(ch);
	fake_fail(FAKE_BIND_IRQ, 1, BIND_ERROR);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, ch), BIND_ERROR);
	bind_expect_nothing(test, ch);
	bind_type_finish(ch);
}

/* By the event core, which is not to be tried on a static one. */
static void bind_fails_channel_closed(struct kunit *test)
{
	const struct evtchn_channel *ch = test->param_value;
	struct fixture *fx = test->priv;

	if (ch->type == EVTCHN_CHANNEL_STATIC)
		return;

	fake_core_closes(true);
	fake_fail(FAKE_BIND_IRQ, 1, BIND_ERROR);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, ch), BIND_ERROR);
	bind_expect_nothing(test, ch);
}

static void bind_make_foreign(void *arg)
{
	fake_make_foreign(*(u32 *)arg, FAKE_INTERDOMAIN);
	fake_core_bind_foreign(*(u32 *)arg);
}

/* The event core closed the channel, and the kernel was given its number. */
static void bind_fails_number_taken_by_kernel(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = 5;

	fake_next_port(port);
	fake_core_closes(true);
	fake_fail(FAKE_BIND_IRQ, 1, BIND_ERROR);
	fake_at(FAKE_CLOSE_ORPHAN, bind_make_foreign, &port);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &bind_unbound), BIND_ERROR);
	KUNIT_EXPECT_TRUE(test, fake_is_open(port));
	KUNIT_EXPECT_NE(test, fake_core_irq(port), 0);
	fake_core_unbind_foreign(port);
	fake_close_foreign(port);
}

/**
 * struct other_bind - a bind on another file, by a thread
 * @f: the file
 * @ch: what it binds
 * @rc: what it was told
 * @opened: it has its channel, and no irq yet
 * @go: it may go on
 * @done: it is through
 */
struct other_bind {
	struct evtchn_file *f;
	const struct evtchn_channel *ch;
	int rc;
	struct completion opened;
	struct completion go;
	struct completion done;
};

static void other_bind_pause(void *arg)
{
	struct other_bind *other = arg;

	complete(&other->opened);
	wait_for_completion_timeout(&other->go, FIXTURE_SHORT);
}

static int other_bind_thread(void *arg)
{
	struct other_bind *other = arg;

	other->rc = fixture_bind(other->f, other->ch);
	kthread_complete_and_exit(&other->done, 0);
}

static void other_bind_init(struct other_bind *other, struct evtchn_file *f,
			    const struct evtchn_channel *ch)
{
	other->f = f;
	other->ch = ch;
	other->rc = 0;
	init_completion(&other->opened);
	init_completion(&other->go);
	init_completion(&other->done);
}

/* Let it come to its bind of an irq, and stay there for a while. */
static void other_bind_start(struct kunit *test, struct other_bind *other)
{
	struct task_struct *task;

	fake_at(FAKE_BIND_IRQ, other_bind_pause, other);
	task = kthread_run(other_bind_thread, other, "evtchn-bind");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
}

struct orphan_race {
	struct kunit *test;
	struct other_bind other;
};

/* The first bind failed: the other one is given its number, and has no irq. */
static void orphan_race_begin(void *arg)
{
	struct orphan_race *race = arg;

	fake_fail_pending();
	other_bind_start(race->test, &race->other);
	wait_for_completion_timeout(&race->other.opened, FIXTURE_SHORT);
}

static void bind_fails_number_taken_by_another_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct orphan_race *race;

	race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race);
	race->test = test;
	other_bind_init(&race->other, fx->g, &bind_unbound);

	fake_core_closes(true);
	fake_fail(FAKE_BIND_IRQ, 1, BIND_ERROR);
	/* Once the first has closed its channel: on the way to its orphan. */
	fake_at(FAKE_CLOSE_ORPHAN, orphan_race_begin, race);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &bind_unbound), BIND_ERROR);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&race->other.done,
							    FIXTURE_LONG));

	/* It has its channel, and its channel has it. */
	KUNIT_ASSERT_GT(test, race->other.rc, 0);
	KUNIT_EXPECT_TRUE(test, fake_is_open(race->other.rc));
	fake_raise(race->other.rc);
	FIXTURE_EXPECT_PENDING(test, fx->g, race->other.rc);
}

/* A channel without an irq that is on its way to one is not a static one. */
static void bind_static_of_a_bind_under_way(struct kunit *test)
{
	struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_STATIC, .port = 9 };
	struct fixture *fx = test->priv;
	struct other_bind *other;

	other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, other);
	other_bind_init(other, fx->g, &bind_unbound);

	fake_next_port(ch.port);
	other_bind_start(test, other);
	KUNIT_EXPECT_TRUE(test, wait_for_completion_timeout(&other->opened,
							    FIXTURE_LONG));
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -EBUSY);
	complete(&other->go);
	wait_for_completion(&other->done);
	KUNIT_EXPECT_EQ(test, other->rc, ch.port);
}

/* Closed by privcmd: Xen gives the number out again, to the same file. */
static void bind_number_of_a_live_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 again;

	fake_raise(port);
	fake_close_behind(port);
	again = fixture_bind_unbound(test, fx->f);

	/* The old port has gone, with its event; the new one works. */
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 1);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fake_raise(again);
	FIXTURE_EXPECT_PENDING(test, fx->f, again);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, again), 0);
}

/* The same, to another file: the event core has an irq for it, so it can't. */
static void bind_number_of_a_port_of_another_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_close_behind(port);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->g, &bind_unbound), -EBUSY);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->g), 0);
	/* Whoever unbinds the old port closes the channel. */
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 0);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->g, &bind_unbound), port);
}

static struct kunit_case bind_fail_cases[] = {
	KUNIT_CASE_PARAM(bind_fails_at_each_step, bind_type_gen_params),
	KUNIT_CASE(bind_fails_as_table_grows),
	KUNIT_CASE_PARAM(bind_fails_channel_left_open, bind_type_gen_params),
	KUNIT_CASE_PARAM(bind_fails_channel_closed, bind_type_gen_params),
	KUNIT_CASE(bind_fails_number_taken_by_kernel),
	KUNIT_CASE(bind_fails_number_taken_by_another_bind),
	KUNIT_CASE(bind_static_of_a_bind_under_way),
	KUNIT_CASE(bind_number_of_a_live_port),
	KUNIT_CASE(bind_number_of_a_port_of_another_file),
	{}
};

static struct kunit_suite bind_fail_suite = {
	.name = "xen_evtchn_bind_fail",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = bind_fail_cases,
};

kunit_test_suite(bind_fail_suite);
