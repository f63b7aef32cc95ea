// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of a file, by number: what is in the table is found, whatever else
 * comes and goes.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "fixture.h"

#define TABLE_PORTS	600

/* Of the smallest table. */
#define TABLE_SLOTS	12

/**
 * struct table_fixture - ports that are in a table and nowhere else
 * @f: the file
 * @port: the ports, of which the number may be anything
 */
struct table_fixture {
	struct evtchn_file *f;
	struct evtchn_port port[TABLE_PORTS];
};

static struct table_fixture *table_init(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct table_fixture *tf;

	tf = kunit_kzalloc(test, sizeof(*tf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tf);
	tf->f = fx->f;
	/* So that the table is freed as the file is closed. */
	evtchn_file_join(tf->f);
	return tf;
}

static void table_insert(struct kunit *test, struct table_fixture *tf, int i,
			 u32 number)
{
	int rc;

	tf->port[i].entry.port = number;
	mutex_lock(&tf->f->bind_mutex);
	rc = evtchn_table_reserve(tf->f);
	if (!rc)
		evtchn_table_insert(tf->f, &tf->port[i]);
	mutex_unlock(&tf->f->bind_mutex);
	KUNIT_ASSERT_EQ(test, rc, 0);
}

static void table_remove(struct table_fixture *tf, int i)
{
	mutex_lock(&tf->f->bind_mutex);
	evtchn_table_remove(tf->f, &tf->port[i]);
	mutex_unlock(&tf->f->bind_mutex);
}

/* The one that is found by a number; -1 if none is. */
static int table_find(struct table_fixture *tf, u32 number)
{
	struct evtchn_port *p;

	rcu_read_lock();
	p = evtchn_table_find(tf->f, number);
	rcu_read_unlock();
	return p ? p - tf->port : -1;
}

static u32 table_slots(struct table_fixture *tf)
{
	u32 slots;

	rcu_read_lock();
	slots = rcu_dereference(tf->f->ports)->slots;
	rcu_read_unlock();
	return slots;
}

/* A number that is at home in a slot of the smallest table; another for each n. */
static u32 table_number_of(struct kunit *test, struct table_fixture *tf,
			   u32 home, unsigned int n)
{
	struct evtchn_table *t;
	u32 number;

	KUNIT_ASSERT_EQ(test, table_slots(tf), TABLE_SLOTS);
	rcu_read_lock();
	t = rcu_dereference(tf->f->ports);
	for (number = 1;; number++) {
		if (evtchn_table_home(t, number) == home && !n--)
			break;
	}
	rcu_read_unlock();
	return number;
}

/* Have the smallest table there is made. */
static void table_first(struct kunit *test, struct table_fixture *tf)
{
	table_insert(test, tf, 0, 1);
	table_remove(tf, 0);
}

static void table_finds_nothing_at_first(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);

	KUNIT_EXPECT_EQ(test, table_find(tf, 0), -1);
	KUNIT_EXPECT_EQ(test, table_find(tf, 1), -1);
	KUNIT_EXPECT_EQ(test, table_find(tf, U32_MAX), -1);
}

