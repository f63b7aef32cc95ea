// SPDX-License-Identifier: GPL-2.0
/*
 * The commands: their arguments, the order in which those are looked at, and what
 * a restricted file refuses.
 */

#include <kunit/test.h>

#include <linux/ioctl.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

#define IOCTL_DOMID_SELF	0x7FF0

static long ioctl_call(struct evtchn_file *f, struct fixture *fx,
		       unsigned int cmd, const void __user *arg)
{
	struct file *file = fx->file[f == fx->g];

	return evtchn_fops.unlocked_ioctl(file, cmd, (unsigned long)arg);
}

/* With an argument of up to two words, as a client has it in his memory. */
static long ioctl_words(struct kunit *test, struct evtchn_file *f,
			unsigned int cmd, u32 first, u32 second)
{
	u32 __user *arg = user_memory(test, PAGE_SIZE);

	KUNIT_ASSERT_EQ(test, put_user(first, &arg[0]), 0);
	KUNIT_ASSERT_EQ(test, put_user(second, &arg[1]), 0);
	return ioctl_call(f, test->priv, cmd, arg);
}

static long ioctl_restrict(struct kunit *test, u16 domid)
{
	struct fixture *fx = test->priv;

	/* The argument has two bytes; what follows them is not looked at. */
	return ioctl_words(test, fx->f, IOCTL_EVTCHN_RESTRICT_DOMID,
			   domid | 0xdead0000, 0);
}

static void ioctl_bind_returns_the_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	long a, b, c;

	a = ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_UNBOUND_PORT, 4, 0);
	b = ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_INTERDOMAIN, 5, 66);
	c = ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_VIRQ, 3, 0);
	KUNIT_ASSERT_GT(test, a, 0);
	KUNIT_ASSERT_GT(test, b, 0);
	KUNIT_ASSERT_GT(test, c, 0);

	KUNIT_EXPECT_EQ(test, fake_channels[a].state, FAKE_UNBOUND);
	KUNIT_EXPECT_EQ(test, fake_channels[a].domid, 4);
	KUNIT_EXPECT_EQ(test, fake_channels[b].state, FAKE_INTERDOMAIN);
	KUNIT_EXPECT_EQ(test, fake_channels[b].domid, 5);
	KUNIT_EXPECT_EQ(test, fake_channels[b].remote_port, 66);
	KUNIT_EXPECT_EQ(test, fake_channels[c].state, FAKE_VIRQ);
	KUNIT_EXPECT_EQ(test, fake_channels[c].virq, 3);
}

static void ioctl_bind_static_returns_zero(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fake_make_foreign(20, FAKE_INTERDOMAIN);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_STATIC,
					  20, 0), 0);
	fake_raise(20);
	FIXTURE_EXPECT_PENDING(test, fx->f, 20);
	fixture_close(test, 0);
	fake_close_foreign(20);
}

static void ioctl_of_a_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_NOTIFY,
					  port, 0), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_RESET, NULL), 0);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_UNBIND,
					  port, 0), 0);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_NOTIFY,
					  port, 0), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_UNBIND,
					  port, 0), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_UNBIND,
					  FAKE_CHANNELS, 0), -EINVAL);
}

static const unsigned int ioctl_with_argument[] = {
	IOCTL_EVTCHN_BIND_VIRQ,
	IOCTL_EVTCHN_BIND_INTERDOMAIN,
	IOCTL_EVTCHN_BIND_UNBOUND_PORT,
	IOCTL_EVTCHN_UNBIND,
	IOCTL_EVTCHN_NOTIFY,
	IOCTL_EVTCHN_RESTRICT_DOMID,
	IOCTL_EVTCHN_BIND_STATIC,
};

static void ioctl_bad_pointer(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u8 __user *hole = (u8 __user *)user_memory(test, PAGE_SIZE) + PAGE_SIZE;
	int i;

	for (i = 0; i < ARRAY_SIZE(ioctl_with_argument); i++) {
		unsigned int cmd = ioctl_with_argument[i];

		KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, cmd, hole), -EFAULT);
		KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, cmd, NULL), -EFAULT);
		/* The last byte is one too far. */
		KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, cmd,
						 hole - _IOC_SIZE(cmd) + 1),
				-EFAULT);
	}
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_OPEN), 0);
}

