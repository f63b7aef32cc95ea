// SPDX-License-Identifier: GPL-2.0
/* M02: events of a file that is mapped. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "mapped.h"

#define MANY	100

/* A pair whose end b is mapped, with room for so many pages of numbers. */
static void mapped_pair(struct pair *p, struct mapping *m)
{
	pair_open(p);
	mapped_open(m, p->b.fd, 2);
}

TEST_CASE(mapped_event, "M02 the next event is in the ring when the last is written back", NEW)
{
	struct mapping m;
	struct pair p;
	int i;

	mapped_pair(&p, &m);
	for (i = 0; i < 3; i++) {
		mapped_expect_silence(&m);
		notify(&p.a);
		mapped_expect(&m, p.b.port);
		notify(&p.a);
		mapped_expect_silence(&m);
		/* That one comes now. */
		unmask(&p.b);
		mapped_expect(&m, p.b.port);
		unmask(&p.b);
	}
}

TEST_CASE(mapped_pending, "M02 what is pending moves to the ring, in its order", NEW)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p[MANY];
	struct mapping m;
	int i;

	for (i = 0; i < MANY; i++)
		pair_bind(&p[i], xa, xb);
	for (i = MANY - 1; i >= 0; i--)
		notify(&p[i].a);
	/* One CPU's events come in the order in which they are sent. */
	sleep_ms(SETTLE_MS);
	mapped_open(&m, p[0].b.fd, 2);
	mapped_expect_waiting(&m, MANY);
	for (i = 0; i < MANY; i++)
		EXPECT(mapped_number(&m, (uint32_t)i), "place %d is empty", i);
	mapped_expect(&m, mapped_number(&m, 0));
	unmask(&p[0].b);
}

TEST_CASE(mapped_batch, "M02 any number of ports is written back at once", NEW)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	unsigned int ports[MANY];
	struct pair p[MANY];
	struct mapping m;
	int i, round;

	for (i = 0; i < MANY; i++)
		pair_bind(&p[i], xa, xb);
	mapped_open(&m, p[0].b.fd, 2);
	/* More in all than there is room for: round and round. */
	for (round = 0; round < 12; round++) {
		for (i = 0; i < MANY; i++)
			notify(&p[i].a);
		for (i = 0; i < MANY; i++) {
			EXPECT(readable(m.fd, EVENT_MS), "event %d is lost", i);
			EXPECT(mapped_take(&m, &ports[i]), "nothing to take");
			EXPECT(ports[i], "number %d is 0", i);
		}
		mapped_expect_silence(&m);
		EXPECT_RET(write(m.fd, ports, sizeof(ports)), sizeof(ports));
	}
}

TEST_CASE(mapped_read, "M02 read is EBUSY once the file is mapped", NEW)
{
	unsigned int got;
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	EXPECT_ERR(read(p.b.fd, &got, 4), EBUSY);
	notify(&p.a);
	mapped_expect(&m, p.b.port);
	unmask(&p.b);
	notify(&p.a);
	EXPECT_ERR(read(p.b.fd, &got, 4), EBUSY);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(read(p.b.fd, &got, 4), EBUSY);
	mapped_expect(&m, p.b.port);
	EXPECT_ERR(read(p.b.fd, &got, 4), EBUSY);
	/* The other file is not. */
	expect_delivery(&p.b, &p.a);
}

static void *read_one(void *arg)
{
	unsigned int got;

	EXPECT_ERR(read(*(int *)arg, &got, 4), EBUSY);
	return NULL;
}

TEST_CASE(mapped_read_asleep, "M02 reads that sleep end with EBUSY when the file is mapped",
	  NEW)
{
	pthread_t reader[3];
	struct mapping m;
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 3; i++)
		EXPECT_RET(pthread_create(&reader[i], NULL, read_one, &p.b.fd), 0);
	sleep_ms(SETTLE_MS);
	mapped_open(&m, p.b.fd, 2);
	for (i = 0; i < 3; i++)
		EXPECT_RET(pthread_join(reader[i], NULL), 0);
}

