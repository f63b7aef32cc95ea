// SPDX-License-Identifier: GPL-2.0
/* D05: events that come before the last one was written back. */
#include <unistd.h>

#include "harness.h"
#include "early.h"
#include "eventfd.h"
#include "mapped.h"
#include "proc.h"

#define TOO_EARLY	STOCK_FAILS("D5: hands it out at once, and the kernel warns")
#define ROUNDS		3
#define SLOW		LIMIT(60)	/* to load a module takes up to a second */

/* One event is read, and the next one comes as it is not written back. */
static void read_one(const struct early *e, void (*again)(const struct early *e))
{
	notify(&e->pair.a);
	expect_event(&e->pair.b);
	again(e);
	expect_silence(e->pair.b.fd);
}

/* Nothing has come that was not sent, and the next event comes. */
static void expect_settled(const struct early *e, int kmsg)
{
	expect_silence(e->pair.b.fd);
	expect_pair_works(&e->pair);
	expect_kmsg_quiet(kmsg);
}

static void expect_held(void (*again)(const struct early *e))
{
	struct early e;
	int i, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	for (i = 0; i < ROUNDS; i++) {
		read_one(&e, again);
		unmask(&e.pair.b);
		expect_event(&e.pair.b);
		expect_silence(e.pair.b.fd);
		unmask(&e.pair.b);
	}
	expect_settled(&e, kmsg);
}

TEST_CASE(early_held, "D05 an event before the last is written back is read once, after that",
	  HAZARD, TOO_EARLY, SLOW)
{
	expect_held(early_call);
}

TEST_CASE(early_unmasked,
	  "D05 an event before the last is written back, by an upcall of Xen's, is read once, too",
	  HAZARD, TOO_EARLY, SLOW)
{
	expect_held(early_upcall);
}

TEST_CASE(early_unread, "D05 an event before the last is read is read once, after the write",
	  HAZARD, TOO_EARLY, SLOW)
{
	struct early e;
	int kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	notify(&e.pair.a);
	EXPECT(readable(e.pair.b.fd, EVENT_MS), "no event came");
	early_call(&e);
	expect_event(&e.pair.b);
	expect_silence(e.pair.b.fd);
	unmask(&e.pair.b);
	expect_event(&e.pair.b);
	unmask(&e.pair.b);
	expect_settled(&e, kmsg);
}

TEST_CASE(early_many, "D05 many events before the last is written back are one", HAZARD,
	  TOO_EARLY, SLOW)
{
	struct early e;
	int i, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	read_one(&e, early_call);
	for (i = 0; i < ROUNDS; i++)
		early_call(&e);
	expect_silence(e.pair.b.fd);
	unmask(&e.pair.b);
	expect_event(&e.pair.b);
	unmask(&e.pair.b);
	expect_settled(&e, kmsg);
}

TEST_CASE(early_and_masked, "D05 an event that is held and one that waits in Xen are two", HAZARD,
	  TOO_EARLY, SLOW)
{
	struct early e;
	int i, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	read_one(&e, early_upcall);
	notify(&e.pair.a);
	for (i = 0; i < 2; i++) {
		expect_silence(e.pair.b.fd);
		unmask(&e.pair.b);
		expect_event(&e.pair.b);
	}
	unmask(&e.pair.b);
	expect_settled(&e, kmsg);
}

TEST_CASE(early_reset, "D05 RESET of an event behind which one is held leaves that to be read",
	  HAZARD, STOCK_FAILS("D7: the port stays masked"), SLOW)
{
	struct early e;
	int kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	notify(&e.pair.a);
	EXPECT(readable(e.pair.b.fd, EVENT_MS), "no event came");
	early_call(&e);
	EXPECT_RET(raw_reset(e.pair.b.fd), 0);
	expect_event(&e.pair.b);
	unmask(&e.pair.b);
	expect_settled(&e, kmsg);
}

/* STATUS of b: what waits for whom, and the counts since before. */
static void expect_counts(const struct early *e, const struct ioctl_evtchn_status *before,
			  unsigned int pending, unsigned int events, unsigned int rearms)
{
	const struct end *b = &e->pair.b;
	struct ioctl_evtchn_status now = status_of(b->fd, b->port);

	EXPECT_EQ(now.pending, pending);
	EXPECT_EQ(now.events - before->events, events);
	EXPECT_EQ(now.rearms - before->rearms, rearms);
}

TEST_CASE(early_counts, "D05 STATUS counts an event that is held as it is given out", NEW, SLOW)
{
	struct ioctl_evtchn_status before;
	struct early e;

	early_open(&e);
	before = status_of(e.pair.b.fd, e.pair.b.port);
	EXPECT_EQ(before.events, before.rearms);
	read_one(&e, early_call);
	expect_counts(&e, &before, 0, 1, 0);
	unmask(&e.pair.b);
	expect_counts(&e, &before, EVTCHN_PENDING_QUEUED, 2, 1);
	expect_event(&e.pair.b);
	expect_counts(&e, &before, 0, 2, 1);
	unmask(&e.pair.b);
	expect_counts(&e, &before, EVTCHN_PENDING_ARMED, 2, 2);
}

TEST_CASE(early_eventfd, "D05 an eventfd with HOLD is raised for a held event after the write", NEW,
	  SLOW)
{
	struct ioctl_evtchn_status before;
	struct early e;
	int efd, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	efd = receiver(&e.pair.b, EVTCHN_EVENTFD_HOLD);
	before = status_of(e.pair.b.fd, e.pair.b.port);
	notify(&e.pair.a);
	expect_raised(efd, 1);
	early_call(&e);
	expect_not_raised(efd);
	expect_counts(&e, &before, 0, 1, 0);
	unmask(&e.pair.b);
	expect_raised(efd, 1);
	expect_counts(&e, &before, 0, 2, 1);
	unmask(&e.pair.b);
	expect_not_raised(efd);
	expect_counts(&e, &before, EVTCHN_PENDING_ARMED, 2, 2);
	notify(&e.pair.a);
	expect_raised(efd, 1);
	expect_silence(e.pair.b.fd);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(early_connect, "D05 an eventfd without HOLD is raised for a held event at once", NEW,
	  SLOW)
{
	struct ioctl_evtchn_status before;
	struct early e;
	int efd, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	before = status_of(e.pair.b.fd, e.pair.b.port);
	read_one(&e, early_call);
	efd = receiver(&e.pair.b, 0);
	expect_raised(efd, 1);
	expect_counts(&e, &before, EVTCHN_PENDING_ARMED, 2, 2);
	notify(&e.pair.a);
	expect_raised(efd, 1);
	expect_not_raised(efd);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(early_mapped, "D05 the mapped ring has an event that is held once, after the write", NEW,
	  SLOW)
{
	struct ioctl_evtchn_status before;
	struct mapping m;
	struct early e;
	int i, kmsg;

	early_open(&e);
	kmsg = kmsg_from_here();
	mapped_open(&m, e.pair.b.fd, 2);
	before = status_of(e.pair.b.fd, e.pair.b.port);
	for (i = 0; i < ROUNDS; i++) {
		notify(&e.pair.a);
		mapped_expect(&m, e.pair.b.port);
		early_call(&e);
		mapped_expect_silence(&m);
		unmask(&e.pair.b);
		mapped_expect(&m, e.pair.b.port);
		mapped_expect_silence(&m);
		unmask(&e.pair.b);
	}
	mapped_expect_silence(&m);
	expect_counts(&e, &before, EVTCHN_PENDING_ARMED, 2 * ROUNDS, 2 * ROUNDS);
	expect_kmsg_quiet(kmsg);
}
