// SPDX-License-Identifier: GPL-2.0
/*
 * The commands beyond the stock ABI: their arguments, and what STATUS tells.
 */

#include <kunit/test.h>

#include "ext_fixture.h"

static void ext_features(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_features features = { .version = 99 };
	u64 want = EVTCHN_FEATURE_STATUS | EVTCHN_FEATURE_SEAL |
		   EVTCHN_FEATURE_PRIORITY | EVTCHN_FEATURE_AFFINITY;

	KUNIT_ASSERT_EQ(test, EXT_CALL(test, fx->f, FEATURES, &features), 0);
	KUNIT_EXPECT_EQ(test, features.features & want, want);
	KUNIT_EXPECT_EQ(test, features.version, EVTCHN_EXT_VERSION);
}

static const unsigned int ext_commands[] = {
	IOCTL_EVTCHN_FEATURES,
	IOCTL_EVTCHN_STATUS,
	IOCTL_EVTCHN_PEER,
	IOCTL_EVTCHN_SEAL,
	IOCTL_EVTCHN_PRIORITY,
	IOCTL_EVTCHN_AFFINITY,
};

static void ext_bad_pointer(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u8 __user *hole = (u8 __user *)user_memory(test, PAGE_SIZE) + PAGE_SIZE;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ext_commands); i++) {
		unsigned int cmd = ext_commands[i];
		u8 __user *last = hole - _IOC_SIZE(cmd) + 1;

		KUNIT_EXPECT_EQ(test, evtchn_fops.unlocked_ioctl(fx->file[0], cmd,
								 (unsigned long)last),
				-EFAULT);
	}
}

/* Of all but SEAL the first word is flags, of which there are none yet. */
static void ext_unknown_flag(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ext_commands); i++) {
		u32 arg[12] = { [0] = 1U << 31, [1] = port };

		KUNIT_EXPECT_EQ(test, ext_call(test, fx->f, ext_commands[i], arg),
				-EINVAL);
	}
}

static void ext_reserved(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_status first = { .port = port, .reserved = { 1, 0 } };
	struct ioctl_evtchn_status second = { .port = port, .reserved = { 0, 1 } };
	struct ioctl_evtchn_priority priority = { .port = port, .reserved = 1 };
	struct ioctl_evtchn_affinity affinity = { .port = port, .reserved = 1 };

	fake_channels[port].priority = 7;
	fake_channels[port].vcpu = 2;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, STATUS, &first), -EINVAL);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, STATUS, &second), -EINVAL);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), -EINVAL);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, AFFINITY, &affinity), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_channels[port].priority, 7);
	KUNIT_EXPECT_EQ(test, fake_channels[port].vcpu, 2);
}

static void ext_status_of_each_kind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = ext_bind_interdomain(test, fx->f, 5, 66);
	u32 c = fixture_bind_virq(test, fx->f, 3);
	struct ioctl_evtchn_status status;

	fake_channels[a].domid = 4;
	fake_channels[b].vcpu = 2;
	status = ext_status(test, fx->f, a);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_UNBOUND);
	KUNIT_EXPECT_EQ(test, status.remote_domain, 4);
	KUNIT_EXPECT_EQ(test, status.remote_port, 0);
	KUNIT_EXPECT_EQ(test, status.vcpu, 0);

	status = ext_status(test, fx->f, b);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_INTERDOMAIN);
	KUNIT_EXPECT_EQ(test, status.remote_domain, 5);
	KUNIT_EXPECT_EQ(test, status.remote_port, 66);
	KUNIT_EXPECT_EQ(test, status.vcpu, 2);

	status = ext_status(test, fx->f, c);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_VIRQ);
	KUNIT_EXPECT_EQ(test, status.virq, 3);
	KUNIT_EXPECT_EQ(test, status.remote_domain, 0);

	fake_close_behind(c);
	status = ext_status(test, fx->f, c);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_CLOSED);
	KUNIT_EXPECT_EQ(test, status.virq, 0);
	/* So that the end finds a channel to close. */
	fake_make_foreign(c, FAKE_VIRQ);
	fake_channels[c].ours = true;
}

