// SPDX-License-Identifier: GPL-2.0
/* V03: events without end, which nobody writes back. */
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

#define MEASURE_MS	1000
#define CALM_MS		(3000 * (int)slowness)
#define TRIES		5	/* of which one at least is not disturbed by other work */
#define SHARE		20	/* of so many turns one: a slow machine has fewer left */
#define STORMS		10
/*
 * Of the storm's first events, of which the driver lets through those of a jiffy, 20,000
 * in a second, and some more: 82 with 250 jiffies in a second, or twice that if one ends
 * meanwhile. What the event core would let through by itself is over 1,000.
 */
#define FIRST_LEAST	20
#define FIRST_MOST	300

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

/* The same beside a storm, which has so many events. */
static unsigned long stormy_turns_in(int ms, unsigned int *events)
{
	unsigned long turns;
	struct pair p;
	int efd;

	efd = start_storm(&p);
	*events = events_of(&p.b);
	turns = turns_in(ms);
	*events = events_of(&p.b) - *events;
	pair_close(&p);
	close(efd);
	return turns;
}

static unsigned long most(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

/* Other work on the machine makes either too small, so what counts is the most of each. */
TEST_CASE(eventfd_storm_share, "V03 in an endless storm a process gets its share of the CPU", NEW,
	  LIMIT(120))
{
	unsigned long calm = 0, stormy = 0;
	unsigned int events;
	bool share = false;
	int i;

	for (i = 0; i < TRIES && !share; i++) {
		calm = most(calm, turns_in(MEASURE_MS));
		stormy = most(stormy, stormy_turns_in(MEASURE_MS, &events));
		note("%u events in %d ms, and %lu %% of the CPU for the process", events,
		     MEASURE_MS, stormy * 100 / calm);
		share = events > 1 && stormy > calm / SHARE;
	}
	EXPECT(events > 1, "there is no storm");
	EXPECT(share, "%lu turns of a loop instead of %lu", stormy, calm);
}

/*
 * On a domain's only CPU they come before the write that begins the storm returns, so
 * that none but the event core and the driver can have ended them.
 */
TEST_CASE(eventfd_storm_first, "V03 of an endless storm a process waits for the first events only",
	  NEW, FAST, LIMIT(60))
{
	unsigned int events, i;
	struct pair p;

	for (i = 0; i < STORMS; i++) {
		start_storm(&p);
		/* The first of all came as the port was bound. */
		events = events_of(&p.b) - 1;
		note("%u events", events);
		EXPECT(events >= FIRST_LEAST, "there is no storm");
		EXPECT(events <= FIRST_MOST, "%u events came at once", events);
		pair_close(&p);
	}
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

/* How long so many events take, one after the other; what they add to the sum. */
static int64_t time_events(const struct end *from, int efd, int count, uint64_t *sum)
{
	int64_t start = now_ms();

	while (count--) {
		notify(from);
		EXPECT(readable(efd, EVENT_MS), "an event is lost");
		*sum += read_eventfd(efd);
	}
	return now_ms() - start;
}

TEST_CASE(eventfd_calm, "V03 after a storm the port's events come without delay", NEW,
	  LIMIT(120))
{
	int64_t took = CALM_MS;
	uint64_t sum = 0;
	struct pair p;
	int efd, i;

	start_storm(&p);
	sleep_ms(SETTLE_MS);
	remove_eventfd(&p.a, EVTCHN_EVENTFD_SEND);
	remove_eventfd(&p.b, 0);
	efd = receiver(&p.b, 0);
	for (i = 0; i < TRIES && took >= CALM_MS; i++)
		took = time_events(&p.a, efd, 20, &sum);
	EXPECT(took < CALM_MS, "20 events took %lld ms", (long long)took);
	/* The last of the storm is among them, or has joined one of them, or is yet to come. */
	EXPECT(sum == 20 * (uint64_t)i || sum == 20 * (uint64_t)i + 1,
	       "%llu events came of %d", (unsigned long long)sum, 20 * i);
}
