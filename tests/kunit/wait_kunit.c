// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT: what it does and in which order, and how it ends.
 */

#include <kunit/test.h>

#include <linux/fcntl.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

#define WAIT_LIST	16

/**
 * struct wait_call - a call, in memory of the user
 * @arg: the argument
 * @rearm: the list for it
 * @notify: the list for it
 * @ports: where it writes to
 */
struct wait_call {
	struct ioctl_evtchn_wait arg;
	u32 rearm[WAIT_LIST];
	u32 notify[WAIT_LIST];
	u32 ports[WAIT_LIST];
};

static long wait_ioctl(struct file *file, const void __user *arg)
{
	return evtchn_fops.unlocked_ioctl(file, IOCTL_EVTCHN_WAIT,
					  (unsigned long)arg);
}

/* A call that does nothing yet, and does not wait. */
static struct wait_call __user *wait_new(struct kunit *test)
{
	struct wait_call __user *call;

	call = (void __user *)user_memory(test, sizeof(*call));
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)call->rearm,
				       &call->arg.rearm), 0);
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)call->notify,
				       &call->arg.notify), 0);
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)call->ports,
				       &call->arg.ports), 0);
	KUNIT_ASSERT_EQ(test, put_user(WAIT_LIST, &call->arg.nr_ports), 0);
	return call;
}

static void wait_add_rearm(struct kunit *test, struct wait_call __user *call,
			   u32 i, u32 port)
{
	KUNIT_ASSERT_EQ(test, put_user(port, &call->rearm[i]), 0);
	KUNIT_ASSERT_EQ(test, put_user(i + 1, &call->arg.nr_rearm), 0);
}

static void wait_add_notify(struct kunit *test, struct wait_call __user *call,
			    u32 i, u32 port)
{
	KUNIT_ASSERT_EQ(test, put_user(port, &call->notify[i]), 0);
	KUNIT_ASSERT_EQ(test, put_user(i + 1, &call->arg.nr_notify), 0);
}

static u32 wait_port(struct kunit *test, struct wait_call __user *call, u32 i)
{
	u32 port = 0;

	KUNIT_EXPECT_EQ(test, get_user(port, &call->ports[i]), 0);
	return port;
}

static long wait_now(struct kunit *test, struct wait_call __user *call)
{
	struct fixture *fx = test->priv;

	return wait_ioctl(fx->file[0], call);
}

/* As a thread of reader_start_by() waits, for one port, into @buf. */
static ssize_t wait_thread_for(struct file *file, u32 __user *buf, s64 timeout)
{
	const struct ioctl_evtchn_wait arg = {
		.nr_ports = 1,
		.ports = (unsigned long)buf,
		.timeout = timeout,
	};
	struct ioctl_evtchn_wait __user *user = (void __user *)(buf - 16);
	long rc;

	/* The argument stands before the buffer, and is there where that is not. */
	if (copy_to_user(user, &arg, sizeof(arg)))
		return -EIO;
	rc = wait_ioctl(file, user);
	return rc > 0 ? rc * sizeof(u32) : rc;
}

static ssize_t wait_thread(struct file *file, u32 __user *buf, size_t count)
{
	return wait_thread_for(file, buf, -1);
}

static ssize_t wait_thread_long(struct file *file, u32 __user *buf,
				size_t count)
{
	return wait_thread_for(file, buf, S64_MAX);
}

/* A thread that sleeps there, and has memory of its own. */
static struct reader *wait_start(struct kunit *test,
				 ssize_t (*wait)(struct file *file, u32 __user *buf,
						 size_t count))
{
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct fixture *fx = test->priv;
	struct reader *r = reader_start_by(test, wait, fx->file[0], buf + 32, 4);

	reader_expect_asleep(test, fx->f, 1);
	return r;
}

/* A port that was taken and is not re-armed, and one that is pending. */
static void wait_two_ports(struct kunit *test, u32 *taken, u32 *pending)
{
	struct fixture *fx = test->priv;

	fixture_raise_many(test, fx->f, taken, 1);
	FIXTURE_EXPECT_PENDING(test, fx->f, *taken);
	fixture_raise_many(test, fx->f, pending, 1);
}

/**
 * struct wait_moment - what there is to see as the event is sent
 * @port: the port that was to be re-armed
 * @masked: it was not yet
 */
struct wait_moment {
	u32 port;
	bool masked;
};

static void wait_at_send(void *arg)
{
	struct wait_moment *moment = arg;

	moment->masked = fake_is_masked(moment->port);
	/* The peer answers at once. */
	fake_raise(moment->port);
}