/* What the client wrote into the fields for answers does not come back. */
static void ext_status_overwrites(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_status status;

	memset(&status, 0xa5, sizeof(status));
	status.flags = 0;
	status.port = fixture_bind_unbound(test, fx->f);
	status.reserved[0] = 0;
	status.reserved[1] = 0;
	fake_channels[status.port].domid = 0;
	KUNIT_ASSERT_EQ(test, EXT_CALL(test, fx->f, STATUS, &status), 0);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_UNBOUND);
	KUNIT_EXPECT_EQ(test, status.vcpu, 0);
	KUNIT_EXPECT_EQ(test, status.remote_domain, 0);
	KUNIT_EXPECT_EQ(test, status.remote_port, 0);
	KUNIT_EXPECT_EQ(test, status.virq, 0);
	KUNIT_EXPECT_EQ(test, status.pending, EVTCHN_PENDING_ARMED);
	KUNIT_EXPECT_EQ(test, status.events, 0);
	KUNIT_EXPECT_EQ(test, status.rearms, 0);
}

static void ext_expect_counts(struct kunit *test, u32 port, u32 pending,
			      u32 events, u32 rearms)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_status status = ext_status(test, fx->f, port);

	KUNIT_EXPECT_EQ(test, status.pending, pending);
	KUNIT_EXPECT_EQ(test, status.events, events);
	KUNIT_EXPECT_EQ(test, status.rearms, rearms);
}

static void ext_status_counts(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 0, 0);
	fake_raise(port);
	ext_expect_counts(test, port, EVTCHN_PENDING_QUEUED, 1, 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	ext_expect_counts(test, port, 0, 1, 0);
	fixture_rearm(fx->f, port);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 1, 1);
	/* Written back for nothing. */
	fixture_rearm(fx->f, port);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 1, 1);
}

/* One that comes too early counts when it is delivered. */
static void ext_status_counts_latched(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fake_core_call_handler(port);
	ext_expect_counts(test, port, 0, 1, 0);
	fixture_rearm(fx->f, port);
	ext_expect_counts(test, port, EVTCHN_PENDING_QUEUED, 2, 1);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 2, 2);
}

static void ext_status_counts_reset(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fixture_reset(fx->f);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 1, 1);
}

/* The counts turn over at 2^30, and the port's arming is not hurt. */
static void ext_status_counts_turn_over(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct evtchn_port *p;

	mutex_lock(&fx->f->bind_mutex);
	p = evtchn_table_find(fx->f, port);
	atomic_set(&p->arming, (int)~EVTCHN_ARMING_MASK | EVTCHN_ARMED);
	mutex_unlock(&fx->f->bind_mutex);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 0x3fffffff, 0x3fffffff);
	fake_raise(port);
	ext_expect_counts(test, port, EVTCHN_PENDING_QUEUED, 0, 0x3fffffff);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fixture_rearm(fx->f, port);
	ext_expect_counts(test, port, EVTCHN_PENDING_ARMED, 0, 0);
	fake_raise(port);
	ext_expect_counts(test, port, EVTCHN_PENDING_QUEUED, 1, 0);
}

static void ext_status_stale(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = ext_bind_interdomain(test, fx->f, 5, 66);
	struct ioctl_evtchn_status status;
	unsigned int asked;

	fake_restore();
	evtchn_files_restored();
	/* The number may be somebody else's by now, so it is not asked for. */
	fake_make_foreign(port, FAKE_VIRQ);
	asked = fake_calls(FAKE_STATUS);
	status = ext_status(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, status.state, EVTCHN_STATE_STALE);
	KUNIT_EXPECT_EQ(test, status.remote_domain, 0);
	KUNIT_EXPECT_EQ(test, status.pending & EVTCHN_PENDING_QUEUED,
			EVTCHN_PENDING_QUEUED);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_STATUS), asked);
	fake_close_foreign(port);
}

static void ext_of_others(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->g);
	struct ioctl_evtchn_status status = { .port = port };
	struct ioctl_evtchn_peer peer = { .port = port };
	struct ioctl_evtchn_priority priority = { .port = port };
	struct ioctl_evtchn_affinity affinity = { .port = port };

	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, STATUS, &status), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, AFFINITY, &affinity), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_STATUS), 0);
}

static struct kunit_case ext_cases[] = {
	KUNIT_CASE(ext_features),
	KUNIT_CASE(ext_bad_pointer),
	KUNIT_CASE(ext_unknown_flag),
	KUNIT_CASE(ext_reserved),
	KUNIT_CASE(ext_status_of_each_kind),
	KUNIT_CASE(ext_status_overwrites),
	KUNIT_CASE(ext_status_counts),
	KUNIT_CASE(ext_status_counts_latched),
	KUNIT_CASE(ext_status_counts_reset),
	KUNIT_CASE(ext_status_counts_turn_over),
	KUNIT_CASE(ext_status_stale),
	KUNIT_CASE(ext_of_others),
	{}
};

static struct kunit_suite ext_suite = {
	.name = "xen_evtchn_ext",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = ext_cases,
};

kunit_test_suite(ext_suite);