static void table_finds_each_of_many(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	unsigned int wrong = 0;
	int i, j;

	for (i = 0; i < TABLE_PORTS; i++) {
		table_insert(test, tf, i, 3 * i);
		for (j = 0; j <= i; j++)
			wrong += table_find(tf, 3 * j) != j;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	for (i = 0; i < TABLE_PORTS; i++)
		wrong += table_find(tf, 3 * i + 1) != -1;
	KUNIT_EXPECT_EQ(test, wrong, 0);

	for (i = 0; i < TABLE_PORTS; i++) {
		table_remove(tf, i);
		wrong += table_find(tf, 3 * i) != -1;
		for (j = i + 1; j < TABLE_PORTS; j++)
			wrong += table_find(tf, 3 * j) != j;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* Numbers at the ends, of which one is that of a gap. */
static void table_finds_zero_and_the_last(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	u32 beside;

	table_first(test, tf);
	table_insert(test, tf, 0, 0);
	table_insert(test, tf, 1, U32_MAX);
	KUNIT_EXPECT_EQ(test, table_find(tf, 0), 0);
	KUNIT_EXPECT_EQ(test, table_find(tf, U32_MAX), 1);

	/* With another one after it, so that it leaves a gap. */
	beside = table_number_of(test, tf, 0, 1);
	table_insert(test, tf, 2, beside);
	table_remove(tf, 0);
	KUNIT_EXPECT_EQ(test, table_find(tf, 0), -1);
	KUNIT_EXPECT_EQ(test, table_find(tf, beside), 2);
	table_remove(tf, 1);
	KUNIT_EXPECT_EQ(test, table_find(tf, U32_MAX), -1);
	table_remove(tf, 2);
}

#define TABLE_RUN	4

/* Ports with one home, beginning in the middle, or where the table wraps. */
static void table_removes_from_a_run(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	unsigned int order, i, n, home;
	u32 number[TABLE_RUN];

	table_first(test, tf);
	for (home = 2; home < TABLE_SLOTS; home += TABLE_SLOTS - 4) {
		for (i = 0; i < TABLE_RUN; i++)
			number[i] = table_number_of(test, tf, home, i);

		/* In each order in which all of them can go. */
		for (order = 0; order < 24; order++) {
			unsigned int here = (1 << TABLE_RUN) - 1;
			unsigned int rest = order;

			for (i = 0; i < TABLE_RUN; i++)
				table_insert(test, tf, i, number[i]);
			for (n = TABLE_RUN; n > 0; n--) {
				unsigned int skip = rest % n;

				rest /= n;
				for (i = 0; !(here & BIT(i)) || skip--; i++)
					;
				here &= ~BIT(i);
				table_remove(tf, i);
				for (i = 0; i < TABLE_RUN; i++)
					KUNIT_EXPECT_EQ(test, table_find(tf, number[i]),
							here & BIT(i) ? (int)i : -1);
			}
		}
	}
	KUNIT_EXPECT_EQ(test, table_slots(tf), TABLE_SLOTS);
}

static void table_fills_a_gap(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	u32 number[3];
	int i;

	table_first(test, tf);
	for (i = 0; i < 3; i++) {
		number[i] = table_number_of(test, tf, 5, i);
		table_insert(test, tf, i, number[i]);
	}
	table_remove(tf, 0);
	table_insert(test, tf, 0, number[0]);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, table_find(tf, number[i]), i);
	for (i = 0; i < 3; i++)
		table_remove(tf, i);
}

/* A client that binds and unbinds all day has the table made once. */
static void table_stays_by_churn(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	u32 number;

	for (number = 100; number < 3000; number++) {
		table_insert(test, tf, 0, number);
		table_insert(test, tf, 1, number + 5000);
		table_remove(tf, 0);
		table_remove(tf, 1);
	}
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_GROW), 1);
}

/* Beside ports that stay, gaps may be left, but the table does not grow for them. */
static void table_does_not_grow_by_churn(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	unsigned int wrong = 0;
	u32 number;

	table_insert(test, tf, 0, 10);
	table_insert(test, tf, 1, 11);
	for (number = 100; number < 3000; number++) {
		table_insert(test, tf, 2, number);
		wrong += table_find(tf, 10) != 0 || table_find(tf, 11) != 1 ||
			 table_find(tf, number) != 2 ||
			 table_find(tf, number - 1) != -1;
		table_remove(tf, 2);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, table_slots(tf), TABLE_SLOTS);
	table_remove(tf, 0);
	table_remove(tf, 1);
}

