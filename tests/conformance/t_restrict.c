// SPDX-License-Identifier: GPL-2.0
/* C32: a file restricted to one peer. */
#include <fcntl.h>
#include <unistd.h>

#include <xentoolcore.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

TEST_CASE(restrict_zero, "C32 RESTRICT_DOMID to domain 0 or a reserved number is EINVAL")
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_restrict(fd, 0), EINVAL);
	EXPECT_ERR(raw_restrict(fd, DOMID_FIRST_RESERVED), EINVAL);
	EXPECT_ERR(raw_restrict(fd, DOMID_INVALID), EINVAL);
	EXPECT_ERR(raw_restrict(fd, 0xffff), EINVAL);
	EXPECT(raw_bind_unbound(fd, SELF) > 0, "the file is restricted");
}

TEST_CASE(restrict_range, "C32 RESTRICT_DOMID takes the lowest and the highest domain number")
{
	EXPECT_RET(raw_restrict(raw_open(O_RDWR), 1), 0);
	EXPECT_RET(raw_restrict(raw_open(O_RDWR), NOBODY), 0);
}

TEST_CASE(restrict_twice, "C32 RESTRICT_DOMID a second time is EACCES, for the same domain too")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 5), 0);
	EXPECT_ERR(raw_restrict(fd, 5), EACCES);
	EXPECT_ERR(raw_restrict(fd, 6), EACCES);
	EXPECT_ERR(raw_restrict(fd, 0), EACCES);
}

TEST_CASE(restrict_virq, "C32 a restricted file can not bind a VIRQ: EACCES")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 1), 0);
	EXPECT_ERR(raw_bind_virq(fd, 7), EACCES);
	EXPECT_ERR(raw_bind_virq(fd, NR_VIRQS), EACCES);
}

TEST_CASE(restrict_unbound, "C32 a restricted file can not make an unbound port: EACCES")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 1), 0);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), EACCES);
	EXPECT_ERR(raw_bind_unbound(fd, 1), EACCES);
}

TEST_CASE(restrict_other, "C32 a restricted file can not connect to another domain: EACCES")
{
	unsigned int port = bind_unbound(open_device());
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, NOBODY), 0);
	EXPECT_ERR(raw_bind_interdomain(fd, SELF, port), EACCES);
	EXPECT_ERR(raw_bind_interdomain(fd, 0, port), EACCES);
	EXPECT_ERR(raw_bind_interdomain(fd, 1, port), EACCES);
	EXPECT_ERR(raw_bind_interdomain(fd, 0x10000 + NOBODY, port), EACCES);
}

TEST_CASE(restrict_allowed, "C32 a restricted file is let through to its own domain")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, NOBODY), 0);
	/* Which does not exist: the answer is Xen's. */
	EXPECT_ERR(raw_bind_interdomain(fd, NOBODY, 1), ESRCH);
}

TEST_CASE(restrict_self, "C32 a file restricted to the own domain connects to it")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(open_device());
	domid_t self;

	need_hypercalls();
	self = own_domid();
	if (self == 0)
		skip("no file can be restricted to domain 0");
	EXPECT_RET(xenevtchn_restrict(xce, self), 0);
	EXPECT(xenevtchn_bind_interdomain(xce, self, port) > 0,
	       "bind_interdomain: %s", errno_name(errno));
}

TEST_CASE(restrict_before, "C32 ports bound before go on working in a restricted file")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(xenevtchn_restrict(p.a.xce, 1), 0);
	EXPECT_RET(xenevtchn_restrict(p.b.xce, 1), 0);
	expect_pair_works(&p);
}

TEST_CASE(restrict_unbind, "C32 a restricted file can unbind and RESET")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(xenevtchn_restrict(p.b.xce, 1), 0);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	EXPECT_ERR(xenevtchn_unbind(p.b.xce, p.b.port), ENOTCONN);
}

TEST_CASE(restrict_inherited, "C32 a restriction holds in a child process and for a duplicate")
{
	int fd = raw_open(O_RDWR), copy;
	pid_t pid;

	EXPECT_RET(raw_restrict(fd, 1), 0);
	copy = dup(fd);
	EXPECT_ERR(raw_bind_unbound(copy, SELF), EACCES);
	pid = fork_child();
	if (pid == 0) {
		EXPECT_ERR(raw_bind_unbound(fd, SELF), EACCES);
		_exit(0);
	}
	join_child(pid);
}

TEST_CASE(restrict_by_child, "C32 a restriction by a child process holds for the parent")
{
	int fd = raw_open(O_RDWR);
	pid_t pid = fork_child();

	if (pid == 0) {
		EXPECT_RET(raw_restrict(fd, 1), 0);
		_exit(0);
	}
	join_child(pid);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), EACCES);
}

TEST_CASE(restrict_all, "C32 xentoolcore_restrict_all restricts every file opened by the library")
{
	xenevtchn_handle *one = open_device(), *two = open_device();

	EXPECT_RET(xentoolcore_restrict_all(1), 0);
	EXPECT_ERR(xenevtchn_bind_unbound_port(one, SELF), EACCES);
	EXPECT_ERR(xenevtchn_bind_unbound_port(two, SELF), EACCES);
}