TEST_CASE(mapped_poll, "M02 poll says EPOLLIN while head is not tail, and EPOLLOUT always",
	  NEW)
{
	struct pollfd pfd;
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	pfd = (struct pollfd){ .fd = p.b.fd, .events = POLLIN | POLLOUT };
	EXPECT_RET(poll(&pfd, 1, 0), 1);
	EXPECT_EQ(pfd.revents, POLLOUT);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(poll(&pfd, 1, 0), 1);
	EXPECT_EQ(pfd.revents, POLLIN | POLLOUT);
	/* Not by the system call, but by the tail. */
	m.ring->tail++;
	EXPECT_RET(poll(&pfd, 1, 0), 1);
	EXPECT_EQ(pfd.revents, POLLOUT);
	m.ring->tail--;
	EXPECT_RET(poll(&pfd, 1, 0), 1);
	EXPECT_EQ(pfd.revents, POLLIN | POLLOUT);
}

static void *notify_later(void *arg)
{
	sleep_ms(50);
	notify(arg);
	return NULL;
}

TEST_CASE(mapped_poll_asleep, "M02 poll that sleeps is woken", NEW)
{
	pthread_t thread;
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	EXPECT_RET(pthread_create(&thread, NULL, notify_later, &p.a), 0);
	mapped_expect(&m, p.b.port);
	EXPECT_RET(pthread_join(thread, NULL), 0);
}

TEST_CASE(mapped_epoll, "M02 edge-triggered epoll tells of each event", NEW)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct mapping m;
	struct pair p, q;
	int ep;

	mapped_pair(&p, &m);
	pair_bind(&q, p.a.xce, p.a.xce);
	q.b.xce = p.b.xce;
	q.b.fd = p.b.fd;
	q.a.port = bind_unbound(p.a.xce);
	q.b.port = bind_peer(p.b.xce, q.a.port);
	mapped_expect(&m, q.b.port);
	unmask(&q.b);

	ep = epoll_create1(EPOLL_CLOEXEC);
	EXPECT(ep >= 0, "epoll_create1: %s", errno_name(errno));
	EXPECT_RET(epoll_ctl(ep, EPOLL_CTL_ADD, p.b.fd, &event), 0);
	EXPECT_RET(epoll_wait(ep, &event, 1, 0), 0);
	notify(&p.a);
	EXPECT_RET(epoll_wait(ep, &event, 1, EVENT_MS), 1);
	EXPECT_RET(epoll_wait(ep, &event, 1, SETTLE_MS), 0);
	/* The first is not taken yet. */
	notify(&q.a);
	EXPECT_RET(epoll_wait(ep, &event, 1, EVENT_MS), 1);
	mapped_expect(&m, p.b.port);
	mapped_expect(&m, q.b.port);
}

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

/* Who polls is woken before that. */
static void expect_signals(int count)
{
	int64_t end = now_ms() + EVENT_MS;

	while (signals < count && now_ms() < end)
		sleep_ms(1);
	EXPECT_EQ(signals, count);
}

TEST_CASE(mapped_sigio, "M02 SIGIO is sent for each event", NEW)
{
	struct sigaction action = { .sa_handler = count_signal };
	struct mapping m;
	struct pair p;
	int i;

	mapped_pair(&p, &m);
	EXPECT_RET(sigaction(SIGIO, &action, NULL), 0);
	EXPECT_RET(fcntl(p.b.fd, F_SETOWN, getpid()), 0);
	EXPECT_RET(fcntl(p.b.fd, F_SETFL, O_RDWR | O_ASYNC), 0);
	for (i = 1; i <= 3; i++) {
		notify(&p.a);
		mapped_expect(&m, p.b.port);
		expect_signals(i);
		unmask(&p.b);
	}
}

