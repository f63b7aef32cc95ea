// SPDX-License-Identifier: GPL-2.0
/* V03: events without end, which nobody writes back. */
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

#define MEASURE_MS	1000

/* An eventfd that sends on one end, and that the other end's events raise. */
static int start_storm(struct pair *p)
{
	int efd;

	pair_open(p);
	efd = receiver(&p->b, 0);
	connect_eventfd(&p->a, EVTCHN_EVENTFD_SEND, efd);
	write_eventfd(efd, 1);
	return efd;
}

static unsigned int events_of(const struct end *end)
{
	return status_of(end->fd, end->port).events;
}

/* Turns of a loop of a process that has nothing else to do. */
static unsigned long turns_in(int ms)
{
	int64_t end = now_ms() + ms;
	unsigned long turns = 0;

	while (now_ms() < end)
		turns++;
	return turns;
}

/* The event core may have one more, which it holds back for some jiffies. */
static void expect_over(const struct end *end)
{
	unsigned int events = events_of(end);

	sleep_ms(4 * SETTLE_MS);
	EXPECT(events_of(end) - events <= 1, "%u events have come since",
	       events_of(end) - events);
}

TEST_CASE(eventfd_storm_share, "V03 in an endless storm a process gets its share of the CPU", NEW,
	  LIMIT(60))
{
	unsigned long calm = turns_in(MEASURE_MS), stormy;
	unsigned int events;
	struct pair p;

	start_storm(&p);
	events = events_of(&p.b);
	stormy = turns_in(MEASURE_MS);
	events = events_of(&p.b) - events;
	note("%u events in %d ms, and %lu %% of the CPU for the process", events,
	     MEASURE_MS, stormy * 100 / calm);
	EXPECT(events > 1, "there is no storm");
	EXPECT(stormy > calm / 5, "%lu turns of a loop instead of %lu", stormy,
	       calm);
}

TEST_CASE(eventfd_storm_remove, "V03 to remove either eventfd ends a storm at once", NEW)
{
	struct pair p;
	int efd;

	start_storm(&p);
	remove_eventfd(&p.a, EVTCHN_EVENTFD_SEND);
	expect_over(&p.b);
	expect_silence(p.b.fd);
	pair_close(&p);

	efd = start_storm(&p);
	remove_eventfd(&p.b, 0);
	expect_over(&p.b);
	/* What was sent last is in the ring. */
	if (readable(p.b.fd, SETTLE_MS)) {
		expect_event(&p.b);
		unmask(&p.b);
	}
	expect_not_raised(efd);
}

TEST_CASE(eventfd_storm_close, "V03 to close or unbind either end ends a storm at once", NEW)
{
	struct pair p;

	start_storm(&p);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	expect_over(&p.b);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);

	start_storm(&p);
	EXPECT_RET(xenevtchn_close(p.a.xce), 0);
	expect_over(&p.b);
	pair_open(&p);
	expect_pair_works(&p);
}

TEST_CASE(eventfd_calm, "V03 after a storm the port's events come without delay", NEW)
{
	int efd, i;
	struct pair p;
	int64_t start;

	start_storm(&p);
	sleep_ms(SETTLE_MS);
	remove_eventfd(&p.a, EVTCHN_EVENTFD_SEND);
	remove_eventfd(&p.b, 0);
	if (readable(p.b.fd, SETTLE_MS)) {
		expect_event(&p.b);
		unmask(&p.b);
	}
	efd = receiver(&p.b, 0);
	start = now_ms();
	for (i = 0; i < 20; i++) {
		notify(&p.a);
		expect_raised(efd, 1);
	}
	EXPECT(now_ms() - start < EVENT_MS, "20 events took %lld ms",
	       (long long)(now_ms() - start));
}
