// SPDX-License-Identifier: GPL-2.0
/* C18, C25, C26, C42: the queue of a file: order, growth, overflow, RESET. */
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "proc.h"

#define COMM	"ct-order"	/* who opens the files whose order counts */
#define PAIRS	40
#define ROUNDS	100	/* more than the queue of so few ports has room for */

#define OVERFLOWS "one port can fill its queue, which then overflows"
#define STALE "D8: UNBIND leaves the port's events in the queue"
#define DEAF "D7: the ports whose events it drops stay masked"

static void open_ordered(struct pair *p, int nr)
{
	xenevtchn_handle *xa, *xb;
	int i;

	xa = open_device();
	set_comm(COMM);
	xb = open_device();
	for (i = 0; i < nr; i++)
		pair_bind(&p[i], xa, xb);
}

/*
 * Events on different CPUs overtake one another; so each one is sent when the
 * interrupt of the one before has been counted.
 */
static void queue_in_order(const struct pair *p, int from, int to)
{
	unsigned long count = irqs_of(COMM).count;
	int i;

	for (i = from; i < to; i++) {
		notify(&p[i].a);
		wait_irqs(COMM, ++count);
	}
}

static void expect_in_order(const struct pair *p, int from, int to)
{
	unsigned int list[2 * PAIRS];
	size_t len = 4 * (size_t)(to - from);
	int i;

	EXPECT_RET(read(p->b.fd, list, len), len);
	for (i = from; i < to; i++)
		EXPECT(list[i - from] == p[i].b.port,
		       "entry %d: expected port %u, got %u", i - from,
		       p[i].b.port, list[i - from]);
}

static void unmask_some(const struct pair *p, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		unmask(&p[i].b);
}

TEST_CASE(order, "C18 events are read in the order in which they came", LIMIT(60))
{
	struct pair p[PAIRS];

	open_ordered(p, 12);
	queue_in_order(p, 0, 12);
	expect_in_order(p, 0, 12);
}

TEST_CASE(order_pieces, "C18 the order holds when events are read in pieces", LIMIT(60))
{
	struct pair p[PAIRS];

	open_ordered(p, 12);
	queue_in_order(p, 0, 12);
	expect_in_order(p, 0, 7);
	expect_in_order(p, 7, 8);
	expect_in_order(p, 8, 12);
}

TEST_CASE(order_wrapped, "C18 the order holds across the end of the queue's memory", LIMIT(60))
{
	struct pair p[PAIRS];
	int round;

	open_ordered(p, PAIRS);
	/* Forty at a time in a queue of sixty-four: the second one wraps. */
	for (round = 0; round < 2; round++) {
		queue_in_order(p, 0, PAIRS);
		expect_in_order(p, 0, PAIRS);
		unmask_some(p, 0, PAIRS);
	}
}

TEST_CASE(order_fault, "C18 the order holds after a read that failed with EFAULT", LIMIT(60))
{
	struct pair p[PAIRS];
	int round;

	open_ordered(p, PAIRS);
	for (round = 0; round < 2; round++) {
		queue_in_order(p, 0, PAIRS);
		EXPECT_ERR(read(p[0].b.fd, nowhere, 4096), EFAULT);
		expect_in_order(p, 0, PAIRS);
		unmask_some(p, 0, PAIRS);
	}
}

TEST_CASE(grow, "C42 the order of waiting events holds when more ports are bound", LIMIT(120))
{
	enum { FIRST = 60, ALL = 70 };
	xenevtchn_handle *xb;
	struct pair p[ALL];
	unsigned long count;
	int i;

	open_ordered(p, FIRST);
	xb = p[0].b.xce;
	queue_in_order(p, 0, PAIRS);
	expect_in_order(p, 0, PAIRS);
	unmask_some(p, 0, PAIRS);
	/* Forty-five wait, wrapped, when the sixty-fifth port is bound. */
	queue_in_order(p, 15, FIRST);
	count = irqs_of(COMM).count;
	for (i = FIRST; i < ALL; i++) {
		p[i].a = p[0].a;
		p[i].a.port = bind_unbound(p[0].a.xce);
		p[i].b = p[0].b;
		p[i].b.port = bind_peer(xb, p[i].a.port);
		wait_irqs(COMM, ++count);	/* each brings its first event */
	}
	expect_in_order(p, 15, ALL);
	unmask_some(p, 0, ALL);
	expect_pair_works(&p[0]);
	expect_pair_works(&p[ALL - 1]);
}