TEST_CASE(mapped_unbind, "M02 a number that was not taken becomes 0 when its port is unbound",
	  NEW)
{
	unsigned int got = 1;
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_unbind(p.b.fd, p.b.port), 0);
	/* It is to be taken like any other. */
	EXPECT(readable(p.b.fd, 0), "there is nothing to take");
	EXPECT(mapped_take(&m, &got), "there is nothing to take");
	EXPECT_EQ(got, 0);
	mapped_expect_silence(&m);
}

TEST_CASE(mapped_unbind_taken, "M02 unbinding a port leaves the numbers of others alone", NEW)
{
	struct mapping m;
	struct pair p, q;
	int i;

	mapped_pair(&p, &m);
	q.a = p.a;
	q.b = p.b;
	q.a.port = bind_unbound(p.a.xce);
	q.b.port = bind_peer(p.b.xce, q.a.port);
	mapped_expect(&m, q.b.port);
	unmask(&q.b);
	notify(&q.a);
	mapped_expect(&m, q.b.port);
	/* Once round the ring, so that the port p has the place that q had. */
	for (i = 0; i < (int)m.ring->size; i++) {
		notify(&p.a);
		EXPECT(readable(m.fd, EVENT_MS), "event %d is lost", i);
		if (i < (int)m.ring->size - 1) {
			m.ring->tail++;
			unmask(&p.b);
		}
	}
	EXPECT_EQ(mapped_number(&m, m.ring->tail), p.b.port);
	EXPECT_EQ(m.ring->tail & (m.ring->size - 1), 1);
	EXPECT_RET(raw_unbind(q.b.fd, q.b.port), 0);
	mapped_expect(&m, p.b.port);
}

TEST_CASE(mapped_reset, "M02 RESET makes 0 of what was not taken, and its port is unmasked",
	  NEW)
{
	unsigned int got = 1;
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	notify(&p.a);
	EXPECT(mapped_take(&m, &got), "there is nothing to take");
	EXPECT_EQ(got, 0);
	mapped_expect(&m, p.b.port);
	/* Taken and not written back, it is left masked. */
	EXPECT_RET(raw_reset(p.b.fd), 0);
	notify(&p.a);
	mapped_expect_silence(&m);
	unmask(&p.b);
	mapped_expect(&m, p.b.port);
}

TEST_CASE(mapped_status, "M02 STATUS says queued until the number is taken", NEW)
{
	struct mapping m;
	struct pair p;

	mapped_pair(&p, &m);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_EQ(status_of(p.b.fd, p.b.port).pending, EVTCHN_PENDING_QUEUED);
	mapped_expect(&m, p.b.port);
	EXPECT_EQ(status_of(p.b.fd, p.b.port).pending, 0);
	unmask(&p.b);
	EXPECT_EQ(status_of(p.b.fd, p.b.port).pending, EVTCHN_PENDING_ARMED);
}

/* --- a ring that is full ------------------------------------------------------- */

/* As many ports on one file as the smallest ring has numbers. */
static unsigned int fill_file(xenevtchn_handle *xce, unsigned int *ports)
{
	unsigned int nr = (unsigned int)sysconf(_SC_PAGESIZE) / 4, i;
	int port;

	for (i = 0; i < nr; i++) {
		port = i % 2 ? xenevtchn_bind_interdomain(xce, SELF, ports[i - 1]) :
			       xenevtchn_bind_unbound_port(xce, SELF);
		if (port < 0 && errno == ENOSPC)
			skip("this domain has fewer than %u channels to bind", nr);
		EXPECT(port > 0, "bind: %s", errno_name(errno));
		ports[i] = (unsigned int)port;
	}
	for (i = 0; i < nr; i += 2)
		EXPECT_RET(xenevtchn_notify(xce, ports[i + 1]), 0);
	return nr;
}

