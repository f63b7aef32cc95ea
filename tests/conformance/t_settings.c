// SPDX-License-Identifier: GPL-2.0
/* X05, X06: whose events come first, and on which CPU. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define LOWEST	15
#define CROWD	400
#define TRIES	20
#define MORE	500	/* tries, on a machine that is busy otherwise */

static void need_priority(int fd, unsigned int port)
{
	if (!raw_priority(fd, port, 7))
		return;
	EXPECT_EQ(errno, EOPNOTSUPP);
	skip("channels have no priority here");
}

TEST_CASE(priority_range, "X05 a priority is 0 to 15, and EINVAL above", NEW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);
	int fd = xenevtchn_fd(xce);

	need_priority(fd, port);
	EXPECT_RET(raw_priority(fd, port, 0), 0);
	EXPECT_RET(raw_priority(fd, port, LOWEST), 0);
	EXPECT_ERR(raw_priority(fd, port, LOWEST + 1), EINVAL);
	EXPECT_ERR(raw_priority(fd, port, ABSURD), EINVAL);
}

TEST_CASE(priority_of_others, "X05 PRIORITY of a port of another file is ENOTCONN", NEW)
{
	EXPECT_ERR(raw_priority(raw_open(O_RDWR), bind_unbound(open_device()), 3), ENOTCONN);
}

TEST_CASE(priority_delivers, "X05 events come at each priority, also after it was changed",
	  NEW)
{
	unsigned int priority;
	struct pair p;

	pair_open(&p);
	need_priority(p.b.fd, p.b.port);
	for (priority = 0; priority <= LOWEST; priority++) {
		EXPECT_RET(raw_priority(p.b.fd, p.b.port, priority), 0);
		expect_delivery(&p.a, &p.b);
		expect_delivery(&p.a, &p.b);
	}
}

TEST_CASE(priority_queued, "X05 a priority can be set while an event is pending, and none is lost",
	  NEW)
{
	struct pair p;

	pair_open(&p);
	need_priority(p.b.fd, p.b.port);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	notify(&p.a);
	EXPECT_RET(raw_priority(p.b.fd, p.b.port, 0), 0);
	expect_event(&p.b);
	unmask(&p.b);
	expect_event(&p.b);
	unmask(&p.b);
	expect_delivery(&p.a, &p.b);
}

static bool cpu_is_online(unsigned int cpu)
{
	char path[80], online = '1';
	int fd;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u", cpu);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		EXPECT_RET(read(fd, &online, 1), 1);
		close(fd);
	}
	return online == '1';
}

static void need_affinity(int fd, unsigned int port)
{
	if (!raw_affinity(fd, port, 0))
		return;
	EXPECT_EQ(errno, EOPNOTSUPP);
	skip("this kernel can not be asked for it");
}

TEST_CASE(affinity_feature, "X06 FEATURES has AFFINITY where the command is not EOPNOTSUPP",
	  NEW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);
	int fd = xenevtchn_fd(xce);

	if (features_of(fd) & EVTCHN_FEATURE_AFFINITY)
		EXPECT_RET(raw_affinity(fd, port, 0), 0);
	else
		EXPECT_ERR(raw_affinity(fd, port, 0), EOPNOTSUPP);
}

TEST_CASE(affinity_moves, "X06 AFFINITY moves a port's events to each CPU that is online",
	  NEW)
{
	unsigned int cpu, moved = 0;
	struct pair p;

	pair_open(&p);
	need_affinity(p.b.fd, p.b.port);
	for (cpu = 0; cpu < 4; cpu++) {
		if (!cpu_is_online(cpu))
			continue;
		EXPECT_RET(raw_affinity(p.b.fd, p.b.port, cpu), 0);
		/* The event core moves it with the next event. */
		expect_delivery(&p.a, &p.b);
		expect_delivery(&p.a, &p.b);
		EXPECT_EQ(status_of(p.b.fd, p.b.port).vcpu, cpu);
		moved++;
	}
	if (moved < 2)
		note("one CPU was online");
}

