// SPDX-License-Identifier: GPL-2.0
/*
 * PEER, SEAL, PRIORITY and AFFINITY.
 */

#include <kunit/test.h>

#include "ext_fixture.h"

static long peer_restrict_file(struct kunit *test, u16 domid)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_restrict_domid arg = { .domid = domid };

	return EXT_CALL(test, fx->f, RESTRICT_DOMID, &arg);
}

static void peer_of_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_peer peer = { .domain = 99, .peer = 99 };

	peer.port = ext_bind_interdomain(test, fx->f, 5, 66);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.domain, 5);
	KUNIT_EXPECT_EQ(test, peer.peer, EVTCHN_PEER_EXISTS | EVTCHN_PEER_BOUND);

	/* The peer closes its end. */
	fake_channels[peer.port].state = FAKE_UNBOUND;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.domain, 5);
	KUNIT_EXPECT_EQ(test, peer.peer, EVTCHN_PEER_EXISTS);

	fake_domain_gone(5);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.domain, 5);
	KUNIT_EXPECT_EQ(test, peer.peer, 0);
}

static void peer_of_port_without(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_peer peer = {};
	u32 a = fixture_bind_virq(test, fx->f, 3);
	u32 b = ext_bind_interdomain(test, fx->f, 5, 66);

	peer.port = a;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -EINVAL);
	fake_restore();
	evtchn_files_restored();
	peer.port = b;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -EINVAL);
}

static void peer_domain(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_peer peer = { .domain = 5, .peer = 99 };

	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.peer, EVTCHN_PEER_EXISTS);
	fake_domain_gone(5);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.peer, 0);
	peer.domain = EVTCHN_XEN_DOMID_SELF;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.peer, EVTCHN_PEER_EXISTS);
}

/* A reserved domid is not asked for, nor one that would be cut: see the ledger. */
static void peer_no_domain(struct kunit *test)
{
	static const u32 none[] = { 0x7FF1, U16_MAX, 0x10000, 0x10005, U32_MAX };
	struct fixture *fx = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++) {
		struct ioctl_evtchn_peer peer = { .domain = none[i] };

		KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -EINVAL);
	}
}

static void peer_restricted(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_peer peer = { .domain = 7 };
	u32 before = ext_bind_interdomain(test, fx->f, 5, 66);

	KUNIT_ASSERT_EQ(test, peer_restrict_file(test, 7), 0);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	peer.domain = 5;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -EACCES);
	peer.port = before;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), -EACCES);
	peer.port = ext_bind_interdomain(test, fx->f, 7, 1);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PEER, &peer), 0);
	KUNIT_EXPECT_EQ(test, peer.domain, 7);
}

static long seal_file(struct kunit *test, u32 flags, u32 expected)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_seal seal = { .flags = flags, .seals = 99 };
	long rc = EXT_CALL(test, fx->f, SEAL, &seal);

	if (!rc)
		KUNIT_EXPECT_EQ(test, seal.seals, expected);
	return rc;
}

static void seal_adds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, seal_file(test, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, seal_file(test, EVTCHN_SEAL_NOTIFY, EVTCHN_SEAL_NOTIFY), 0);
	KUNIT_EXPECT_EQ(test, seal_file(test, EVTCHN_SEAL_BIND | 4, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, seal_file(test, 0, EVTCHN_SEAL_NOTIFY), 0);
	KUNIT_EXPECT_EQ(test, seal_file(test, EVTCHN_SEAL_BIND,
					EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY), 0);
	KUNIT_EXPECT_EQ(test, seal_file(test, 0,
					EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY), 0);
}

static const unsigned int seal_refuses[] = {
	IOCTL_EVTCHN_BIND_VIRQ,
	IOCTL_EVTCHN_BIND_INTERDOMAIN,
	IOCTL_EVTCHN_BIND_UNBOUND_PORT,
	IOCTL_EVTCHN_BIND_STATIC,
};

static void seal_bind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_unbind unbind = { .port = port };
	unsigned int opened = fake_calls(FAKE_OPEN);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, seal_file(test, EVTCHN_SEAL_BIND, EVTCHN_SEAL_BIND), 0);
	/* Before the argument is looked at. */
	for (i = 0; i < ARRAY_SIZE(seal_refuses); i++)
		KUNIT_EXPECT_EQ(test, evtchn_fops.unlocked_ioctl(fx->file[0],
								 seal_refuses[i], 0),
				-EPERM);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_OPEN), opened);

	/* The rest goes on, and so does the other file. */
	KUNIT_EXPECT_EQ(test, evtchn_port_notify(fx->f, port), 0);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, UNBIND, &unbind), 0);
	fixture_bind_unbound(test, fx->g);
}

static void seal_notify(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_notify notify = { .port = port };

	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, NOTIFY, &notify), 0);
	KUNIT_ASSERT_EQ(test, seal_file(test, EVTCHN_SEAL_NOTIFY, EVTCHN_SEAL_NOTIFY), 0);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, NOTIFY, &notify), -EPERM);
	KUNIT_EXPECT_EQ(test, evtchn_fops.unlocked_ioctl(fx->file[0],
							 IOCTL_EVTCHN_NOTIFY, 0),
			-EPERM);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	fixture_bind_unbound(test, fx->f);
}

/* A call that began before the file was sealed, and waits for its argument. */
static void seal_notify_midway(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned long arg = (unsigned long)sealing_memory(test, fx->f);

	KUNIT_EXPECT_EQ(test, evtchn_fops.unlocked_ioctl(fx->file[0],
							 IOCTL_EVTCHN_NOTIFY, arg),
			-EPERM);
}

static void set_priority(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_priority priority = { .priority = 15 };

	priority.port = fixture_bind_unbound(test, fx->f);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), 0);
	KUNIT_EXPECT_EQ(test, fake_channels[priority.port].priority, 15);
	priority.priority = 16;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_channels[priority.port].priority, 15);
	priority.priority = 0;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), 0);
	KUNIT_EXPECT_EQ(test, fake_channels[priority.port].priority, 0);
	fake_2level();
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), -EOPNOTSUPP);
}

static void set_affinity(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct ioctl_evtchn_affinity affinity = { .cpu = 3 };

	affinity.port = fixture_bind_unbound(test, fx->f);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, AFFINITY, &affinity), 0);
	KUNIT_EXPECT_EQ(test, ext_status(test, fx->f, affinity.port).vcpu, 3);
	affinity.cpu = FAKE_CPUS;
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, AFFINITY, &affinity), -EINVAL);
}

/* A stale port has no channel to set anything of: see the ledger. */
static void set_of_stale(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_priority priority = { .port = port };
	struct ioctl_evtchn_affinity affinity = { .port = port };

	fake_restore();
	evtchn_files_restored();
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, PRIORITY, &priority), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, AFFINITY, &affinity), -ENOTCONN);
}

static struct kunit_case peer_cases[] = {
	KUNIT_CASE(peer_of_port),
	KUNIT_CASE(peer_of_port_without),
	KUNIT_CASE(peer_domain),
	KUNIT_CASE(peer_no_domain),
	KUNIT_CASE(peer_restricted),
	KUNIT_CASE(seal_adds),
	KUNIT_CASE(seal_bind),
	KUNIT_CASE(seal_notify),
	KUNIT_CASE(seal_notify_midway),
	KUNIT_CASE(set_priority),
	KUNIT_CASE(set_affinity),
	KUNIT_CASE(set_of_stale),
	{}
};

static struct kunit_suite peer_suite = {
	.name = "xen_evtchn_peer",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = peer_cases,
};

kunit_test_suite(peer_suite);
