// SPDX-License-Identifier: GPL-2.0
/*
 * An open file: open, write, poll, SIGIO, release.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/fcntl.h>
#include <linux/kthread.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "fixture.h"

/**
 * struct opener - a thread that opens the device and binds a port
 * @file: a file of its own
 * @rc: what went wrong
 * @done: it is gone
 */
struct opener {
	struct file file;
	int rc;
	struct completion done;
};

static int opener_thread(void *arg)
{
	struct opener *o = arg;

	o->rc = evtchn_fops.open(NULL, &o->file);
	kthread_complete_and_exit(&o->done, 0);
}

static void file_names_irqs_after_who_opened(struct kunit *test)
{
	struct evtchn_file *f;
	struct task_struct *task;
	struct opener *o;
	u32 port;

	o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, o);
	init_completion(&o->done);
	/* The name becomes one of a directory in /proc/irq. */
	task = kthread_run(opener_thread, o, "a/b\tc/");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&o->done);
	KUNIT_ASSERT_EQ(test, o->rc, 0);

	f = o->file.private_data;
	port = fixture_bind_unbound(test, f);
	KUNIT_EXPECT_STREQ(test, fake_core_irq_name(port), "evtchn:a!b?c!");
	KUNIT_EXPECT_EQ(test, evtchn_fops.release(NULL, &o->file), 0);
}

static void file_does_not_seek(struct kunit *test)
{
	const fmode_t seeks = FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	struct file *file;

	/* As the kernel has it when it calls open. */
	file = kunit_kzalloc(test, sizeof(*file), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, file);
	file->f_mode = FMODE_READ | FMODE_WRITE | seeks;
	KUNIT_ASSERT_EQ(test, evtchn_fops.open(NULL, file), 0);
	KUNIT_EXPECT_FALSE(test, file->f_mode & seeks);
	KUNIT_EXPECT_TRUE(test, file->f_mode & FMODE_STREAM);
	KUNIT_EXPECT_EQ(test, evtchn_fops.release(NULL, file), 0);
}

static ssize_t file_write(struct fixture *fx, const u32 __user *buf, size_t size)
{
	return evtchn_fops.write(fx->file[0], (const char __user *)buf, size,
				 NULL);
}

static void file_write_rearms(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	fake_raise(b);
	fake_raise(c);
	KUNIT_ASSERT_EQ(test, put_user(c, &buf[0]), 0);
	KUNIT_ASSERT_EQ(test, put_user(a, &buf[1]), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 8), 8);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
	KUNIT_EXPECT_TRUE(test, fake_is_masked(b));
	KUNIT_EXPECT_FALSE(test, fake_is_masked(c));
}

static void file_write_of_a_part_of_a_number(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_ASSERT_EQ(test, put_user(0, &buf[0]), 0);
	KUNIT_ASSERT_EQ(test, put_user(port, &buf[1]), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 0), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 3), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 7), 4);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 8), 8);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
}

static void file_write_of_foreign_numbers(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 other = fixture_bind_unbound(test, fx->g);

	fake_raise(port);
	fake_raise(other);
	KUNIT_ASSERT_EQ(test, put_user(other, &buf[0]), 0);
	KUNIT_ASSERT_EQ(test, put_user(U32_MAX, &buf[1]), 0);
	KUNIT_ASSERT_EQ(test, put_user(port, &buf[2]), 0);
	/* They count as written, and are passed over. */
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 12), 12);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(other));
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
}

static void file_write_faults(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 __user *last = buf + PAGE_SIZE / sizeof(*buf) - 1;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_ASSERT_EQ(test, put_user(port, last), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, last + 1, 8), -EFAULT);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	/* What was there before the fault counts, and was done. */
	KUNIT_EXPECT_EQ(test, file_write(fx, last, 8), 4);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
}

static void file_write_is_a_page_at_most(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, 2 * PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_ASSERT_EQ(test, put_user(port, buf + PAGE_SIZE / sizeof(*buf)), 0);
	KUNIT_EXPECT_EQ(test, file_write(fx, buf, 2 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
}

#define FILE_WRITABLE	((__force u32)(EPOLLOUT | EPOLLWRNORM))
#define FILE_READABLE	((__force u32)(EPOLLIN | EPOLLRDNORM))

static u32 file_poll(struct fixture *fx)
{
	return (__force u32)evtchn_fops.poll(fx->file[0], NULL);
}

static void file_poll_tells_what_is(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, file_poll(fx), FILE_WRITABLE);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, file_poll(fx), FILE_WRITABLE | FILE_READABLE);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, file_poll(fx), FILE_WRITABLE);
}

