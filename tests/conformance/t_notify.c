// SPDX-License-Identifier: GPL-2.0
/* C07 to C09, C28: an event is sent, queued, read, and its port re-armed. */
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

TEST_CASE(notify_once, "C07 notify makes the peer readable exactly once until unmask")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	expect_silence(p.b.fd);
	notify(&p.a);
	expect_silence(p.b.fd);
	unmask(&p.b);
	expect_event(&p.b);
}

TEST_CASE(notify_both, "C07 notify works from either end")
{
	struct pair p;

	pair_open(&p);
	expect_delivery(&p.a, &p.b);
	expect_delivery(&p.b, &p.a);
}

TEST_CASE(notify_own, "C07 notify does not raise the port it is called on")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	expect_silence(p.a.fd);
}

TEST_CASE(notify_raw, "C07 the NOTIFY ioctl returns 0")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_notify(p.a.fd, p.a.port), 0);
	expect_event(&p.b);
}

TEST_CASE(notify_stays, "C07 an event stays readable until it is read")
{
	struct pair p;
	int i;

	pair_open(&p);
	notify(&p.a);
	for (i = 0; i < 5; i++)
		EXPECT(readable(p.b.fd, EVENT_MS), "not readable, round %d", i);
	expect_event(&p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(notify_unconnected, "C07 notify on a port without a peer returns 0 and raises nothing")
{
	xenevtchn_handle *xce = open_device();
	struct end a = { xce, xenevtchn_fd(xce), bind_unbound(xce) };

	notify(&a);
	expect_silence(a.fd);
}

TEST_CASE(notify_many, "C07 four hundred events in a row are each delivered")
{
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 200; i++)
		expect_pair_works(&p);
}

TEST_CASE(notify_neighbour, "C07 an event raises its own port and none beside it")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair p[8];
	int i;

	for (i = 0; i < 8; i++)
		pair_bind(&p[i], xa, xb);
	for (i = 7; i >= 0; i--) {
		notify(&p[i].a);
		expect_event(&p[i].b);
	}
	expect_silence(xenevtchn_fd(xb));
}

TEST_CASE(masked_merge, "C08 five notifies while masked are one event after unmask")
{
	struct pair p;
	int i;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	for (i = 0; i < 5; i++)
		notify(&p.a);
	unmask(&p.b);
	expect_event(&p.b);
	unmask(&p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(queued_merge, "C08 five notifies before the first is read are one entry in the queue")
{
	unsigned int got[4];
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 5; i++)
		notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	sleep_ms(SETTLE_MS);
	EXPECT_RET(read(p.b.fd, got, sizeof(got)), 4);
	EXPECT_EQ(got[0], p.b.port);
}

TEST_CASE(masked_other, "C08 a masked port does not hold up another of its file")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct pair masked, free;

	pair_bind(&masked, xa, xb);
	pair_bind(&free, xa, xb);
	notify(&masked.a);
	expect_event(&masked.b);
	notify(&masked.a);
	expect_delivery(&free.a, &free.b);
	unmask(&masked.b);
	expect_event(&masked.b);
}

TEST_CASE(masked_again, "C09 an event is not delivered again without unmask")
{
	struct pair p;
	int i;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_silence(p.b.fd);
	}
}

TEST_CASE(unmask_quiet, "C09 unmask without a new event delivers nothing")
{
	struct pair p;

	pair_open(&p);
	expect_delivery(&p.a, &p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(notify_foreign, "C28 NOTIFY on another file's port is ENOTCONN and sends nothing")
{
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(xenevtchn_notify(p.b.xce, p.a.port), ENOTCONN);
	expect_silence(p.b.fd);
	expect_pair_works(&p);
}

TEST_CASE(notify_absurd, "C28 NOTIFY on a port that can not exist is ENOTCONN")
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_notify(fd, ABSURD), ENOTCONN);
	EXPECT_ERR(raw_notify(fd, 0x80000000U), ENOTCONN);
	EXPECT_ERR(raw_notify(fd, 0x20000), ENOTCONN);
	EXPECT_ERR(raw_notify(fd, 0), ENOTCONN);
}

TEST_CASE(notify_kernel, "C28 NOTIFY on the kernel's own ports is ENOTCONN")
{
	int fd = raw_open(O_RDWR);
	unsigned int port;

	for (port = 1; port < 8; port++)
		EXPECT_ERR(raw_notify(fd, port), ENOTCONN);
}

TEST_CASE(notify_unbound, "C28 NOTIFY after UNBIND is ENOTCONN")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(xenevtchn_unbind(p.a.xce, p.a.port), 0);
	EXPECT_ERR(xenevtchn_notify(p.a.xce, p.a.port), ENOTCONN);
}

TEST_CASE(notify_peer_gone, "C28 NOTIFY returns 0 when the peer has closed its end")
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	EXPECT_RET(xenevtchn_notify(p.a.xce, p.a.port), 0);
	expect_silence(p.a.fd);
}

TEST_CASE(notify_virq, "D10 NOTIFY on a VIRQ's port is EINVAL: there is nobody to send to",
	  STOCK_FAILS("D10: says that it worked"))
{
	xenevtchn_handle *xce = open_device();
	unsigned int port;

	bind_free_virq(xce, &port);
	EXPECT_ERR(xenevtchn_notify(xce, port), EINVAL);
	expect_silence(xenevtchn_fd(xce));
}