TEST_CASE(affinity_offline, "X06 a CPU that is offline, or not there, is EINVAL", NEW)
{
	struct pair p;

	pair_open(&p);
	need_affinity(p.b.fd, p.b.port);
	EXPECT_ERR(raw_affinity(p.b.fd, p.b.port, 100000), EINVAL);
	EXPECT_ERR(raw_affinity(p.b.fd, p.b.port, ABSURD), EINVAL);
	expect_delivery(&p.a, &p.b);
}

/* --- of two events that wait for a CPU --------------------------------------------- */

/* How long each event of this file takes, with interrupts off: all of these are told. */
static void crowd_around(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epfd, i;

	for (i = 0; i < CROWD; i++) {
		epfd = epoll_create1(EPOLL_CLOEXEC);
		EXPECT(epfd >= 0, "epoll_create1: %s", errno_name(errno));
		EXPECT_RET(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), 0);
	}
}

/* The b end's events go to CPU 1, and who sends them is not there. */
static void move_to_cpu1(struct pair *p)
{
	cpu_set_t set;

	if (!cpu_is_online(1))
		skip("one CPU is online");
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	EXPECT_RET(sched_setaffinity(0, sizeof(set), &set), 0);
	need_affinity(p->b.fd, p->b.port);
	EXPECT_RET(raw_affinity(p->b.fd, p->b.port, 1), 0);
	expect_delivery(&p->a, &p->b);
	expect_delivery(&p->a, &p->b);
	EXPECT_EQ(status_of(p->b.fd, p->b.port).vcpu, 1);
}

/*
 * While CPU 1 is busy with an event of a file that a crowd waits for, two of another file
 * are sent: whether the later one comes first.
 */
static bool overtakes(const struct pair *slow, const struct pair *first,
		      const struct pair *later)
{
	struct evtchn_notify list[] = {
		{ .port = slow->a.port }, { .port = first->a.port },
		{ .port = later->a.port },
	};
	unsigned int got, then;

	EXPECT_RET(raw_notify_many(slow->a.fd, list, 3), 3);
	expect_event(&slow->b);
	got = next_event(first->b.fd);
	then = next_event(first->b.fd);
	EXPECT(got != then && got + then == first->b.port + later->b.port,
	       "ports %u and %u have events, got %u and %u", first->b.port,
	       later->b.port, got, then);
	unmask(&slow->b);
	unmask(&first->b);
	unmask(&later->b);
	return got == later->b.port;
}

TEST_CASE(priority_overtakes,
	  "X05 events that wait for a CPU come in the order of their priority, else as sent",
	  NEW, LIMIT(120))
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair slow, first, later;
	int i, overtaken = 0;

	pair_bind(&slow, xa, open_device());
	pair_bind(&first, xa, xb);
	pair_bind(&later, xa, xb);
	need_priority(first.b.fd, first.b.port);
	move_to_cpu1(&slow);
	move_to_cpu1(&first);
	move_to_cpu1(&later);
	crowd_around(slow.b.fd);
	for (i = 0; i < TRIES; i++)
		EXPECT(!overtakes(&slow, &first, &later),
		       "an event has overtaken another one of the same priority");
	EXPECT_RET(raw_priority(first.b.fd, first.b.port, LOWEST), 0);
	EXPECT_RET(raw_priority(later.b.fd, later.b.port, 0), 0);
	/* Where others have the machine as well, CPU 1 may be done before both are sent. */
	for (i = 0; i < TRIES || (!overtaken && i < MORE); i++)
		overtaken += overtakes(&slow, &first, &later);
	EXPECT(overtaken, "an event of priority 0 did not overtake one of %d, in %d tries",
	       LOWEST, i);
	note("it was overtaken in %d of %d tries", overtaken, i);
}

TEST_CASE(affinity_of_others, "X06 AFFINITY of a port of another file is ENOTCONN", NEW)
{
	EXPECT_ERR(raw_affinity(raw_open(O_RDWR), bind_unbound(open_device()), 0), ENOTCONN);
}
