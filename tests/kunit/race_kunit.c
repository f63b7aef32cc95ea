// SPDX-License-Identifier: GPL-2.0
/*
 * A port that is used and taken down at once: the number of a channel, once
 * closed, is somebody else's, and must not be sent on or be given an EOI.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "fixture.h"

/**
 * struct race - a thread that unbinds a port while it is being used
 * @f: the file
 * @port: the port
 * @start: it may
 * @done: it has
 * @early: and it had before the port was let go of
 * @patience: how many milliseconds it is waited for
 */
struct race {
	struct evtchn_file *f;
	u32 port;
	struct completion start;
	struct completion done;
	bool early;
	unsigned int patience;
};

/* For what has to happen, if the other CPU is given to others for a while. */
#define RACE_PATIENCE	15000

static int race_unbind(void *arg)
{
	struct race *race = arg;

	wait_for_completion(&race->start);
	fixture_unbind(race->f, race->port);
	kthread_complete_and_exit(&race->done, 0);
}

/* In the middle of the use of the port: have it unbound, if that is possible. */
static void race_midway(void *arg)
{
	struct race *race = arg;
	unsigned int i;

	complete(&race->start);
	for (i = 0; i < race->patience && !completion_done(&race->done); i++)
		mdelay(1);
	race->early = completion_done(&race->done);
}

/* Start the thread, to unbind a fresh port as the driver comes to a step. */
static struct race *race_start(struct kunit *test, enum fake_step step,
			       unsigned int patience)
{
	struct fixture *fx = test->priv;
	struct task_struct *task;
	struct race *race;

	race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race);
	race->f = fx->f;
	race->patience = patience;
	race->port = fixture_bind_unbound(test, fx->f);
	init_completion(&race->start);
	init_completion(&race->done);
	task = kthread_create(race_unbind, race, "evtchn-unbind");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	fake_raise(race->port);
	fake_at(step, race_midway, race);

	/* The user stays on this CPU, and so the other one has to be elsewhere. */
	migrate_disable();
	if (num_online_cpus() > 1)
		kthread_bind(task, cpumask_any_but(cpu_online_mask,
						   raw_smp_processor_id()));
	wake_up_process(task);
	return race;
}

static void race_end(struct kunit *test, struct race *race, bool early)
{
	migrate_enable();
	/* Should the driver not have come to that step at all. */
	complete(&race->start);
	wait_for_completion(&race->done);
	KUNIT_EXPECT_EQ(test, race->early, early);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 0);
}

static void race_notify_holds_off_unbind(struct kunit *test)
{
	struct race *race = race_start(test, FAKE_SEND, 50);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(race->f, race->port), 0);
	race_end(test, race, false);
}

static void race_rearm_holds_off_unbind(struct kunit *test)
{
	struct race *race = race_start(test, FAKE_EOI, 50);

	fixture_rearm(race->f, race->port);
	race_end(test, race, false);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 1);
}

/* It was found, and was unbound before it was locked. */
static void race_notify_finds_port_dead(struct kunit *test)
{
	struct race *race = race_start(test, FAKE_LOOKUP, RACE_PATIENCE);

	KUNIT_EXPECT_EQ(test, evtchn_port_notify(race->f, race->port), -ENOTCONN);
	race_end(test, race, true);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
}

static void race_rearm_finds_port_dead(struct kunit *test)
{
	struct race *race = race_start(test, FAKE_LOOKUP, RACE_PATIENCE);

	fixture_rearm(race->f, race->port);
	race_end(test, race, true);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
}

/**
 * struct race_user - a thread that uses all numbers there are
 * @f: the file
 * @stop: it is to end
 * @sent: events it has sent
 * @done: it is gone
 */
struct race_user {
	struct evtchn_file *f;
	bool stop;
	unsigned int sent;
	struct completion done;
};

static int race_user_thread(void *arg)
{
	struct race_user *user = arg;
	u32 port = 0;

	while (!READ_ONCE(user->stop)) {
		port = port % 3 + 1;
		user->sent += !evtchn_port_notify(user->f, port);
		fixture_rearm(user->f, port);
		cond_resched();
	}
	kthread_complete_and_exit(&user->done, 0);
}

/* As many as there is time for: a kernel with KASAN and lockdep has not for all. */
#define RACE_ROUNDS	2000
#define RACE_LEAST	100
#define RACE_SENT	200

static void race_use_concurrent_with_unbind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned long end = jiffies + FIXTURE_LONG;
	unsigned long last = jiffies + 4 * FIXTURE_LONG;
	struct task_struct *task;
	struct race_user *user;
	int rc = 0;
	int n;

	user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, user);
	user->f = fx->f;
	init_completion(&user->done);
	task = kthread_run(race_user_thread, user, "evtchn-user");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);

	for (n = 0; n < RACE_ROUNDS || READ_ONCE(user->sent) < RACE_SENT; n++) {
		u32 port = fixture_bind_unbound(test, fx->f);

		fake_raise(port);
		/* For the thread to have its turn, if there is one CPU only. */
		if (n % 256 == 0)
			schedule_timeout_uninterruptible(1);
		rc = fixture_unbind(fx->f, port);
		if (rc || time_after(jiffies, last))
			break;
		if (time_after(jiffies, end) && n >= RACE_LEAST &&
		    READ_ONCE(user->sent) >= RACE_SENT)
			break;
	}
	WRITE_ONCE(user->stop, true);
	wait_for_completion(&user->done);

	KUNIT_EXPECT_EQ(test, rc, 0);
	KUNIT_EXPECT_GE(test, n, RACE_LEAST);
	KUNIT_EXPECT_GE(test, user->sent, RACE_SENT);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(race_notify_holds_off_unbind),
	KUNIT_CASE(race_rearm_holds_off_unbind),
	KUNIT_CASE(race_notify_finds_port_dead),
	KUNIT_CASE(race_rearm_finds_port_dead),
	KUNIT_CASE(race_use_concurrent_with_unbind),
	{}
};

static struct kunit_suite race_suite = {
	.name = "xen_evtchn_race",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = race_cases,
};

kunit_test_suite(race_suite);
