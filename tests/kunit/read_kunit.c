// SPDX-License-Identifier: GPL-2.0
/*
 * read(): what it hands out, when it sleeps, and what a fault leaves.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/fcntl.h>
#include <linux/uaccess.h>

#include "fixture.h"

static ssize_t read_now(struct fixture *fx, u32 __user *buf, size_t size)
{
	fx->file[0]->f_flags |= O_NONBLOCK;
	return evtchn_fops.read(fx->file[0], (char __user *)buf, size, NULL);
}

static void read_oldest_first(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);

	fake_raise(b);
	fake_raise(a);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, PAGE_SIZE), 8);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[0]), b);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[1]), a);
	/* What was not read is not written. */
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[2]), 0);
}

static void read_nothing_pending(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), -EAGAIN);
	fixture_bind_unbound(test, fx->f);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), -EAGAIN);
}

static void read_of_less_than_a_number(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 0), 0);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 3), 0);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 3), 0);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 7), 4);
}

static void read_less_than_is_pending(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), a);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), b);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), -EAGAIN);
}

/* More than a batch and more than a page, and none is missed. */
static void read_a_page_at_most(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, 2 * PAGE_SIZE);
	u32 first = fixture_raise_row(test, fx->f, USER_PAGE + 3);

	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 2 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, user_row_misses(test, buf, first, USER_PAGE), 0);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, PAGE_SIZE), 12);
	KUNIT_EXPECT_EQ(test, user_row_misses(test, buf, first + USER_PAGE, 3), 0);
}

static void read_faults_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf + USER_PAGE, 4), -EFAULT);
	/* Nothing was lost. */
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), port);
}

static void read_faults_after_a_batch(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 __user *late = buf + USER_PAGE - EVTCHN_BATCH - 5;
	u32 first = fixture_raise_row(test, fx->f, EVTCHN_BATCH + 10);
	ssize_t rc;
	u32 seen;

	/* There is room for a batch and a few more, and then a hole. */
	rc = read_now(fx, late, PAGE_SIZE);
	KUNIT_ASSERT_GE(test, rc, EVTCHN_BATCH * 4);
	seen = rc / 4;
	KUNIT_EXPECT_EQ(test, user_row_misses(test, late, first, seen), 0);

	/* What was not counted comes with the next read. */
	rc = read_now(fx, buf, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, seen + rc / 4, EVTCHN_BATCH + 10);
	KUNIT_EXPECT_EQ(test, user_row_misses(test, buf, first + seen, rc / 4), 0);
}

static void read_not_after_unbind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 4), -EAGAIN);
}

/* Read [a] -> [b], of which one is unbound as the numbers are copied. */
static u32 __user *read_changed(struct kunit *test, u32 *ports, int which,
				bool again)
{
	struct fixture *fx = test->priv;

	fixture_raise_many(test, fx->f, ports, 2);
	return unbinding_memory(test, ports[which], again);
}

static void read_first_unbound_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 ports[2];

	buf = read_changed(test, ports, 0, false);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), ports[1]);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), -EAGAIN);
}

static void read_last_unbound_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 ports[2];

	buf = read_changed(test, ports, 1, false);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), ports[0]);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), -EAGAIN);
}

static void read_only_one_unbound_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 ports[2];

	buf = read_changed(test, ports, 0, false);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, ports[1]), 0);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), -EAGAIN);
}

/* The number goes out once, for the port that has it now. */
static void read_number_given_again_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 ports[2];

	buf = read_changed(test, ports, 0, true);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), 8);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[0]), ports[1]);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[1]), ports[0]);
	KUNIT_EXPECT_EQ(test, read_now(fx, buf, 64), -EAGAIN);
}

static void read_sleeps_until_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = reader_start(test, fx->file[0], buf, 16);

	reader_expect_asleep(test, fx->f, 1);
	KUNIT_EXPECT_FALSE(test, reader_done(r, FIXTURE_SHORT));
	fake_raise(port);
	reader_expect_port(test, r, port);
}

static void read_interrupted(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct reader *r = reader_start(test, fx->file[0], buf, 16);

	reader_expect_asleep(test, fx->f, 1);
	reader_interrupt(r);
	reader_expect_rc(test, r, -ERESTARTSYS);
}

