// SPDX-License-Identifier: GPL-2.0
/* C27, C29, C30: a port is given up, by UNBIND, close or death. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define STALE "D8: UNBIND leaves the port's events in the queue"

TEST_CASE(unbind_own, "C27 UNBIND of a port of one's own returns 0, and ENOTCONN the second time")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);

	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	EXPECT_ERR(xenevtchn_unbind(xce, port), ENOTCONN);
}

TEST_CASE(unbind_range, "C27 UNBIND of a number no port can have is EINVAL")
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_unbind(fd, ABSURD), EINVAL);
	EXPECT_ERR(raw_unbind(fd, 0x80000000U), EINVAL);
	EXPECT_ERR(raw_unbind(fd, 0x20000), EINVAL);
}

TEST_CASE(unbind_free, "C27 UNBIND of a port nobody has is ENOTCONN")
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_unbind(fd, 0), ENOTCONN);
	EXPECT_ERR(raw_unbind(fd, 1000), ENOTCONN);
}

TEST_CASE(unbind_kernel, "C27 UNBIND of the kernel's own ports is ENOTCONN")
{
	int fd = raw_open(O_RDWR);
	unsigned int port;

	for (port = 1; port < 8; port++)
		EXPECT_ERR(raw_unbind(fd, port), ENOTCONN);
}

TEST_CASE(unbind_foreign, "C27 UNBIND of another file's port is ENOTCONN and leaves it working")
{
	int other = raw_open(O_RDWR);
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(raw_unbind(other, p.a.port), ENOTCONN);
	EXPECT_ERR(xenevtchn_unbind(p.a.xce, p.b.port), ENOTCONN);
	expect_pair_works(&p);
}

TEST_CASE(unbind_masked, "C27 a port can be unbound while it is masked, and bound anew works")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	p.b.port = bind_peer(p.b.xce, p.a.port);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(unbind_queued, "C27 after UNBIND the port's event that was not read is gone",
	  STOCK_FAILS(STALE))
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	expect_silence(p.b.fd);
}

TEST_CASE(unbind_queued_others, "C27 UNBIND keeps the events of the file's other ports")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p[3];
	unsigned int port, seen[3] = {}, i;

	for (i = 0; i < 3; i++)
		pair_bind(&p[i], xa, xb);
	for (i = 0; i < 3; i++)
		notify(&p[i].a);
	EXPECT_RET(xenevtchn_unbind(xb, p[1].b.port), 0);
	while (!seen[0] || !seen[2]) {
		port = next_event(p[0].b.fd);
		for (i = 0; i < 3; i++)
			seen[i] += port == p[i].b.port;
	}
	EXPECT_EQ(seen[0], 1);
	EXPECT_EQ(seen[2], 1);
}

TEST_CASE(unbind_reused, "C27 a number given out again brings no event of its former life",
	  STOCK_FAILS(STALE))
{
	struct pair p;
	unsigned int i, again;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	for (i = 0; i < 50; i++) {
		again = bind_unbound(p.b.xce);
		if (again == p.b.port)
			break;
	}
	EXPECT_EQ(again, p.b.port);
	expect_silence(p.b.fd);
}

static void *read_one(void *arg)
{
	static unsigned int port;

	EXPECT_RET(read(*(int *)arg, &port, sizeof(port)), 4);
	return &port;
}

TEST_CASE(unbind_reader, "C27 UNBIND of a port leaves a reader waiting for the file's others")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p, q;
	pthread_t thread;
	void *got;

	pair_bind(&p, xa, xb);
	pair_bind(&q, xa, xb);
	EXPECT_RET(pthread_create(&thread, NULL, read_one, &p.b.fd), 0);
	sleep_ms(50);
	EXPECT_RET(xenevtchn_unbind(xb, p.b.port), 0);
	sleep_ms(SETTLE_MS);
	notify(&q.a);
	pthread_join(thread, &got);
	EXPECT_EQ(*(unsigned int *)got, q.b.port);
}

TEST_CASE(unbind_load, "C27 a port is unbound while events rain on it", LIMIT(60))
{
	int round, status;
	struct pair p;
	pid_t rain;

	pair_open(&p);
	rain = fork_child();
	if (rain == 0)
		for (;;)
			xenevtchn_notify(p.a.xce, p.a.port);
	for (round = 0; round < 50; round++) {
		EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
		p.b.port = bind_peer(p.b.xce, p.a.port);
		unmask(&p.b);
	}
	kill(rain, SIGKILL);
	waitpid(rain, &status, 0);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	do {
		unmask(&p.b);
	} while (readable(p.b.fd, SETTLE_MS) && next_event(p.b.fd));
	expect_pair_works(&p);
}

TEST_CASE(free_peer, "C29 UNBIND sets the peer free for another to connect")
{
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(xenevtchn_bind_interdomain(p.b.xce, SELF, p.a.port), EINVAL);
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	p.b.port = bind_peer(p.b.xce, p.a.port);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(free_xen, "C29 UNBIND closes the port in Xen, and its peer waits again")
{
	struct pair p;

	need_hypercalls();
	pair_open(&p);
	EXPECT_RET(xenevtchn_unbind(p.b.xce, p.b.port), 0);
	expect_state(p.b.port, EVTCHNSTAT_closed);
	expect_state(p.a.port, EVTCHNSTAT_unbound);
	EXPECT_RET(xenevtchn_unbind(p.a.xce, p.a.port), 0);
	expect_state(p.a.port, EVTCHNSTAT_closed);
}

TEST_CASE(free_virq, "C29 UNBIND closes a VIRQ's port in Xen")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port;

	need_hypercalls();
	bind_free_virq(xce, &port);
	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	expect_state(port, EVTCHNSTAT_closed);
}

TEST_CASE(close_xen, "C30 close closes every port of the file in Xen")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p[20];
	int i;

	need_hypercalls();
	for (i = 0; i < 20; i++)
		pair_bind(&p[i], xa, xb);
	EXPECT_RET(xenevtchn_close(xb), 0);
	for (i = 0; i < 20; i++) {
		expect_state(p[i].b.port, EVTCHNSTAT_closed);
		expect_state(p[i].a.port, EVTCHNSTAT_unbound);
	}
}

TEST_CASE(close_free, "C30 close sets every peer free for another to connect")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p[20];
	int i;

	for (i = 0; i < 20; i++)
		pair_bind(&p[i], xa, xb);
	EXPECT_RET(xenevtchn_close(xb), 0);
	xb = open_device();
	for (i = 0; i < 20; i++)
		bind_peer(xb, p[i].a.port);
}

TEST_CASE(close_queued, "C30 a file can be closed with events waiting and ports masked")
{
	struct pair p, q;

	pair_open(&p);
	pair_bind(&q, p.a.xce, p.b.xce);
	notify(&p.a);
	expect_event(&p.b);
	notify(&q.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	p.b.xce = open_device();
	p.b.fd = xenevtchn_fd(p.b.xce);
	p.b.port = bind_peer(p.b.xce, p.a.port);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(close_both, "C30 a file that holds both ends of its channels can be closed")
{
	xenevtchn_handle *xce = open_device();
	struct pair p[10];
	int i;

	for (i = 0; i < 10; i++)
		pair_bind(&p[i], xce, xce);
	EXPECT_RET(xenevtchn_close(xce), 0);
	pair_open(&p[0]);
	expect_pair_works(&p[0]);
}

static void death_frees(int sig)
{
	unsigned int a = bind_unbound(open_device());
	int status;
	pid_t pid = fork_child();

	if (pid == 0) {
		bind_peer(open_device(), a);
		kill(getpid(), sig);
		_exit(0);
	}
	EXPECT_RET(waitpid(pid, &status, 0), pid);
	bind_peer(open_device(), a);
}

TEST_CASE(close_exit, "C30 the ports of a process that exits are free")
{
	death_frees(0);
}

TEST_CASE(close_killed, "C30 the ports of a process that is killed are free")
{
	death_frees(SIGKILL);
}

TEST_CASE(close_many, "C30 close of a file with a thousand ports", LIMIT(120))
{
	xenevtchn_handle *xce = open_device();
	unsigned int first = bind_unbound(xce), i;
	int64_t start = now_ms(), bound;

	for (i = 1; i < 1000; i++) {
		errno = 0;
		if (xenevtchn_bind_unbound_port(xce, SELF) > 0)
			continue;
		EXPECT(errno == ENOSPC, "bind %u: %s", i, errno_name(errno));
		skip("this domain may not have a thousand channels");
	}
	bound = now_ms();
	EXPECT_RET(xenevtchn_close(xce), 0);
	note("bound in %lld ms, closed in %lld ms", (long long)(bound - start),
	     (long long)(now_ms() - bound));
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), SELF, first),
		   EINVAL);
}
