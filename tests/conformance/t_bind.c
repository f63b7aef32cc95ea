// SPDX-License-Identifier: GPL-2.0
/* C04 to C06: a port and its peer; C34: errors that are Xen's own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define TRUNCATES "D9: cuts the domain number to 16 bits"
#define TOO_WIDE(domain) (0x10000U + (domain))

TEST_CASE(unbound, "C04 BIND_UNBOUND_PORT for the own domain gives a port")
{
	EXPECT(raw_bind_unbound(raw_open(O_RDWR), SELF) > 0,
	       "expected a port, got %s", errno_name(errno));
}

/*
 * Xen's policy SILO, which is Debian's for arm64, wants the other domain to be there. The
 * driver has to say it as Xen does.
 */
static unsigned int bind_for_nobody(xenevtchn_handle *xce)
{
	int port = xenevtchn_bind_unbound_port(xce, NOBODY);
	int error = errno;

	if (port < 0 && error == ESRCH && !xen_lets_nobody_wait())
		skip("this Xen makes ports only for domains that exist");
	EXPECT(port > 0, "expected a port, got %s", errno_name(error));
	return (unsigned int)port;
}

TEST_CASE(unbound_xen, "C04 a new unbound port waits in Xen for the domain it was made for")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port;

	need_hypercalls();
	port = bind_unbound(xce);
	expect_state(port, EVTCHNSTAT_unbound);
	EXPECT_EQ(xen_status(port).u.unbound.dom, own_domid());
	port = bind_for_nobody(xce);
	EXPECT_EQ(xen_status(port).u.unbound.dom, NOBODY);
}

TEST_CASE(unbound_distinct, "C04 each of fifty unbound ports has a number of its own")
{
	xenevtchn_handle *xce = open_device();
	unsigned int ports[50];
	int i, j;

	for (i = 0; i < 50; i++) {
		ports[i] = bind_unbound(xce);
		for (j = 0; j < i; j++)
			EXPECT(ports[i] != ports[j], "port %u given out twice",
			       ports[i]);
	}
}

TEST_CASE(unbound_nobody, "C04 an unbound port may wait for a domain that does not exist yet")
{
	bind_for_nobody(open_device());
}

TEST_CASE(unbound_wide, "C04 BIND_UNBOUND_PORT for a domain number above 16 bits is EINVAL",
	  STOCK_FAILS(TRUNCATES))
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_bind_unbound(fd, TOO_WIDE(SELF)), EINVAL);
	EXPECT_ERR(raw_bind_unbound(fd, TOO_WIDE(0)), EINVAL);
	EXPECT_ERR(raw_bind_unbound(fd, UINT32_MAX), EINVAL);
}

TEST_CASE(interdomain, "C05 BIND_INTERDOMAIN connects to an unbound port and gives another")
{
	int fd = raw_open(O_RDWR);
	int a = raw_bind_unbound(fd, SELF);
	int b = raw_bind_interdomain(fd, SELF, (unsigned int)a);

	EXPECT(a > 0 && b > 0 && a != b, "expected two ports, got %d and %d",
	       a, b);
}

TEST_CASE(interdomain_initial, "C05 a newly connected port has exactly one event waiting")
{
	xenevtchn_handle *xce = open_device();
	struct end b = { xce, xenevtchn_fd(xce), 0 };

	b.port = bind_peer(xce, bind_unbound(open_device()));
	expect_event(&b);
	expect_silence(b.fd);
	unmask(&b);
	expect_silence(b.fd);
}

TEST_CASE(interdomain_xen, "C05 Xen sees the two ends connected to one another")
{
	struct evtchn_status a, b;
	struct pair p;

	need_hypercalls();
	pair_open(&p);
	expect_state(p.a.port, EVTCHNSTAT_interdomain);
	expect_state(p.b.port, EVTCHNSTAT_interdomain);
	a = xen_status(p.a.port);
	b = xen_status(p.b.port);
	EXPECT_EQ(a.u.interdomain.port, p.b.port);
	EXPECT_EQ(b.u.interdomain.port, p.a.port);
	EXPECT_EQ(a.u.interdomain.dom, b.u.interdomain.dom);
}

TEST_CASE(interdomain_one_file, "C05 both ends of a channel can live in one file")
{
	xenevtchn_handle *xce = open_device();
	struct pair p;

	pair_bind(&p, xce, xce);
	expect_pair_works(&p);
}

TEST_CASE(interdomain_own_number, "C05 the domain's own number connects as DOMID_SELF does")
{
	xenevtchn_handle *xce = open_device();
	struct end a = { xce, xenevtchn_fd(xce), 0 }, b = a;
	int got;

	need_hypercalls();
	a.port = bind_unbound(xce);
	got = xenevtchn_bind_interdomain(xce, own_domid(), a.port);
	EXPECT(got > 0, "expected a port, got %s", errno_name(errno));
	b.port = (unsigned int)got;
	expect_event(&b);
	unmask(&b);
	expect_delivery(&a, &b);
}