static void read_two_readers_two_events(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	struct reader *r = reader_start(test, fx->file[0], buf, 4);
	struct reader *s = reader_start(test, fx->file[0], buf + 8, 4);

	reader_expect_asleep(test, fx->f, 2);
	fake_raise(a);
	reader_expect_asleep(test, fx->f, 1);
	fake_raise(b);
	KUNIT_ASSERT_TRUE(test, reader_done(r, FIXTURE_LONG));
	KUNIT_ASSERT_TRUE(test, reader_done(s, FIXTURE_LONG));
	KUNIT_EXPECT_EQ(test, r->ports[0] + s->ports[0], a + b);
	KUNIT_EXPECT_NE(test, r->ports[0], s->ports[0]);
}

static void read_fault_wakes_another(struct kunit *test)
{
	reader_expect_fault_wakes_another(test, reader_read);
}

/* Its port is unbound as the reader's memory is brought in: it sleeps again. */
static void read_woken_for_nothing(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 __user *buf;
	struct reader *r;
	u32 ports[2];

	buf = read_changed(test, ports, 0, false);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, ports[1]), 0);
	r = reader_start(test, fx->file[0], buf, 4);
	/* It has touched the memory, and has seen that the port is gone. */
	reader_expect_asleep(test, fx->f, 1);
	KUNIT_EXPECT_EQ(test, fixture_ports(fx->f), 1);
	KUNIT_EXPECT_FALSE(test, reader_done(r, FIXTURE_SHORT));

	fake_raise(port);
	reader_expect_port(test, r, port);
}

/**
 * struct read_pause - a reader's memory takes until another has read
 * @touched: it is being touched
 * @go: the other has read
 */
struct read_pause {
	struct completion touched;
	struct completion go;
};

static void read_pause_now(void *arg)
{
	struct read_pause *pause = arg;

	complete(&pause->touched);
	wait_for_completion_timeout(&pause->go, FIXTURE_LONG);
}

/* Whose memory is slow holds nobody up, and gets what comes after. */
static void read_beside_a_slow_reader(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 next = fixture_bind_unbound(test, fx->f);
	struct slow_memory *slow;
	struct read_pause *pause;
	struct reader *r;

	slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slow);
	pause = kunit_kzalloc(test, sizeof(*pause), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pause);
	KUNIT_ASSERT_EQ(test, put_user(0, buf), 0);
	init_completion(&pause->touched);
	init_completion(&pause->go);
	slow->fn = read_pause_now;
	slow->arg = pause;

	r = reader_start(test, fx->file[0], slow_memory(test, slow), 4);
	reader_expect_asleep(test, fx->f, 1);
	fake_raise(port);
	wait_for_completion(&pause->touched);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&fx->f->ring, buf, 1), 1);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), port);
	complete(&pause->go);

	reader_expect_asleep(test, fx->f, 1);
	fake_raise(next);
	reader_expect_port(test, r, next);
}

static void read_wakes_as_domain_is_restored(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = reader_start(test, fx->file[0], buf, 4);

	reader_expect_asleep(test, fx->f, 1);
	fake_restore();
	evtchn_files_restored();
	reader_expect_port(test, r, port);
}

static struct kunit_case read_cases[] = {
	KUNIT_CASE(read_oldest_first),
	KUNIT_CASE(read_nothing_pending),
	KUNIT_CASE(read_of_less_than_a_number),
	KUNIT_CASE(read_less_than_is_pending),
	KUNIT_CASE(read_a_page_at_most),
	KUNIT_CASE(read_faults_at_once),
	KUNIT_CASE(read_faults_after_a_batch),
	KUNIT_CASE(read_not_after_unbind),
	KUNIT_CASE(read_first_unbound_while_copied),
	KUNIT_CASE(read_last_unbound_while_copied),
	KUNIT_CASE(read_only_one_unbound_while_copied),
	KUNIT_CASE(read_number_given_again_while_copied),
	KUNIT_CASE(read_sleeps_until_event),
	KUNIT_CASE(read_interrupted),
	KUNIT_CASE(read_two_readers_two_events),
	KUNIT_CASE(read_fault_wakes_another),
	KUNIT_CASE(read_woken_for_nothing),
	KUNIT_CASE(read_beside_a_slow_reader),
	KUNIT_CASE(read_wakes_as_domain_is_restored),
	{}
};

static struct kunit_suite read_suite = {
	.name = "xen_evtchn_read",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = read_cases,
};

kunit_test_suite(read_suite);
