// SPDX-License-Identifier: GPL-2.0
/* V01: an eventfd that is raised by the events of a port. */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

#define REMOVE	EVTCHN_EVENTFD_REMOVE
#define HOLD	EVTCHN_EVENTFD_HOLD

TEST_CASE(eventfd_feature, "V01 FEATURES says that there are eventfds", NEW)
{
	uint64_t has = features_of(raw_open(O_RDWR));

	EXPECT(has & EVTCHN_FEATURE_EVENTFD, "it is not among %#llx",
	       (unsigned long long)has);
}

TEST_CASE(eventfd_receive, "V01 each event adds 1 to the eventfd, and can not be read", NEW)
{
	struct pair p;
	int i, efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_raised(efd, 1);
		expect_silence(p.b.fd);
	}
}

TEST_CASE(eventfd_adds, "V01 events that nobody waits for add up in the eventfd", NEW)
{
	unsigned int before, i;
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	before = status_of(p.b.fd, p.b.port).events;
	/* Two that Xen has at once are one. */
	for (i = 1; i <= 5; i++) {
		notify(&p.a);
		wait_events(&p.b, before + i);
	}
	/* The last is counted before it is added. */
	wait_handlers();
	EXPECT_EQ(read_eventfd(efd), 5);
}

TEST_CASE(eventfd_pending, "V01 a number that waits to be read is taken back, and adds 1", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	efd = receiver(&p.b, 0);
	expect_raised(efd, 1);
	expect_silence(p.b.fd);
	/* And the port is armed. */
	notify(&p.a);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_others_stay, "V01 the numbers of other ports stay to be read, in their order",
	  NEW)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p, q, r;

	pair_bind(&p, xa, xb);
	pair_bind(&q, xa, xb);
	pair_bind(&r, xa, xb);
	/* Ports of several CPUs are queued in the order in which their events arrive. */
	notify(&p.a);
	wait_queued(&p.b);
	notify(&q.a);
	wait_queued(&q.b);
	notify(&r.a);
	wait_queued(&r.b);
	expect_raised(receiver(&q.b, 0), 1);
	expect_event(&p.b);
	expect_event(&r.b);
	expect_silence(p.b.fd);
}

TEST_CASE(eventfd_read_before, "V01 a port that was read and not written back is armed", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	efd = receiver(&p.b, 0);
	expect_not_raised(efd);
	notify(&p.a);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_write_back, "V01 to write back a port that need not be does nothing", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	notify(&p.a);
	expect_raised(efd, 1);
	unmask(&p.b);
	expect_not_raised(efd);
	notify(&p.a);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_hold, "V01 HOLD: to write the port back arms it; what came meanwhile adds 1 then",
	  NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, HOLD);
	notify(&p.a);
	expect_raised(efd, 1);
	notify(&p.a);
	notify(&p.a);
	expect_not_raised(efd);
	unmask(&p.b);
	expect_raised(efd, 1);
	unmask(&p.b);
	expect_not_raised(efd);
	notify(&p.a);
	expect_raised(efd, 1);
	expect_silence(p.b.fd);
}

TEST_CASE(eventfd_hold_pending, "V01 HOLD: a number that waits adds 1, and is to be written back",
	  NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	efd = receiver(&p.b, HOLD);
	expect_raised(efd, 1);
	notify(&p.a);
	expect_not_raised(efd);
	unmask(&p.b);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_status, "V01 STATUS counts the events, and calls none queued", NEW)
{
	struct ioctl_evtchn_status before, status;
	struct pair p;
	int efd, i;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	before = status_of(p.b.fd, p.b.port);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_raised(efd, 1);
	}
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.events - before.events, 3);
	EXPECT_EQ(status.rearms - before.rearms, 3);
	EXPECT_EQ(status.pending, EVTCHN_PENDING_ARMED);

	remove_eventfd(&p.b, 0);
	efd = receiver(&p.b, HOLD);
	notify(&p.a);
	expect_raised(efd, 1);
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.events - before.events, 4);
	EXPECT_EQ(status.rearms - before.rearms, 3);
	EXPECT_EQ(status.pending, 0);
}