static void wait_rearms_then_sends_then_takes(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	struct wait_moment moment = { .port = a };

	fake_raise(a);
	FIXTURE_EXPECT_PENDING(test, fx->f, a);
	wait_add_rearm(test, call, 0, a);
	wait_add_notify(test, call, 0, b);
	fake_at(FAKE_SEND, wait_at_send, &moment);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 1);
	KUNIT_EXPECT_FALSE(test, moment.masked);
	KUNIT_EXPECT_EQ(test, fake_sent(b), 1);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 0), a);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 1), 0);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(a));
}

static void wait_takes_as_many_as_fit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 ports[3];

	fixture_raise_many(test, fx->f, ports, 3);
	KUNIT_ASSERT_EQ(test, put_user(2, &call->arg.nr_ports), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 2);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 0), ports[0]);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 1), ports[1]);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 2), 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, ports[2]);
}

/* As a write does, what is not bound is passed over. */
static void wait_rearms_what_there_is(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 a = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	FIXTURE_EXPECT_PENDING(test, fx->f, a);
	wait_add_rearm(test, call, 0, FAKE_CHANNELS + 1);
	wait_add_rearm(test, call, 1, a);
	wait_add_rearm(test, call, 2, a);
	KUNIT_ASSERT_EQ(test, put_user(0, &call->arg.nr_ports), 0);
	KUNIT_ASSERT_EQ(test, put_user(-1, &call->arg.timeout), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
	KUNIT_EXPECT_EQ(test, fake_core_eois(a), 1);
}

static void wait_arguments(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 a = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	wait_add_rearm(test, call, 0, a);
	wait_add_notify(test, call, 0, a);
	KUNIT_ASSERT_EQ(test, put_user(1, &call->arg.flags), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EINVAL);
	KUNIT_ASSERT_EQ(test, put_user(0, &call->arg.flags), 0);
	KUNIT_ASSERT_EQ(test, put_user(EVTCHN_MANY + 1, &call->arg.nr_rearm), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EINVAL);
	KUNIT_ASSERT_EQ(test, put_user(1, &call->arg.nr_rearm), 0);
	KUNIT_ASSERT_EQ(test, put_user(U32_MAX, &call->arg.nr_notify), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EINVAL);
	KUNIT_ASSERT_EQ(test, put_user(1, &call->arg.nr_notify), 0);
	KUNIT_ASSERT_EQ(test, put_user(EVTCHN_MANY + 1, &call->arg.nr_ports), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EINVAL);
	KUNIT_EXPECT_EQ(test, wait_ioctl(fx->file[0], NULL), -EFAULT);

	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, a);
}

static void wait_sealed(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 a = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	wait_add_rearm(test, call, 0, a);
	wait_add_notify(test, call, 0, a);
	WRITE_ONCE(fx->f->seals, EVTCHN_SEAL_NOTIFY);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EPERM);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_EOI), 0);
	/* Who sends nothing may. */
	KUNIT_ASSERT_EQ(test, put_user(0, &call->arg.nr_notify), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 1);
	KUNIT_EXPECT_EQ(test, wait_port(test, call, 0), a);
}

static void wait_sealed_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);

	KUNIT_ASSERT_EQ(test, put_user((unsigned long)sealing_memory(test, fx->f),
				       &call->arg.notify), 0);
	KUNIT_ASSERT_EQ(test, put_user(1, &call->arg.nr_notify), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EPERM);
}

static void wait_notify_fails(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 virq = fixture_bind_virq(test, fx->f, 3);
	u32 a, b;

	wait_two_ports(test, &a, &b);
	wait_add_rearm(test, call, 0, a);
	wait_add_notify(test, call, 0, a);
	wait_add_notify(test, call, 1, FAKE_CHANNELS + 1);
	wait_add_notify(test, call, 2, b);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -ENOTCONN);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
	KUNIT_EXPECT_EQ(test, fake_sent(a), 1);
	KUNIT_EXPECT_EQ(test, fake_sent(b), 0);

	wait_add_notify(test, call, 0, virq);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EINVAL);
	FIXTURE_EXPECT_PENDING(test, fx->f, b);
}

static void wait_not_at_all(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);

	KUNIT_EXPECT_EQ(test, wait_now(test, call), 0);
	KUNIT_ASSERT_EQ(test, put_user(-1, &call->arg.timeout), 0);
	fx->file[0]->f_flags |= O_NONBLOCK;
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 0);
}

