// SPDX-License-Identifier: GPL-2.0
/* N02: NOTIFY_MANY, an event on each port of a list. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define PAIRS	8

/* Pairs whose a ends are on one file. */
static void many_pairs(struct pair *p, struct evtchn_notify *list)
{
	xenevtchn_handle *xa = open_device();
	int i;

	for (i = 0; i < PAIRS; i++) {
		pair_bind(&p[i], xa, open_device());
		list[i].port = p[i].a.port;
		list[i].result = 1;
	}
}

TEST_CASE(many_all, "N02 NOTIFY_MANY sends an event on each port of the list", NEW)
{
	struct evtchn_notify list[PAIRS];
	struct pair p[PAIRS];
	int i;

	many_pairs(p, list);
	EXPECT_RET(raw_notify_many(p[0].a.fd, list, PAIRS), PAIRS);
	for (i = 0; i < PAIRS; i++) {
		EXPECT_EQ(list[i].result, 0);
		EXPECT_EQ(list[i].port, p[i].a.port);
		expect_event(&p[i].b);
	}
}

TEST_CASE(many_failing, "N02 a port that fails does not stop the others, and says why",
	  NEW)
{
	struct evtchn_notify list[PAIRS];
	struct pair p[PAIRS];
	unsigned int virq_port;

	many_pairs(p, list);
	bind_free_virq(p[0].a.xce, &virq_port);
	list[0].port = ABSURD;
	list[1].port = p[1].b.port;
	list[2].port = virq_port;
	EXPECT_RET(raw_notify_many(p[0].a.fd, list, 4), 1);
	EXPECT_EQ(list[0].result, -ENOTCONN);
	EXPECT_EQ(list[1].result, -ENOTCONN);
	EXPECT_EQ(list[2].result, -EINVAL);
	EXPECT_EQ(list[3].result, 0);
	expect_event(&p[3].b);
	expect_silence(p[1].a.fd);
}

TEST_CASE(many_none, "N02 NOTIFY_MANY of no ports returns 0", NEW)
{
	EXPECT_RET(raw_notify_many(raw_open(O_RDWR), nowhere, 0), 0);
}

TEST_CASE(many_longest, "N02 the list may have EVTCHN_MANY ports, one of them many times",
	  NEW)
{
	static struct evtchn_notify list[EVTCHN_MANY + 1];
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i <= EVTCHN_MANY; i++)
		list[i].port = p.a.port;
	EXPECT_ERR(raw_notify_many(p.a.fd, list, EVTCHN_MANY + 1), EINVAL);
	expect_silence(p.b.fd);
	EXPECT_RET(raw_notify_many(p.a.fd, list, EVTCHN_MANY), EVTCHN_MANY);
	expect_event(&p.b);
}

TEST_CASE(many_flags, "N02 a flag that is not named is EINVAL, and nothing is sent", NEW)
{
	struct evtchn_notify list = {};
	struct ioctl_evtchn_notify_many many = {
		.flags = 1, .count = 1, .ports = (uintptr_t)&list,
	};
	struct pair p;

	pair_open(&p);
	list.port = p.a.port;
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_NOTIFY_MANY, &many), EINVAL);
	expect_silence(p.b.fd);
}

TEST_CASE(many_fault, "N02 EFAULT: what came before the bad address was sent and has its result",
	  NEW)
{
	unsigned char *edge = page_edge();
	struct evtchn_notify *list = (void *)(edge - sizeof(*list));
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_NOTIFY_MANY, nowhere), EFAULT);
	EXPECT_ERR(raw_notify_many(p.a.fd, (void *)edge, 1), EFAULT);
	expect_silence(p.b.fd);
	list->port = p.a.port;
	list->result = 1;
	EXPECT_ERR(raw_notify_many(p.a.fd, list, 2), EFAULT);
	EXPECT_EQ(list->result, 0);
	expect_event(&p.b);
	unmask(&p.b);
	/* The port can be read, its result not written. */
	list = (void *)(edge - 4);
	memcpy(list, &p.a.port, 4);
	EXPECT_ERR(raw_notify_many(p.a.fd, list, 1), EFAULT);
	expect_event(&p.b);
}

TEST_CASE(many_sealed,
	  "N02 NOTIFY_MANY on a sealed file is EPERM, before its argument is looked at",
	  NEW)
{
	struct evtchn_notify list = {};
	struct pair p;

	pair_open(&p);
	list.port = p.a.port;
	EXPECT_RET(raw_seal(p.a.fd, EVTCHN_SEAL_NOTIFY), 0);
	EXPECT_ERR(raw_notify_many(p.a.fd, &list, 1), EPERM);
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_NOTIFY_MANY, nowhere), EPERM);
	expect_silence(p.b.fd);
}
