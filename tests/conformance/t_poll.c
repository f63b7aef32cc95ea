// SPDX-License-Identifier: GPL-2.0
/* C22 to C24: poll, select, epoll and SIGIO. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

#define ALWAYS		(POLLOUT | POLLWRNORM)
#define WITH_EVENT	(ALWAYS | POLLIN | POLLRDNORM)

/* All that poll has to say, asked for every bit there is. */
static int poll_bits(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = -1 };

	EXPECT_RET(poll(&pfd, 1, 0), 1);
	return (unsigned short)pfd.revents;
}

TEST_CASE(poll_empty, "C22 poll of a file without events says writable and nothing else")
{
	struct pair p;

	EXPECT_EQ(poll_bits(raw_open(O_RDWR)), ALWAYS);
	pair_open(&p);
	EXPECT_EQ(poll_bits(p.a.fd), ALWAYS);
	EXPECT_EQ(poll_bits(p.b.fd), ALWAYS);
}

TEST_CASE(poll_event, "C22 poll of a file with an event says readable besides, and nothing else")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_EQ(poll_bits(p.b.fd), WITH_EVENT);
	expect_event(&p.b);
	EXPECT_EQ(poll_bits(p.b.fd), ALWAYS);
}

TEST_CASE(poll_partly, "C22 poll says readable until the last event is read")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p, q;

	pair_bind(&p, xa, xb);
	pair_bind(&q, xa, xb);
	notify(&p.a);
	notify(&q.a);
	next_event(p.b.fd);
	EXPECT(readable(p.b.fd, EVENT_MS), "the second event is not there");
	EXPECT_EQ(poll_bits(p.b.fd), WITH_EVENT);
	next_event(p.b.fd);
	EXPECT_EQ(poll_bits(p.b.fd), ALWAYS);
}

TEST_CASE(poll_peer_gone, "C22 poll says nothing new when the peer has closed its end")
{
	struct pair p;

	pair_open(&p);
	xenevtchn_close(p.b.xce);
	sleep_ms(SETTLE_MS);
	EXPECT_EQ(poll_bits(p.a.fd), ALWAYS);
}

TEST_CASE(poll_restricted, "C22 poll of a restricted file is as of any other")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(xenevtchn_restrict(p.b.xce, 1), 0);
	EXPECT_EQ(poll_bits(p.b.fd), ALWAYS);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_EQ(poll_bits(p.b.fd), WITH_EVENT);
}

TEST_CASE(poll_wakes, "C22 a poll that waits is woken by an event")
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	pid = fork_child();
	if (pid == 0) {
		sleep_ms(50);
		notify(&p.a);
		_exit(0);
	}
	EXPECT(readable(p.b.fd, EVENT_MS), "not woken");
	expect_event(&p.b);
	join_child(pid);
}

TEST_CASE(poll_wakes_latched, "C22 a poll that waits is woken when unmask lets an event through")
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	notify(&p.a);
	pid = fork_child();
	if (pid == 0) {
		sleep_ms(50);
		unmask(&p.b);
		_exit(0);
	}
	EXPECT(readable(p.b.fd, EVENT_MS), "not woken");
	expect_event(&p.b);
	join_child(pid);
}

TEST_CASE(select_sets, "C22 select shows an event as readable, never as exceptional")
{
	struct timeval brief = { .tv_usec = EVENT_MS * 1000 % 1000000,
				 .tv_sec = EVENT_MS / 1000 };
	fd_set in, except;
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	FD_ZERO(&in);
	FD_SET(p.b.fd, &in);
	except = in;
	EXPECT_RET(select(p.b.fd + 1, &in, NULL, &except, &brief), 1);
	EXPECT(FD_ISSET(p.b.fd, &in) && !FD_ISSET(p.b.fd, &except),
	       "not readable, or exceptional");
}

static int epoll_on(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	EXPECT(ep >= 0, "epoll_create1: %s", errno_name(errno));
	event.data.fd = fd;
	EXPECT_RET(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event), 0);
	return ep;
}

/* The bits that epoll_wait reports within this time, or 0. */
static uint32_t epoll_bits(int ep, int ms)
{
	struct epoll_event event = {};
	int got = epoll_wait(ep, &event, 1, ms);

	EXPECT(got >= 0, "epoll_wait: %s", errno_name(errno));
	return got ? event.events : 0;
}

