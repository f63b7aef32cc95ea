// SPDX-License-Identifier: GPL-2.0
/*
 * NOTIFY_MANY: an event on each port of a list.
 */

#include <kunit/test.h>

#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

static long batch_call(struct fixture *fx, const void __user *arg)
{
	return evtchn_fops.unlocked_ioctl(fx->file[0], IOCTL_EVTCHN_NOTIFY_MANY,
					  (unsigned long)arg);
}

/* The argument has memory of its own; the list is where the test has it. */
static long batch_notify(struct kunit *test, u32 flags, u32 count,
			 const struct evtchn_notify __user *list)
{
	const struct ioctl_evtchn_notify_many many = {
		.flags = flags,
		.count = count,
		.ports = (unsigned long)list,
	};
	u32 __user *arg = user_memory(test, PAGE_SIZE);

	KUNIT_ASSERT_EQ(test, copy_to_user(arg, &many, sizeof(many)), 0);
	return batch_call(test->priv, arg);
}

static struct evtchn_notify __user *batch_list(struct kunit *test,
					       const u32 *ports, u32 count)
{
	struct evtchn_notify __user *list;
	u32 i;

	list = (void __user *)user_memory(test, count * sizeof(*list));
	for (i = 0; i < count; i++) {
		KUNIT_ASSERT_EQ(test, put_user(ports[i], &list[i].port), 0);
		KUNIT_ASSERT_EQ(test, put_user(1, &list[i].result), 0);
	}
	return list;
}

static s32 batch_result(struct kunit *test,
			const struct evtchn_notify __user *entry)
{
	s32 result = 1;

	KUNIT_EXPECT_EQ(test, get_user(result, &entry->result), 0);
	return result;
}

static void batch_sends_on_each(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct evtchn_notify __user *list;
	u32 ports[3];

	ports[0] = fixture_bind_unbound(test, fx->f);
	ports[1] = fixture_bind_unbound(test, fx->f);
	ports[2] = ports[0];
	list = batch_list(test, ports, 3);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 3, list), 3);
	KUNIT_EXPECT_EQ(test, fake_sent(ports[0]), 2);
	KUNIT_EXPECT_EQ(test, fake_sent(ports[1]), 1);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[0]), 0);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[1]), 0);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[2]), 0);
}

/* The second that is sent is the second of the list. */
static void batch_in_order(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct evtchn_notify __user *list;
	u32 ports[3];
	int i;

	for (i = 2; i >= 0; i--)
		ports[i] = fixture_bind_unbound(test, fx->f);
	list = batch_list(test, ports, 3);
	fake_fail(FAKE_SEND, 2, -ENOBUFS);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 3, list), 2);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[0]), 0);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[1]), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[2]), 0);
}

static void batch_goes_on_after_failures(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct evtchn_notify __user *list;
	u32 ports[5];

	ports[0] = FAKE_CHANNELS + 7;
	ports[1] = fixture_bind_virq(test, fx->f, 3);
	ports[2] = fixture_bind_unbound(test, fx->g);
	ports[3] = fixture_bind_unbound(test, fx->f);
	ports[4] = U32_MAX;
	list = batch_list(test, ports, 5);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 5, list), 1);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[0]), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[1]), -EINVAL);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[2]), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[3]), 0);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[4]), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_sent(ports[2]), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(ports[3]), 1);
}

static void batch_arguments(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u8 __user *hole = (u8 __user *)user_memory(test, PAGE_SIZE) + PAGE_SIZE;
	struct evtchn_notify __user *list;
	u32 port = fixture_bind_unbound(test, fx->f);

	list = batch_list(test, &port, 1);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 1, 1, list), -EINVAL);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, EVTCHN_MANY + 1, list),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, U32_MAX, list), -EINVAL);
	KUNIT_EXPECT_EQ(test, batch_call(fx, NULL), -EFAULT);
	KUNIT_EXPECT_EQ(test, batch_call(fx, hole - 15), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
}

static void batch_longest(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 *ports = kunit_kcalloc(test, EVTCHN_MANY, sizeof(*ports), GFP_KERNEL);
	struct evtchn_notify __user *list;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, ports);
	ports[0] = fixture_bind_unbound(test, fx->f);
	for (i = 1; i < EVTCHN_MANY; i++)
		ports[i] = ports[0];
	list = batch_list(test, ports, EVTCHN_MANY);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, EVTCHN_MANY, list),
			EVTCHN_MANY);
	KUNIT_EXPECT_EQ(test, fake_sent(ports[0]), EVTCHN_MANY);
}

/* What came before the hole was sent, and has its result. */
static void batch_faults_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u8 __user *edge = (u8 __user *)user_memory(test, PAGE_SIZE) + PAGE_SIZE;
	struct evtchn_notify __user *list = (void __user *)(edge - 8);
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_ASSERT_EQ(test, put_user(port, &list[0].port), 0);
	KUNIT_ASSERT_EQ(test, put_user(1, &list[0].result), 0);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 2, list), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	KUNIT_EXPECT_EQ(test, batch_result(test, &list[0]), 0);

	/* A port that can be read, and its result not written, is sent on. */
	list = (void __user *)(edge - 4);
	KUNIT_ASSERT_EQ(test, put_user(port, &list[0].port), 0);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 1, list), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);

	list = (void __user *)edge;
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 1, list), -EFAULT);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);
}

/* Sealed comes before all that is wrong with the argument. */
static void batch_sealed(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	WRITE_ONCE(fx->f->seals, EVTCHN_SEAL_BIND);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 1,
					   batch_list(test, &port, 1)), 1);
	WRITE_ONCE(fx->f->seals, EVTCHN_SEAL_NOTIFY);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 1,
					   batch_list(test, &port, 1)), -EPERM);
	KUNIT_EXPECT_EQ(test, batch_call(fx, NULL), -EPERM);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
}

/* Sealed as the list is read. */
static void batch_sealed_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct evtchn_notify __user *list;

	list = (void __user *)sealing_memory(test, fx->f);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 2, list), 0);
	KUNIT_EXPECT_EQ(test, batch_result(test, list), -EPERM);
	KUNIT_EXPECT_EQ(test, batch_result(test, list + 1), -EPERM);
}

static void batch_beside_a_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct evtchn_notify __user *list = batch_list(test, &port, 1);

	mutex_lock(&fx->f->bind_mutex);
	KUNIT_EXPECT_EQ(test, batch_notify(test, 0, 1, list), 1);
	mutex_unlock(&fx->f->bind_mutex);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(batch_sends_on_each),
	KUNIT_CASE(batch_in_order),
	KUNIT_CASE(batch_goes_on_after_failures),
	KUNIT_CASE(batch_arguments),
	KUNIT_CASE(batch_longest),
	KUNIT_CASE(batch_faults_midway),
	KUNIT_CASE(batch_sealed),
	KUNIT_CASE(batch_sealed_midway),
	KUNIT_CASE(batch_beside_a_bind),
	{}
};

static struct kunit_suite batch_suite = {
	.name = "xen_evtchn_batch",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = batch_cases,
};

kunit_test_suite(batch_suite);