TEST_CASE(interdomain_wide, "C05 BIND_INTERDOMAIN to a domain number above 16 bits is EINVAL",
	  STOCK_FAILS(TRUNCATES))
{
	unsigned int port = bind_unbound(open_device());
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(raw_bind_interdomain(fd, TOO_WIDE(SELF), port), EINVAL);
	EXPECT_ERR(raw_bind_interdomain(fd, UINT32_MAX, port), EINVAL);
	/* Nothing was connected behind the error. */
	EXPECT(raw_bind_interdomain(fd, SELF, port) > 0,
	       "the port is no longer free: %s", errno_name(errno));
}

TEST_CASE(unbound_silent, "C06 a new unbound port has no event waiting")
{
	xenevtchn_handle *xce = open_device();

	bind_unbound(xce);
	expect_silence(xenevtchn_fd(xce));
}

TEST_CASE(unbound_silent_peer, "C06 an unbound port gets no event from its peer's connecting")
{
	xenevtchn_handle *xce = open_device();

	bind_peer(open_device(), bind_unbound(xce));
	expect_silence(xenevtchn_fd(xce));
}

TEST_CASE(bind_no_domain, "C34 BIND_INTERDOMAIN to a domain that does not exist is ESRCH")
{
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), NOBODY, 1), ESRCH);
}

TEST_CASE(bind_no_port, "C34 BIND_INTERDOMAIN to a port that does not exist is EINVAL")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);

	EXPECT_ERR(xenevtchn_bind_interdomain(xce, SELF, ABSURD), EINVAL);
	EXPECT_ERR(xenevtchn_bind_interdomain(xce, SELF, 0), EINVAL);
	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	EXPECT_ERR(xenevtchn_bind_interdomain(xce, SELF, port), EINVAL);
}

TEST_CASE(bind_taken_port, "C34 BIND_INTERDOMAIN to a port that is connected already is EINVAL")
{
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(xenevtchn_bind_interdomain(p.b.xce, SELF, p.a.port), EINVAL);
	EXPECT_ERR(xenevtchn_bind_interdomain(p.b.xce, SELF, p.b.port), EINVAL);
	expect_pair_works(&p);
}

TEST_CASE(bind_others_port, "C34 BIND_INTERDOMAIN to a port meant for another domain is EINVAL")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_for_nobody(xce);

	EXPECT_ERR(xenevtchn_bind_interdomain(xce, SELF, port), EINVAL);
}

TEST_CASE(bind_failed_leaves, "C34 a file goes on working after a bind that failed")
{
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 100; i++)
		EXPECT_ERR(xenevtchn_bind_interdomain(p.a.xce, SELF, ABSURD),
			   EINVAL);
	expect_pair_works(&p);
}

TEST_CASE(virq_bind, "C34 a VIRQ that is free can be bound, given up and bound again")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port, virq = bind_free_virq(xce, &port);
	int again;

	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	again = xenevtchn_bind_virq(xce, virq);
	EXPECT(again > 0, "expected a port, got %s", errno_name(errno));
	EXPECT_RET(xenevtchn_unbind(xce, (unsigned int)again), 0);
}

TEST_CASE(virq_xen, "C34 a VIRQ's port is bound to that VIRQ on vCPU 0 in Xen")
{
	unsigned int port, virq;

	need_hypercalls();
	virq = bind_free_virq(open_device(), &port);
	expect_state(port, EVTCHNSTAT_virq);
	EXPECT_EQ(xen_status(port).u.virq, virq);
	EXPECT_EQ(xen_status(port).vcpu, 0);
}

TEST_CASE(virq_twice, "C34 BIND_VIRQ of a VIRQ that is bound already is EEXIST")
{
	xenevtchn_handle *one = open_device(), *two = open_device();
	unsigned int port, virq = bind_free_virq(one, &port);

	EXPECT_ERR(xenevtchn_bind_virq(one, virq), EEXIST);
	EXPECT_ERR(xenevtchn_bind_virq(two, virq), EEXIST);
	EXPECT_RET(xenevtchn_unbind(one, port), 0);
}

TEST_CASE(virq_kernel, "C34 BIND_VIRQ of the kernel's own timer is EEXIST")
{
	xenevtchn_handle *xce = open_device();
	int port = xenevtchn_bind_virq(xce, VIRQ_TIMER);

	if (port > 0)
		skip("this kernel does not use Xen's timer");
	EXPECT_ERR(xenevtchn_bind_virq(xce, VIRQ_TIMER), EEXIST);
}

TEST_CASE(virq_none, "C34 BIND_VIRQ of a VIRQ that Xen does not have is EINVAL")
{
	xenevtchn_handle *xce = open_device();

	EXPECT_ERR(xenevtchn_bind_virq(xce, NR_VIRQS), EINVAL);
	EXPECT_ERR(xenevtchn_bind_virq(xce, UINT32_MAX), EINVAL);
}
