// SPDX-License-Identifier: GPL-2.0
/* X05, X06: whose events come first, and on which CPU. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define LOWEST	15

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

/*
 * That one event overtakes another can't be arranged from here: it takes two that reach a
 * CPU while its interrupts are off.
 */
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

TEST_CASE(affinity_of_others, "X06 AFFINITY of a port of another file is ENOTCONN", NEW)
{
	EXPECT_ERR(raw_affinity(raw_open(O_RDWR), bind_unbound(open_device()), 0), ENOTCONN);
}