static void ioctl_unknown(struct kunit *test)
{
	struct fixture *fx = test->priv;

	/* Ours, but there is no such; or with another size, or direction. */
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, _IO('E', 8), NULL), -ENOSYS);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, _IO('E', 255), NULL),
			-ENOSYS);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, _IO('E', 0), NULL), -ENOSYS);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, _IOR('E', 5, u32), NULL),
			-ENOSYS);
	/* Somebody else's. */
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, _IO('T', 1), NULL), -ENOTTY);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, 0, NULL), -ENOTTY);
}

static void ioctl_domid_above_16_bits(struct kunit *test)
{
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_UNBOUND_PORT,
					  0x10000, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_INTERDOMAIN,
					  0x10001, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_OPEN), 0);
	KUNIT_EXPECT_GT(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_UNBOUND_PORT,
					  IOCTL_DOMID_SELF, 0), 0);
}

static void ioctl_error_of_xen(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fake_fail(FAKE_OPEN, 1, -ESRCH);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_INTERDOMAIN, 9, 1),
			-ESRCH);
}

static void ioctl_restrict_to_what_is_no_domain(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, IOCTL_DOMID_SELF), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, U16_MAX), -EINVAL);
	/* The file is as it was. */
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, IOCTL_DOMID_SELF - 1), 0);
}

static void ioctl_restrict_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, 7), 0);
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, 7), -EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_restrict(test, 8), -EACCES);
}

static void ioctl_restricted_binds_to_its_domain(struct kunit *test)
{
	struct fixture *fx = test->priv;

	KUNIT_ASSERT_EQ(test, ioctl_restrict(test, 7), 0);
	KUNIT_EXPECT_GT(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_INTERDOMAIN, 7, 1),
			0);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_INTERDOMAIN, 8, 1),
			-EACCES);
	/* The same in its lower 16 bits is another domain, not an invalid one. */
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_INTERDOMAIN,
					  0x10007, 1), -EACCES);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 1);
}

static void ioctl_restricted_refuses_before_it_looks(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fake_make_foreign(20, FAKE_INTERDOMAIN);
	KUNIT_ASSERT_EQ(test, ioctl_restrict(test, 7), 0);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f,
					  IOCTL_EVTCHN_BIND_UNBOUND_PORT, 7, 0),
			-EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_STATIC,
					  20, 0), -EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_BIND_VIRQ,
					  3, 0), -EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_BIND_VIRQ, NULL),
			-EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
					 NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_BIND_STATIC,
					 NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_RESTRICT_DOMID,
					 NULL), -EACCES);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_OPEN), 0);
	fake_close_foreign(20);
}

/* What it had before it keeps; and the other file is another matter. */
static void ioctl_restricted_keeps_its_ports(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	KUNIT_ASSERT_EQ(test, ioctl_restrict(test, 7), 0);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_NOTIFY,
					  port, 0), 0);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_RESET, NULL), 0);
	KUNIT_EXPECT_EQ(test, ioctl_words(test, fx->f, IOCTL_EVTCHN_UNBIND,
					  port, 0), 0);
	KUNIT_EXPECT_GT(test, ioctl_words(test, fx->g, IOCTL_EVTCHN_BIND_VIRQ,
					  3, 0), 0);
}

/* Whoever is in the midst of a command may be so for ever, by his argument's memory. */
static void ioctl_lets_a_killed_caller_go(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h = holder_start(test, fx->f);

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_RESET, NULL), -EINTR);
	flush_signals(current);
	disallow_signal(SIGKILL);
	holder_stop(h);
	KUNIT_EXPECT_EQ(test, ioctl_call(fx->f, fx, IOCTL_EVTCHN_RESET, NULL), 0);
}

static struct kunit_case ioctl_cases[] = {
	KUNIT_CASE(ioctl_bind_returns_the_port),
	KUNIT_CASE(ioctl_bind_static_returns_zero),
	KUNIT_CASE(ioctl_of_a_port),
	KUNIT_CASE(ioctl_bad_pointer),
	KUNIT_CASE(ioctl_unknown),
	KUNIT_CASE(ioctl_domid_above_16_bits),
	KUNIT_CASE(ioctl_error_of_xen),
	KUNIT_CASE(ioctl_restrict_to_what_is_no_domain),
	KUNIT_CASE(ioctl_restrict_once),
	KUNIT_CASE(ioctl_restricted_binds_to_its_domain),
	KUNIT_CASE(ioctl_restricted_refuses_before_it_looks),
	KUNIT_CASE(ioctl_restricted_keeps_its_ports),
	KUNIT_CASE(ioctl_lets_a_killed_caller_go),
	{}
};

static struct kunit_suite ioctl_suite = {
	.name = "xen_evtchn_ioctl",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = ioctl_cases,
};

kunit_test_suite(ioctl_suite);