static void file_poll_not_readable_after_unbind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, file_poll(fx), FILE_WRITABLE);
}

/**
 * struct file_poller - what epoll keeps of a file
 * @table: asks where to wait
 * @sleeper: waits there
 * @queue: where that is
 */
struct file_poller {
	poll_table table;
	struct sleeper sleeper;
	wait_queue_head_t *queue;
};

static void file_poller_queue(struct file *file, wait_queue_head_t *queue,
			      poll_table *table)
{
	struct file_poller *p = container_of(table, struct file_poller, table);

	p->queue = queue;
	sleeper_add(queue, &p->sleeper);
}

/* The second comes while the first is unread, and is told all the same. */
static void file_poll_edge_second_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct file_poller p = {};
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);

	init_poll_funcptr(&p.table, file_poller_queue);
	KUNIT_EXPECT_FALSE(test, evtchn_fops.poll(fx->file[0], &p.table) & EPOLLIN);
	KUNIT_ASSERT_NOT_NULL(test, p.queue);
	fake_raise(a);
	KUNIT_EXPECT_EQ(test, p.sleeper.woken, 1);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, p.sleeper.woken, 2);
	remove_wait_queue(p.queue, &p.sleeper.wait);
}

/* Whether this thread was sent SIGIO since it was asked last. */
static bool file_was_signalled(void)
{
	bool pending = sigismember(&current->pending.signal, SIGIO);

	flush_signals(current);
	return pending;
}

static void file_signals_each_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);

	allow_signal(SIGIO);
	KUNIT_ASSERT_EQ(test, file_f_owner_allocate(fx->file[0]), 0);
	__f_setown(fx->file[0], task_pid(current), PIDTYPE_PID, 1);
	KUNIT_ASSERT_GE(test, evtchn_fops.fasync(3, fx->file[0], 1), 0);

	fake_raise(a);
	KUNIT_EXPECT_TRUE(test, file_was_signalled());
	fake_raise(b);
	KUNIT_EXPECT_TRUE(test, file_was_signalled());
	/* This one is not delivered before the port is written back. */
	fake_raise(b);
	KUNIT_EXPECT_FALSE(test, file_was_signalled());

	KUNIT_EXPECT_GE(test, evtchn_fops.fasync(3, fx->file[0], 0), 0);
	fixture_rearm(fx->f, b);
	FIXTURE_EXPECT_PENDING(test, fx->f, a, b);
	fixture_rearm(fx->f, a);
	fake_raise(a);
	KUNIT_EXPECT_FALSE(test, file_was_signalled());
	disallow_signal(SIGIO);
}

static void file_release_unbinds(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 fixed = fixture_bind_static(test, fx->f, 20);

	fixture_bind_virq(test, fx->f, 3);
	fake_raise(port);
	fixture_close(test, 0);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 0);
	KUNIT_EXPECT_EQ(test, fake_core_irqs(), 0);
	KUNIT_EXPECT_TRUE(test, fake_is_open(fixed));
	fake_close_foreign(fixed);
	/* It is on no list that a restore goes through. */
	evtchn_files_restored();
}

static struct kunit_case file_cases[] = {
	KUNIT_CASE(file_names_irqs_after_who_opened),
	KUNIT_CASE(file_does_not_seek),
	KUNIT_CASE(file_write_rearms),
	KUNIT_CASE(file_write_of_a_part_of_a_number),
	KUNIT_CASE(file_write_of_foreign_numbers),
	KUNIT_CASE(file_write_faults),
	KUNIT_CASE(file_write_is_a_page_at_most),
	KUNIT_CASE(file_poll_tells_what_is),
	KUNIT_CASE(file_poll_not_readable_after_unbind),
	KUNIT_CASE(file_poll_edge_second_event),
	KUNIT_CASE(file_signals_each_event),
	KUNIT_CASE(file_release_unbinds),
	{}
};

static struct kunit_suite file_suite = {
	.name = "xen_evtchn_file",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = file_cases,
};

kunit_test_suite(file_suite);