static void wait_until_the_time_is_over(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	ktime_t start = ktime_get();

	KUNIT_ASSERT_EQ(test, put_user(20 * NSEC_PER_MSEC, &call->arg.timeout), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 0);
	KUNIT_EXPECT_GE(test, ktime_ms_delta(ktime_get(), start), 20);
	/* Nobody is left in the queue. */
	reader_expect_asleep(test, fx->f, 0);
}

/* A time so long that it does not fit the clock is not over before it began. */
static void wait_longer_than_the_clock(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = wait_start(test, wait_thread_long);

	KUNIT_EXPECT_FALSE(test, reader_done(r, FIXTURE_SHORT));
	fake_raise(port);
	reader_expect_port(test, r, port);
}

static void wait_sleeps_until_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = wait_start(test, wait_thread), *s;

	s = reader_start(test, fx->file[0], buf + 64, 4);
	reader_expect_asleep(test, fx->f, 2);
	KUNIT_EXPECT_FALSE(test, reader_done(r, FIXTURE_SHORT));
	/* It takes its turn with those who read: one event, one of them. */
	fake_raise(port);
	reader_expect_port(test, r, port);
	reader_expect_asleep(test, fx->f, 1);
	KUNIT_EXPECT_FALSE(test, reader_done(s, FIXTURE_SHORT));
}

static void wait_interrupted(struct kunit *test)
{
	struct reader *r = wait_start(test, wait_thread);

	reader_interrupt(r);
	reader_expect_rc(test, r, -EINTR);
}

static void wait_wakes_as_domain_is_restored(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = wait_start(test, wait_thread);

	fake_restore();
	evtchn_files_restored();
	reader_expect_port(test, r, port);
}

static void wait_fault_wakes_another(struct kunit *test)
{
	reader_expect_fault_wakes_another(test, wait_thread);
}

static void wait_lists_fault(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *edge = user_memory(test, PAGE_SIZE) + USER_PAGE;
	struct wait_call __user *call = wait_new(test);
	u32 a, b;

	wait_two_ports(test, &a, &b);
	KUNIT_ASSERT_EQ(test, put_user(a, edge - 1), 0);

	/* The first of two is re-armed, and no more is done. */
	wait_add_notify(test, call, 0, b);
	KUNIT_ASSERT_EQ(test, put_user(2, &call->arg.nr_rearm), 0);
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)(edge - 1), &call->arg.rearm), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EFAULT);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);

	/* The first of two is sent on, and nothing taken. */
	KUNIT_ASSERT_EQ(test, put_user(0, &call->arg.nr_rearm), 0);
	KUNIT_ASSERT_EQ(test, put_user(2, &call->arg.nr_notify), 0);
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)(edge - 1), &call->arg.notify), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake_sent(a), 1);

	KUNIT_ASSERT_EQ(test, put_user(0, &call->arg.nr_notify), 0);
	KUNIT_ASSERT_EQ(test, put_user((unsigned long)edge, &call->arg.ports), 0);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), -EFAULT);
	FIXTURE_EXPECT_PENDING(test, fx->f, b);
}

static void wait_beside_a_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct wait_call __user *call = wait_new(test);
	u32 a = fixture_bind_unbound(test, fx->f);

	fake_raise(a);
	wait_add_notify(test, call, 0, a);
	mutex_lock(&fx->f->bind_mutex);
	KUNIT_EXPECT_EQ(test, wait_now(test, call), 1);
	mutex_unlock(&fx->f->bind_mutex);
}

static struct kunit_case wait_cases[] = {
	KUNIT_CASE(wait_rearms_then_sends_then_takes),
	KUNIT_CASE(wait_takes_as_many_as_fit),
	KUNIT_CASE(wait_rearms_what_there_is),
	KUNIT_CASE(wait_arguments),
	KUNIT_CASE(wait_sealed),
	KUNIT_CASE(wait_sealed_midway),
	KUNIT_CASE(wait_notify_fails),
	KUNIT_CASE(wait_not_at_all),
	KUNIT_CASE(wait_until_the_time_is_over),
	KUNIT_CASE(wait_longer_than_the_clock),
	KUNIT_CASE(wait_sleeps_until_event),
	KUNIT_CASE(wait_interrupted),
	KUNIT_CASE(wait_wakes_as_domain_is_restored),
	KUNIT_CASE(wait_fault_wakes_another),
	KUNIT_CASE(wait_lists_fault),
	KUNIT_CASE(wait_beside_a_bind),
	{}
};

static struct kunit_suite wait_suite = {
	.name = "xen_evtchn_wait",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = wait_cases,
};

kunit_test_suite(wait_suite);
