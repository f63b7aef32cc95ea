// SPDX-License-Identifier: GPL-2.0
/* C01, C02: opening the device; one file knows nothing of another. */
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

TEST_CASE(open_rdwr, "C01 the library opens the device for reading and writing")
{
	int flags = fcntl(xenevtchn_fd(open_device()), F_GETFL);

	EXPECT_EQ(flags & O_ACCMODE, O_RDWR);
	EXPECT_EQ(flags & O_NONBLOCK, 0);
}

TEST_CASE(open_cloexec, "C01 a file opened by the library is closed on exec")
{
	EXPECT_RET(fcntl(xenevtchn_fd(open_device()), F_GETFD), FD_CLOEXEC);
}

TEST_CASE(open_no_cloexec, "C01 NO_CLOEXEC keeps the file open over exec")
{
	xenevtchn_handle *xce = xenevtchn_open(NULL, XENEVTCHN_NO_CLOEXEC);

	EXPECT(xce, "xenevtchn_open: %s", errno_name(errno));
	EXPECT_RET(fcntl(xenevtchn_fd(xce), F_GETFD), 0);
}

TEST_CASE(open_nonblock, "C01 a file opened with O_NONBLOCK does not block in read")
{
	unsigned int port;
	int fd = raw_open(O_RDWR | O_NONBLOCK);

	EXPECT_ERR(read(fd, &port, sizeof(port)), EAGAIN);
}

TEST_CASE(open_rdonly, "C01 a file opened read-only binds, notifies and reads, and can not write")
{
	int fd = raw_open(O_RDONLY);
	int a = raw_bind_unbound(fd, SELF);
	int b = raw_bind_interdomain(fd, SELF, (unsigned int)a);

	EXPECT(a > 0 && b > 0, "expected two ports, got %d and %d", a, b);
	EXPECT_EQ(next_event(fd), b);
	EXPECT_RET(raw_notify(fd, (unsigned int)b), 0);
	EXPECT_EQ(next_event(fd), a);
	EXPECT_ERR(write(fd, &a, sizeof(a)), EBADF);
}

TEST_CASE(open_wronly, "C01 a file opened write-only binds and unmasks, and can not read")
{
	int fd = raw_open(O_WRONLY);
	int port = raw_bind_unbound(fd, SELF);

	EXPECT(port > 0, "expected a port, got %d", port);
	EXPECT_RET(write(fd, &port, sizeof(port)), 4);
	EXPECT_ERR(read(fd, &port, sizeof(port)), EBADF);
}

TEST_CASE(open_many, "C01 two hundred files are open at once, and each delivers")
{
	struct pair first, last;
	int i;

	pair_open(&first);
	for (i = 0; i < 196; i++)
		raw_open(O_RDWR);
	pair_open(&last);
	expect_pair_works(&first);
	expect_pair_works(&last);
}

TEST_CASE(second_events, "C02 an event goes to the file that bound its port and to no other")
{
	int other = raw_open(O_RDWR);
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	expect_silence(p.a.fd);
	expect_silence(other);
}

TEST_CASE(second_nonblock, "C02 O_NONBLOCK of one file is not that of another")
{
	xenevtchn_handle *one = open_device(), *two = open_device();

	set_nonblock(xenevtchn_fd(one), true);
	EXPECT_EQ(fcntl(xenevtchn_fd(two), F_GETFL) & O_NONBLOCK, 0);
}

TEST_CASE(second_restrict, "C02 restricting one file leaves another free")
{
	xenevtchn_handle *one = open_device(), *two = open_device();

	EXPECT_RET(xenevtchn_restrict(one, 1), 0);
	EXPECT_ERR(xenevtchn_bind_unbound_port(one, SELF), EACCES);
	bind_unbound(two);
}

TEST_CASE(second_reset, "C02 RESET of one file keeps the events of another")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.a.fd), 0);
	expect_event(&p.b);
}

TEST_CASE(second_close, "C02 closing one file leaves the ports of another working")
{
	xenevtchn_handle *other = open_device();
	struct pair p, gone;

	pair_open(&p);
	pair_bind(&gone, other, other);
	EXPECT_RET(xenevtchn_close(other), 0);
	expect_pair_works(&p);
}

TEST_CASE(second_same_virq, "C02 a VIRQ that one file gave up can be bound by another")
{
	xenevtchn_handle *one = open_device(), *two = open_device();
	unsigned int port, virq = bind_free_virq(one, &port);

	EXPECT_ERR(xenevtchn_bind_virq(two, virq), EEXIST);
	EXPECT_RET(xenevtchn_close(one), 0);
	EXPECT(xenevtchn_bind_virq(two, virq) > 0, "expected a port, got %s",
	       errno_name(errno));
}