static void table_goes_through_all(struct kunit *test)
{
	struct table_fixture *tf = table_init(test);
	unsigned int seen = 0;
	struct evtchn_port *p;
	u32 slot = 0;
	int i;

	for (i = 0; i < 100; i++)
		table_insert(test, tf, i, 7 * i);
	for (i = 0; i < 100; i += 3)
		table_remove(tf, i);

	mutex_lock(&tf->f->bind_mutex);
	while ((p = evtchn_table_next(tf->f, &slot))) {
		KUNIT_EXPECT_NE(test, (p - tf->port) % 3, 0);
		evtchn_table_remove(tf->f, p);
		seen++;
	}
	mutex_unlock(&tf->f->bind_mutex);
	KUNIT_EXPECT_EQ(test, seen, 66);
	KUNIT_EXPECT_EQ(test, fixture_ports(tf->f), 0);
}

#define TABLE_STABLE	20
#define TABLE_ROUNDS	400
#define TABLE_LEAST	10

/**
 * struct table_watch - a thread that looks for ports that stay
 * @tf: the ports, of which the first TABLE_STABLE stay
 * @stop: it is to end
 * @lookups: how often it has looked
 * @missed: how often it did not find one
 * @done: it is gone
 */
struct table_watch {
	struct table_fixture *tf;
	bool stop;
	unsigned int lookups;
	unsigned int missed;
	struct completion done;
};

static int table_watch_thread(void *arg)
{
	struct table_watch *watch = arg;
	int i;

	while (!READ_ONCE(watch->stop)) {
		for (i = 0; i < TABLE_STABLE; i++)
			watch->missed += table_find(watch->tf, i) != i;
		WRITE_ONCE(watch->lookups, watch->lookups + TABLE_STABLE);
		cond_resched();
	}
	kthread_complete_and_exit(&watch->done, 0);
}

/* Grow the table by hundreds, and empty it again, under a look-up's eyes. */
static void table_churn(struct kunit *test, struct table_fixture *tf,
			unsigned int round)
{
	unsigned int many = TABLE_STABLE + 30 + 37 * round % 500;
	unsigned int i;

	for (i = TABLE_STABLE; i < many; i++)
		table_insert(test, tf, i, i + 1000 * (round % 7));
	/* From the front, so that gaps are left. */
	for (i = TABLE_STABLE; i < many; i++)
		table_remove(tf, i);
	cond_resched();
}

static void table_concurrent_with_lookup(struct kunit *test)
{
	unsigned long end = jiffies + FIXTURE_LONG;
	unsigned long last = jiffies + 4 * FIXTURE_LONG;
	struct table_fixture *tf = table_init(test);
	struct task_struct *task;
	struct table_watch *watch;
	unsigned int round;
	int i;

	watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watch);
	watch->tf = tf;
	init_completion(&watch->done);
	for (i = 0; i < TABLE_STABLE; i++)
		table_insert(test, tf, i, i);
	task = kthread_run(table_watch_thread, watch, "evtchn-watch");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);

	for (round = 0; round < TABLE_ROUNDS || !READ_ONCE(watch->lookups); round++) {
		if (time_after(jiffies, last) ||
		    (time_after(jiffies, end) && round > TABLE_LEAST &&
		     READ_ONCE(watch->lookups)))
			break;
		table_churn(test, tf, round);
	}
	WRITE_ONCE(watch->stop, true);
	wait_for_completion(&watch->done);

	KUNIT_EXPECT_GT(test, round, TABLE_LEAST);
	KUNIT_EXPECT_GT(test, watch->lookups, 0);
	KUNIT_EXPECT_EQ(test, watch->missed, 0);
	for (i = 0; i < TABLE_STABLE; i++)
		table_remove(tf, i);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(table_finds_nothing_at_first),
	KUNIT_CASE(table_finds_each_of_many),
	KUNIT_CASE(table_finds_zero_and_the_last),
	KUNIT_CASE(table_removes_from_a_run),
	KUNIT_CASE(table_fills_a_gap),
	KUNIT_CASE(table_stays_by_churn),
	KUNIT_CASE(table_does_not_grow_by_churn),
	KUNIT_CASE(table_goes_through_all),
	KUNIT_CASE(table_concurrent_with_lookup),
	{}
};

static struct kunit_suite table_suite = {
	.name = "xen_evtchn_table",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = table_cases,
};

kunit_test_suite(table_suite);