TEST_CASE(eventfd_reset, "V01 RESET leaves the port and its eventfd alone", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, HOLD);
	notify(&p.a);
	EXPECT(readable(efd, EVENT_MS), "not raised");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	notify(&p.a);
	sleep_ms(SETTLE_MS);
	expect_raised(efd, 1);
	unmask(&p.b);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_remove, "V01 after REMOVE events are read again; the eventfd keeps what it has",
	  NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	notify(&p.a);
	EXPECT(readable(efd, EVENT_MS), "not raised");
	remove_eventfd(&p.b, 0);
	notify(&p.a);
	expect_event(&p.b);
	unmask(&p.b);
	expect_raised(efd, 1);
	expect_pair_works(&p);
}

TEST_CASE(eventfd_remove_held, "V01 after REMOVE a port that is to be written back still is", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, HOLD);
	notify(&p.a);
	expect_raised(efd, 1);
	remove_eventfd(&p.b, 0);
	notify(&p.a);
	expect_silence(p.b.fd);
	unmask(&p.b);
	expect_event(&p.b);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_many, "V01 an eventfd can have any number of ports, of several files", NEW)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	int efd = new_eventfd(0, 0), i;
	struct pair p[20], q;
	uint64_t sum = 0;

	pair_open(&q);
	connect_eventfd(&q.b, 0, efd);
	for (i = 0; i < 20; i++) {
		pair_bind(&p[i], xa, xb);
		connect_eventfd(&p[i].b, i & 1 ? HOLD : 0, efd);
	}
	for (i = 0; i < 20; i++)
		notify(&p[i].a);
	notify(&q.a);
	while (sum < 21) {
		EXPECT(readable(efd, EVENT_MS), "%llu events of 21 came",
		       (unsigned long long)sum);
		sum += read_eventfd(efd);
	}
	EXPECT_EQ(sum, 21);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_receive_errors, "V01 what can not be connected is refused, and nothing is done",
	  NEW)
{
	struct pair p;
	int efd = new_eventfd(0, 0), closed = new_eventfd(0, 0);
	struct ioctl_evtchn_eventfd reserved = { .fd = efd, .reserved = 1 };

	pair_open(&p);
	reserved.port = p.b.port;
	close(closed);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.a.port, efd), ENOTCONN);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, ABSURD, efd), ENOTCONN);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, 0, efd), ENOTCONN);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, closed), EBADF);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, -1), EBADF);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, p.b.fd), EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, STDOUT_FILENO), EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, 8, p.b.port, efd), EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, 1U << 31, p.b.port, efd), EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, HOLD | EVTCHN_EVENTFD_SEND, p.b.port, efd),
		   EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, HOLD | REMOVE, p.b.port, -1), EINVAL);
	EXPECT_ERR(raw_eventfd(p.b.fd, REMOVE, p.b.port, efd), EINVAL);
	EXPECT_ERR(ioctl(p.b.fd, IOCTL_EVTCHN_EVENTFD, &reserved), EINVAL);
	EXPECT_ERR(ioctl(p.b.fd, IOCTL_EVTCHN_EVENTFD, nowhere), EFAULT);
	EXPECT_ERR(ioctl(p.b.fd, IOCTL_EVTCHN_EVENTFD, page_edge() - 8), EFAULT);
	EXPECT_ERR(raw_eventfd(p.b.fd, REMOVE, p.b.port, -1), ENOENT);
	expect_pair_works(&p);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_exists, "V01 a port has one eventfd for each direction", NEW)
{
	struct pair p;
	int efd = new_eventfd(0, 0);

	pair_open(&p);
	receiver(&p.b, 0);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, efd), EEXIST);
	EXPECT_ERR(raw_eventfd(p.b.fd, HOLD, p.b.port, efd), EEXIST);
	EXPECT_ERR(raw_eventfd(p.b.fd, REMOVE | EVTCHN_EVENTFD_SEND, p.b.port, -1),
		   ENOENT);
	connect_eventfd(&p.b, EVTCHN_EVENTFD_SEND, efd);
	remove_eventfd(&p.b, 0);
	EXPECT_ERR(raw_eventfd(p.b.fd, EVTCHN_EVENTFD_SEND, p.b.port, efd), EEXIST);
	connect_eventfd(&p.b, 0, efd);
}