TEST_CASE(epoll_level, "C23 level-triggered epoll reports an event until it is read")
{
	struct pair p;
	int ep;

	pair_open(&p);
	ep = epoll_on(p.b.fd, EPOLLIN);
	EXPECT_EQ(epoll_bits(ep, 0), 0);
	notify(&p.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
	EXPECT_EQ(epoll_bits(ep, 0), EPOLLIN);
	expect_event(&p.b);
	EXPECT_EQ(epoll_bits(ep, 0), 0);
}

TEST_CASE(epoll_edge, "C23 edge-triggered epoll reports an event once")
{
	struct pair p;
	int ep;

	pair_open(&p);
	ep = epoll_on(p.b.fd, EPOLLIN | EPOLLET);
	EXPECT_EQ(epoll_bits(ep, 0), 0);
	notify(&p.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
	EXPECT_EQ(epoll_bits(ep, SETTLE_MS), 0);
	expect_event(&p.b);
	unmask(&p.b);
	EXPECT_EQ(epoll_bits(ep, SETTLE_MS), 0);
	notify(&p.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
}

TEST_CASE(epoll_edge_new, "C23 edge-triggered epoll reports a second event, the first still unread",
	  STOCK_FAILS("wakes only when its queue was empty"))
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p, q;
	int ep;

	pair_bind(&p, xa, xb);
	pair_bind(&q, xa, xb);
	ep = epoll_on(p.b.fd, EPOLLIN | EPOLLET);
	notify(&p.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
	notify(&q.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
	EXPECT(next_event(p.b.fd) == p.b.port && next_event(p.b.fd) == q.b.port,
	       "not the two ports in order");
}

TEST_CASE(epoll_edge_latched, "C23 edge-triggered epoll reports an event that unmask lets through")
{
	struct pair p;
	int ep;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	notify(&p.a);
	ep = epoll_on(p.b.fd, EPOLLIN | EPOLLET);
	EXPECT_EQ(epoll_bits(ep, SETTLE_MS), 0);
	unmask(&p.b);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
}

TEST_CASE(epoll_oneshot, "C23 one-shot epoll reports once and again when it is re-armed")
{
	struct epoll_event again = { .events = EPOLLIN | EPOLLONESHOT };
	struct pair p;
	int ep;

	pair_open(&p);
	ep = epoll_on(p.b.fd, EPOLLIN | EPOLLONESHOT);
	notify(&p.a);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
	EXPECT_EQ(epoll_bits(ep, SETTLE_MS), 0);
	EXPECT_RET(epoll_ctl(ep, EPOLL_CTL_MOD, p.b.fd, &again), 0);
	EXPECT_EQ(epoll_bits(ep, EVENT_MS), EPOLLIN);
}

TEST_CASE(epoll_exclusive, "C23 of the processes that wait exclusively at least one is woken")
{
	uint32_t mode = EPOLLIN | EPOLLEXCLUSIVE;
	struct pollfd first;
	int woken = 0, i, ep, channel[2];
	struct pair p;
	char byte;

	EXPECT_RET(pipe2(channel, O_NONBLOCK), 0);
	pair_open(&p);
	for (i = 0; i < 3; i++) {
		if (fork_child())
			continue;
		ep = epoll_on(p.b.fd, mode);
		if (epoll_bits(ep, EVENT_MS) == EPOLLIN)
			EXPECT_RET(write(channel[1], "", 1), 1);
		_exit(0);
	}
	sleep_ms(100);
	notify(&p.a);
	first = (struct pollfd){ .fd = channel[0], .events = POLLIN };
	EXPECT_RET(poll(&first, 1, EVENT_MS), 1);
	sleep_ms(50);
	while (read(channel[0], &byte, 1) == 1)
		woken++;
	note("%d of 3 were woken", woken);
}

static volatile sig_atomic_t signals, signal_fd, signal_code, signal_band;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	signal_fd = info->si_fd;
	signal_code = info->si_code;
	signal_band = (sig_atomic_t)info->si_band;
	signals++;
}

/* sig stands for SIGIO, and carries the file and why. */
static void want_signal(int fd, int sig)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	EXPECT_RET(sigaction(sig, &action, NULL), 0);
	EXPECT_RET(fcntl(fd, F_SETOWN, getpid()), 0);
	if (sig != SIGIO)
		EXPECT_RET(fcntl(fd, F_SETSIG, sig), 0);
	EXPECT_RET(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC), 0);
}

static void expect_signals(int count)
{
	int64_t end = now_ms() + EVENT_MS;

	while (signals < count && now_ms() < end)
		sleep_ms(5);
	sleep_ms(SETTLE_MS);
	EXPECT_EQ(signals, count);
}

TEST_CASE(sigio, "C24 an event sends SIGIO to the owner of a file with O_ASYNC")
{
	struct pair p;

	pair_open(&p);
	want_signal(p.b.fd, SIGIO);
	expect_signals(0);
	notify(&p.a);
	expect_signals(1);
	expect_event(&p.b);
	unmask(&p.b);
	notify(&p.a);
	expect_signals(2);
}

TEST_CASE(sigio_info, "C24 the signal tells which file is readable")
{
	struct pair p;

	pair_open(&p);
	want_signal(p.b.fd, SIGRTMIN);
	notify(&p.a);
	expect_signals(1);
	EXPECT_EQ(signal_fd, p.b.fd);
	EXPECT_EQ(signal_code, POLL_IN);
	EXPECT_EQ(signal_band, POLLIN | POLLRDNORM);
}

TEST_CASE(sigio_unread, "C24 each event newly queued sends a signal, the first still unread",
	  STOCK_FAILS("signals only when its queue was empty"))
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p, q;

	pair_bind(&p, xa, xb);
	pair_bind(&q, xa, xb);
	want_signal(p.b.fd, SIGRTMIN);
	notify(&p.a);
	expect_signals(1);
	notify(&q.a);
	expect_signals(2);
}

TEST_CASE(sigio_off, "C24 no signal comes after O_ASYNC was taken back")
{
	struct pair p;

	pair_open(&p);
	want_signal(p.b.fd, SIGIO);
	EXPECT_RET(fcntl(p.b.fd, F_SETFL, O_RDWR), 0);
	notify(&p.a);
	expect_event(&p.b);
	expect_signals(0);
}

TEST_CASE(sigio_closed, "C24 no signal comes after the file was closed")
{
	struct pair p;

	pair_open(&p);
	want_signal(p.b.fd, SIGIO);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	notify(&p.a);
	expect_signals(0);
}