TEST_CASE(grow_far, "C42 of two hundred ports on one file every event is read once", LIMIT(120))
{
	xenevtchn_handle *xce = open_device();
	unsigned int a[100], b[100], list[200], i, sum = 0;
	int fd = xenevtchn_fd(xce);
	ssize_t got, n = 0;

	for (i = 0; i < 100; i++) {
		a[i] = bind_unbound(xce);
		b[i] = bind_peer(xce, a[i]);
		EXPECT_RET(xenevtchn_notify(xce, b[i]), 0);
	}
	while (n < 200 && readable(fd, EVENT_MS)) {
		got = read(fd, list + n, 32);
		EXPECT(got > 0 && got % 4 == 0, "read returned %zd", got);
		n += got / 4;
	}
	EXPECT_EQ(n, 200);
	expect_silence(fd);
	for (i = 0; i < 200; i++)
		sum += list[i];
	for (i = 0; i < 100; i++)
		sum -= a[i] + b[i];
	EXPECT_EQ(sum, 0);
}

/* One port, unmasked before its event is read, again and again. */
static void churn_unmask(const struct pair *p)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		notify(&p->a);
		sleep_ms(1);	/* it may come on another CPU */
		unmask(&p->b);
	}
	sleep_ms(SETTLE_MS);
}

/* Ports that come and go with their first event unread. */
static void churn_bind(xenevtchn_handle *xa, xenevtchn_handle *xb)
{
	unsigned int a, b;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		a = bind_unbound(xa);
		b = bind_peer(xb, a);
		EXPECT_RET(xenevtchn_unbind(xb, b), 0);
		EXPECT_RET(xenevtchn_unbind(xa, a), 0);
	}
	sleep_ms(SETTLE_MS);
}

static int poll_bits(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = -1 };

	EXPECT_RET(poll(&pfd, 1, 0), 1);
	return pfd.revents & ~(POLLOUT | POLLWRNORM);
}

TEST_CASE(overflow_unmask, "C25 a port that is unmasked before it is read is queued once",
	  STOCK_FAILS(OVERFLOWS))
{
	unsigned int list[ROUNDS];
	struct pair p;

	pair_open(&p);
	churn_unmask(&p);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_EQ(poll_bits(p.b.fd), POLLIN | POLLRDNORM);
	EXPECT_RET(read(p.b.fd, list, sizeof(list)), 4);
	EXPECT_EQ(list[0], p.b.port);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(overflow_bind, "C25 binding and unbinding without a read leaves nothing in the queue",
	  LIMIT(60), STOCK_FAILS(STALE))
{
	xenevtchn_handle *xb = open_device();
	unsigned int port;
	struct pair p;

	set_nonblock(xenevtchn_fd(xb), true);
	churn_bind(open_device(), xb);
	EXPECT_EQ(poll_bits(xenevtchn_fd(xb)), 0);
	EXPECT_ERR(read(xenevtchn_fd(xb), &port, 4), EAGAIN);
	pair_bind(&p, open_device(), xb);
	expect_pair_works(&p);
}

TEST_CASE(overflow_short, "C15 read of 0 to 3 bytes returns 0 however much was queued")
{
	unsigned int port;
	struct pair p;
	size_t len;

	pair_open(&p);
	churn_unmask(&p);
	for (len = 0; len < 4; len++)
		EXPECT_RET(read(p.b.fd, &port, len), 0);
}

TEST_CASE(overflow_reset, "C25 RESET makes a file usable again however much was queued")
{
	struct pair p;

	pair_open(&p);
	churn_unmask(&p);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	unmask(&p.b);
	sleep_ms(SETTLE_MS);
	/* An event that waited behind the mask may have come now. */
	while (readable(p.b.fd, 0)) {
		expect_event(&p.b);
		unmask(&p.b);
	}
	expect_pair_works(&p);
}

TEST_CASE(reset_empty, "C26 RESET of a file without events returns 0 and changes nothing")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	EXPECT_EQ(poll_bits(p.b.fd), 0);
	expect_pair_works(&p);
}

TEST_CASE(reset_drops, "C26 RESET drops the events that wait")
{
	unsigned int port;
	struct pair p[2];

	open_ordered(p, 2);
	queue_in_order(p, 0, 2);
	EXPECT_RET(raw_reset(p->b.fd), 0);
	EXPECT_EQ(poll_bits(p->b.fd), 0);
	set_nonblock(p->b.fd, true);
	EXPECT_ERR(read(p->b.fd, &port, 4), EAGAIN);
}

TEST_CASE(reset_rearms, "C26 RESET leaves no port deaf: the next event comes",
	  STOCK_FAILS(DEAF))
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	expect_delivery(&p.a, &p.b);
}

TEST_CASE(reset_latched, "C26 an event that waited behind a dropped one comes after RESET",
	  STOCK_FAILS(DEAF))
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	notify(&p.a);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	expect_event(&p.b);
}

TEST_CASE(reset_unmasks, "C26 after RESET a dropped port can be unmasked by write as ever")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	unmask(&p.b);
	expect_silence(p.b.fd);
	expect_delivery(&p.a, &p.b);
}

TEST_CASE(reset_masked, "C26 RESET does not unmask a port whose event was read")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	notify(&p.a);
	expect_silence(p.b.fd);
	unmask(&p.b);
	expect_event(&p.b);
}