TEST_CASE(eventfd_virq, "V01 a port that is bound to a VIRQ can be received from, and not sent on",
	  NEW)
{
	xenevtchn_handle *xce = open_device();
	struct end end = { .xce = xce, .fd = xenevtchn_fd(xce) };

	bind_free_virq(xce, &end.port);
	EXPECT_ERR(raw_eventfd(end.fd, EVTCHN_EVENTFD_SEND, end.port,
			       new_eventfd(0, 0)), EINVAL);
	receiver(&end, 0);
	remove_eventfd(&end, 0);
}

TEST_CASE(eventfd_restricted, "V01 a restricted file connects the ports that it has", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	EXPECT_RET(xenevtchn_restrict(p.b.xce, 1), 0);
	efd = receiver(&p.b, 0);
	notify(&p.a);
	expect_raised(efd, 1);
}

TEST_CASE(eventfd_unbound, "V01 after UNBIND no event is added, whatever comes of the number", NEW)
{
	struct pair p, q;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	EXPECT_RET(raw_unbind(p.b.fd, p.b.port), 0);
	/* Xen gives the number out again. */
	pair_bind(&q, p.a.xce, p.b.xce);
	notify(&q.a);
	expect_event(&q.b);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_file_closed, "V01 after the file is closed no event is added", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = receiver(&p.b, HOLD);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	notify(&p.a);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_closed, "V01 it does not end when the eventfd is closed, but by REMOVE", NEW)
{
	struct pair p;

	pair_open(&p);
	close(receiver(&p.b, 0));
	notify(&p.a);
	notify(&p.a);
	expect_silence(p.b.fd);
	EXPECT_ERR(raw_eventfd(p.b.fd, 0, p.b.port, new_eventfd(0, 0)), EEXIST);
	remove_eventfd(&p.b, 0);
	expect_pair_works(&p);
}

TEST_CASE(eventfd_both_closed, "V01 files and eventfds are closed in any order, events coming",
	  NEW)
{
	struct pair p;
	int efd, i;

	for (i = 0; i < 8; i++) {
		pair_open(&p);
		efd = receiver(&p.b, i & 1 ? HOLD : 0);
		connect_eventfd(&p.a, EVTCHN_EVENTFD_SEND, efd);
		notify(&p.a);
		if (i & 2)
			close(efd);
		notify(&p.a);
		if (i & 4)
			xenevtchn_close(p.a.xce);
		xenevtchn_close(p.b.xce);
		if (!(i & 4))
			xenevtchn_close(p.a.xce);
		if (!(i & 2))
			close(efd);
	}
}

TEST_CASE(eventfd_killed, "V01 a process with connected ports is killed, and its ports are gone",
	  NEW)
{
	struct pair p;
	char byte;
	int fds[2], efd, late;
	pid_t pid;

	EXPECT_RET(pipe(fds), 0);
	efd = new_eventfd(0, 0);
	pid = fork_child();
	if (pid == 0) {
		pair_open(&p);
		connect_eventfd(&p.b, 0, efd);
		connect_eventfd(&p.a, EVTCHN_EVENTFD_SEND, efd);
		EXPECT_RET(write(fds[1], "", 1), 1);
		for (;;)
			notify(&p.a);
	}
	EXPECT_RET(read(fds[0], &byte, 1), 1);
	sleep_ms(SETTLE_MS);
	EXPECT_RET(kill(pid, SIGKILL), 0);
	EXPECT_RET(waitpid(pid, NULL, 0), pid);
	/* What was underway comes, and then no more. */
	for (late = 0; readable(efd, SETTLE_MS); late++) {
		EXPECT(late < 10, "the eventfd is raised again and again");
		read_eventfd(efd);
	}
	pair_open(&p);
	expect_pair_works(&p);
}
