// SPDX-License-Identifier: GPL-2.0
/* X04: a file that gives up binding, or notifying, for good. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define BOTH	(EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY)

static unsigned int seals_of(int fd)
{
	struct ioctl_evtchn_seal seal = { .seals = ~0U };

	EXPECT_RET(ioctl(fd, IOCTL_EVTCHN_SEAL, &seal), 0);
	return seal.seals;
}

TEST_CASE(seal_adds, "X04 seals add up, and none is ever taken off", NEW)
{
	int fd = raw_open(O_RDWR);

	EXPECT_EQ(seals_of(fd), 0);
	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_NOTIFY), 0);
	EXPECT_EQ(seals_of(fd), EVTCHN_SEAL_NOTIFY);
	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
	EXPECT_EQ(seals_of(fd), BOTH);
	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
	EXPECT_EQ(seals_of(fd), BOTH);
}

TEST_CASE(seal_unknown, "X04 a seal that there is not is EINVAL, and none is set", NEW)
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_seal(fd, EVTCHN_SEAL_BIND | 4), EINVAL);
	EXPECT_EQ(seals_of(fd), 0);
	bind_unbound(open_device());
	EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind: %s", errno_name(errno));
}

TEST_CASE(seal_bind,
	  "X04 a file sealed against binding binds nothing: EPERM, whatever the argument",
	  NEW)
{
	unsigned int port = bind_unbound(open_device());
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), EPERM);
	EXPECT_ERR(raw_bind_interdomain(fd, SELF, port), EPERM);
	EXPECT_ERR(raw_bind_virq(fd, 0), EPERM);
	EXPECT_ERR(raw_bind_static(fd, port), EPERM);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, nowhere), EPERM);
}

TEST_CASE(seal_bind_rest, "X04 a file sealed against binding goes on with the ports that it has",
	  NEW)
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_seal(p.a.fd, EVTCHN_SEAL_BIND), 0);
	expect_pair_works(&p);
	EXPECT_RET(raw_reset(p.a.fd), 0);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	EXPECT_ERR(raw_bind_unbound(p.a.fd, SELF), EPERM);
}

TEST_CASE(seal_notify,
	  "X04 a file sealed against notifying sends nothing: EPERM, whatever the argument",
	  NEW)
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_seal(p.a.fd, EVTCHN_SEAL_NOTIFY), 0);
	EXPECT_ERR(raw_notify(p.a.fd, p.a.port), EPERM);
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_NOTIFY, nowhere), EPERM);
	expect_silence(p.b.fd);
	/* It still receives, and the peer is not concerned. */
	expect_delivery(&p.b, &p.a);
	EXPECT(raw_bind_unbound(p.a.fd, SELF) > 0, "bind: %s", errno_name(errno));
}

TEST_CASE(seal_shared, "X04 a seal holds for all who have the file, and for no other file",
	  NEW)
{
	int fd = raw_open(O_RDWR), copy = dup(fd);
	pid_t pid;

	pid = fork_child();
	if (!pid) {
		EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
		_exit(0);
	}
	join_child(pid);
	EXPECT_ERR(raw_bind_unbound(copy, SELF), EPERM);
	EXPECT(raw_bind_unbound(raw_open(O_RDWR), SELF) > 0, "bind: %s", errno_name(errno));
}

/* A broker binds, seals, and hands the file to a worker, who sends back what comes. */
TEST_CASE(seal_broker, "X04 a worker in another process serves a port, and can do no more",
	  NEW)
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	EXPECT_RET(raw_seal(p.b.fd, EVTCHN_SEAL_BIND), 0);
	pid = fork_child();
	if (!pid) {
		expect_event(&p.b);
		unmask(&p.b);
		EXPECT_RET(raw_notify(p.b.fd, p.b.port), 0);
		EXPECT_ERR(raw_bind_unbound(p.b.fd, SELF), EPERM);
		_exit(0);
	}
	notify(&p.a);
	expect_event(&p.a);
	join_child(pid);
}

TEST_CASE(seal_restricted, "X04 a file can be restricted and sealed, and a seal is looked at first",
	  NEW)
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, NOBODY), 0);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), EACCES);
	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), EPERM);
	EXPECT_ERR(raw_bind_interdomain(fd, NOBODY, 1), EPERM);
}
