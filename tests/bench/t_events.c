// SPDX-License-Identifier: GPL-2.0
/* B01 to B05: an event, from the notify to the write that lets the next one come. */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

#define BATCH	400
#define WAKES	150

/* Both ends on one file, as most clients have them. */
static void pair_on_one_file(struct pair *p)
{
	xenevtchn_handle *xce = open_device();

	pair_bind(p, xce, xce);
}

static void do_notify(void *arg)
{
	struct pair *p = arg;

	xenevtchn_notify(p->b.xce, p->b.port);
}

/* The peer has an event already, so nothing is delivered. */
TEST_CASE(notify_cost, "B01 notify")
{
	struct pair p;
	struct work work = { "notify", do_notify, &p, 1, 50, 40 };

	pair_on_one_file(&p);
	measure_cheapest(&work);
	expect_event(&p.a);
}

static void do_unmask(void *arg)
{
	struct pair *p = arg;

	xenevtchn_unmask(p->a.xce, p->a.port);
}

TEST_CASE(unmask_cost, "B02 unmask of an armed port")
{
	struct pair p;
	struct work work = { "unmask", do_unmask, &p, 1, 40, 40 };

	pair_on_one_file(&p);
	measure_cheapest(&work);
	expect_pair_works(&p);
}

static void do_round_trip(void *arg)
{
	struct pair *p = arg;
	unsigned int got;

	xenevtchn_notify(p->b.xce, p->b.port);
	got = (unsigned int)xenevtchn_pending(p->a.xce);
	EXPECT(got == p->a.port, "got %u", got);
	xenevtchn_unmask(p->a.xce, got);
}

TEST_CASE(round_trip_cost, "B03 notify, read, write")
{
	struct pair p;
	struct work work = { "roundtrip", do_round_trip, &p, 1, 15, 40 };

	pair_on_one_file(&p);
	measure_cheapest(&work);
}

static void do_polled_round_trip(void *arg)
{
	struct pair *p = arg;
	struct pollfd pfd = { .fd = p->a.fd, .events = POLLIN };
	unsigned int got;

	xenevtchn_notify(p->b.xce, p->b.port);
	EXPECT(poll(&pfd, 1, -1) == 1 && pfd.revents == POLLIN, "poll");
	got = (unsigned int)xenevtchn_pending(p->a.xce);
	EXPECT(got == p->a.port, "got %u", got);
	xenevtchn_unmask(p->a.xce, got);
}

TEST_CASE(polled_cost, "B04 notify, poll, read, write")
{
	struct pair p;
	struct work work = { "polled", do_polled_round_trip, &p, 1, 12, 40 };

	pair_on_one_file(&p);
	measure_cheapest(&work);
}

struct batch {
	struct pair pairs[BATCH];
	int fd;
};

static void do_batch(void *arg)
{
	struct batch *batch = arg;
	unsigned int ports[BATCH];
	size_t got = 0;
	ssize_t n;
	int i;

	for (i = 0; i < BATCH; i++)
		do_notify(&batch->pairs[i]);
	/* A ring may be read in two parts where it is wrapped. */
	while (got < sizeof(ports)) {
		n = read(batch->fd, (char *)ports + got, sizeof(ports) - got);
		EXPECT(n > 0, "read: %zd after %zu bytes", n, got);
		got += (size_t)n;
	}
	EXPECT(write(batch->fd, ports, sizeof(ports)) == sizeof(ports), "write");
}

TEST_CASE(batch_cost, "B05 an event of 400 that are read and written at once",
	  LIMIT(60))
{
	static struct batch batch;
	struct work work = { "batch", do_batch, &batch, BATCH, 1, 15 };
	xenevtchn_handle *xce = open_device();
	int i;

	batch.fd = xenevtchn_fd(xce);
	for (i = 0; i < BATCH; i++)
		pair_bind(&batch.pairs[i], xce, xce);
	measure_middle(&work);
}

/* --- somebody sleeps ----------------------------------------------------------- */

struct sleeper {
	struct pair pair;
	int to[2], back[2];
	uint64_t woken;
};

static void *sleep_on_read(void *arg)
{
	struct sleeper *s = arg;
	unsigned int port;
	char c;

	while (read(s->to[0], &c, 1) == 1) {
		EXPECT(read(s->pair.a.fd, &port, 4) == 4, "read");
		s->woken = ticks();
		unmask(&s->pair.a);
		EXPECT(write(s->back[1], "", 1) == 1, "write");
	}
	return NULL;
}

TEST_CASE(wake_cost, "B06 from a notify to the return of a read that slept")
{
	struct sleeper s = {};
	uint64_t samples[WAKES], start;
	pthread_t thread;
	char c;
	int i;

	pair_on_one_file(&s.pair);
	EXPECT(!pipe(s.to) && !pipe(s.back), "pipe");
	EXPECT_RET(pthread_create(&thread, NULL, sleep_on_read, &s), 0);
	for (i = 0; i < WAKES; i++) {
		EXPECT(write(s.to[1], "", 1) == 1, "write");
		/* One CPU: it has gone to sleep by then. */
		sleep_ms(2);
		start = ticks();
		do_notify(&s.pair);
		EXPECT(read(s.back[0], &c, 1) == 1, "read");
		samples[i] = s.woken - start;
	}
	measure_samples("wake", samples, WAKES, 1);
	measure_value("wake", samples[0] / 100);
	close(s.to[1]);
	pthread_join(thread, NULL);
}
