// SPDX-License-Identifier: GPL-2.0
/*
 * B15, B16: what several calls do, in one. The floor and the in-tree driver have none
 * of it, and are not asked.
 */
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

#define MANY	400

static void need_batches(int fd)
{
	struct ioctl_evtchn_features f = {};

	if (ioctl(fd, IOCTL_EVTCHN_FEATURES, &f) ||
	    !(f.features & EVTCHN_FEATURE_BATCH))
		skip("this driver has no batches");
}

/* A turn of a client's loop, and what it is given. */
struct turn {
	struct pair pair;
	struct ioctl_evtchn_wait arg;
	unsigned int rearm, notify, port;
};

static void do_turn(void *arg)
{
	struct turn *t = arg;

	EXPECT(ioctl(t->pair.a.fd, IOCTL_EVTCHN_WAIT, &t->arg) == 1, "WAIT");
	EXPECT(t->port == t->pair.a.port, "got %u", t->port);
}

TEST_CASE(wait_cost, "B15 notify, read, write by one WAIT")
{
	xenevtchn_handle *xce = open_device();
	struct turn t = {};
	struct work work = { "wait", do_turn, &t, 1, 15, 40 };

	need_batches(xenevtchn_fd(xce));
	pair_bind(&t.pair, xce, xce);
	t.rearm = t.pair.a.port;
	t.notify = t.pair.b.port;
	t.arg = (struct ioctl_evtchn_wait) {
		.nr_rearm = 1,
		.nr_notify = 1,
		.nr_ports = 1,
		.rearm = (uintptr_t)&t.rearm,
		.notify = (uintptr_t)&t.notify,
		.ports = (uintptr_t)&t.port,
		.timeout = -1,
	};
	measure_cheapest(&work);
}

struct many {
	struct pair pairs[MANY];
	struct evtchn_notify list[MANY];
	struct ioctl_evtchn_notify_many arg;
	int fd;
};

static void do_notify_many(void *arg)
{
	struct many *m = arg;

	EXPECT(ioctl(m->fd, IOCTL_EVTCHN_NOTIFY_MANY, &m->arg) == MANY,
	       "NOTIFY_MANY");
}

/* As in B01 the peers have an event already, so that nothing is delivered. */
TEST_CASE(notify_many_cost, "B16 notify, one of 400 by NOTIFY_MANY", LIMIT(60))
{
	static struct many m;
	struct work work = { "notify-many", do_notify_many, &m, MANY, 1, 15 };
	xenevtchn_handle *xce = open_device();
	int i;

	m.fd = xenevtchn_fd(xce);
	need_batches(m.fd);
	for (i = 0; i < MANY; i++) {
		pair_bind(&m.pairs[i], xce, xce);
		m.list[i].port = m.pairs[i].b.port;
	}
	m.arg.count = MANY;
	m.arg.ports = (uintptr_t)m.list;
	measure_middle(&work);
}