TEST_CASE(mapped_enobufs, "M02 more ports than there is room for are ENOBUFS", NEW,
	  LIMIT(120))
{
	xenevtchn_handle *xce = open_device();
	unsigned int *ports = calloc(1 << 16, sizeof(*ports)), nr, extra, got;
	int fd = xenevtchn_fd(xce);
	struct mapping m;
	void *memory;

	EXPECT(ports, "calloc");
	nr = fill_file(xce, ports);
	extra = bind_unbound(xce);
	memory = mapped_try(fd, 2, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	EXPECT(memory == MAP_FAILED && errno == ENOBUFS, "mmap: expected ENOBUFS, got %s",
	       errno_name(errno));
	/* Nothing was done: it can still be read. */
	EXPECT_RET(read(fd, &got, 4), 4);
	EXPECT_RET(write(fd, &got, 4), 4);
	EXPECT_RET(raw_unbind(fd, extra), 0);

	mapped_open(&m, fd, 2);
	/* All but the one that was read. */
	mapped_expect_waiting(&m, nr - 1);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), ENOBUFS);
	EXPECT_ERR(raw_bind_virq(fd, 0), ENOBUFS);
	EXPECT_ERR(raw_reset(fd), ENOBUFS);
	/* Its 0 has its place yet. */
	got = mapped_number(&m, m.ring->head - 1);
	EXPECT_RET(raw_unbind(fd, got), 0);
	EXPECT_ERR(raw_bind_unbound(fd, SELF), ENOBUFS);
	while (mapped_take(&m, &got))
		;
	EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind: %s", errno_name(errno));
	EXPECT_ERR(raw_bind_unbound(fd, SELF), ENOBUFS);
	EXPECT_RET(raw_reset(fd), 0);
	EXPECT(nr == m.ring->size, "%u ports, room for %u", nr, m.ring->size);
}

TEST_CASE(mapped_overrun, "M02 of what is written back untaken the last numbers are left", NEW,
	  LIMIT(120))
{
	struct mapping m;
	struct pair p;
	uint32_t i;

	mapped_pair(&p, &m);
	for (i = 0; i < m.ring->size + 5; i++) {
		notify(&p.a);
		while (mapped_waiting(&m) == i)
			EXPECT(readable(m.fd, EVENT_MS), "event %u is lost", i);
		unmask(&p.b);
	}
	EXPECT_EQ(mapped_waiting(&m), m.ring->size + 5);
	EXPECT(readable(m.fd, 0), "poll says that there is nothing");
	m.ring->tail = m.ring->head - m.ring->size;
	for (i = 0; i < m.ring->size; i++)
		mapped_expect(&m, p.b.port);
	mapped_expect_silence(&m);
}

/* --- everything at once --------------------------------------------------------- */

enum { STREAMS = 4, EVENTS = 500 };

struct stream {
	struct pair p;
	pthread_t thread;
};

/* Sends when its last event has been answered, so that none is one with another. */
static void *send_events(void *arg)
{
	struct stream *s = arg;
	int i;

	for (i = 0; i < EVENTS; i++) {
		notify(&s->p.a);
		expect_event(&s->p.a);
		unmask(&s->p.a);
	}
	return NULL;
}

TEST_CASE(mapped_streams, "M02 no event is lost between taking, sleeping and writing back", NEW,
	  LIMIT(240))
{
	xenevtchn_handle *xb = open_device();
	struct stream s[STREAMS];
	struct mapping m;
	unsigned int got;
	int i, n;

	for (i = 0; i < STREAMS; i++)
		pair_bind(&s[i].p, open_device(), xb);
	mapped_open(&m, s[0].p.b.fd, 2);
	for (i = 0; i < STREAMS; i++)
		EXPECT_RET(pthread_create(&s[i].thread, NULL, send_events, &s[i]), 0);
	for (n = 0; n < STREAMS * EVENTS; n++) {
		while (!mapped_take(&m, &got))
			EXPECT(readable(m.fd, EVENT_MS), "event %d is lost", n);
		EXPECT_RET(write(m.fd, &got, 4), 4);
		EXPECT_RET(xenevtchn_notify(xb, got), 0);
	}
	for (i = 0; i < STREAMS; i++)
		EXPECT_RET(pthread_join(s[i].thread, NULL), 0);
	mapped_expect_silence(&m);
}
