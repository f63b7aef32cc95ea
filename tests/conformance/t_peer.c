// SPDX-License-Identifier: GPL-2.0
/* R11: channels to another domain. */
#include <errno.h>

#include "harness.h"
#include "peer.h"

static void expect_echoes(const struct end *end, unsigned int count)
{
	while (count--) {
		notify(end);
		expect_event(end);
		unmask(end);
	}
	expect_silence(end->fd);
}

TEST_CASE(peer_round_trips, "R11 each of 200 events to another domain comes back, none more",
	  LIMIT(120))
{
	struct peer peer = need_peer();
	struct end end = connect_to(peer.domid, peer.echo);

	expect_echoes(&end, 200);
}

TEST_CASE(peer_masked, "R11 another domain's event waits until the port is written back")
{
	struct peer peer = need_peer();
	struct end end = connect_to(peer.domid, peer.echo);

	notify(&end);
	expect_event(&end);
	notify(&end);
	expect_silence(end.fd);
	unmask(&end);
	expect_event(&end);
	unmask(&end);
	expect_echoes(&end, 3);
}

TEST_CASE(peer_again, "R11 a port of another domain can be bound again when it was unbound")
{
	struct peer peer = need_peer();
	struct end end;
	int i;

	for (i = 0; i < 20; i++) {
		end = connect_to(peer.domid, peer.echo);
		expect_echoes(&end, 1);
		EXPECT_RET(xenevtchn_unbind(end.xce, end.port), 0);
		EXPECT_RET(xenevtchn_close(end.xce), 0);
	}
}

TEST_CASE(peer_taken, "R11 a port of another domain that is connected already is EINVAL")
{
	struct peer peer = need_peer();
	struct end end = connect_to(peer.domid, peer.echo);

	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), peer.domid, peer.echo), EINVAL);
	expect_echoes(&end, 3);
}

/* A bound on how many a domain may have by default, with much to spare. */
#define MANY	4096

TEST_CASE(peer_exhausted, "R11 events of another domain go on while this one has no channel left",
	  LIMIT(240))
{
	struct peer peer = need_peer();
	struct end end = connect_to(peer.domid, peer.echo);
	xenevtchn_handle *hog = open_device();
	unsigned int taken = 0;

	while (xenevtchn_bind_unbound_port(hog, SELF) > 0)
		EXPECT(++taken < MANY, "%u channels, and no end", taken);
	EXPECT(errno == ENOSPC, "bind %u: %s", taken, errno_name(errno));
	EXPECT_ERR(xenevtchn_bind_interdomain(hog, peer.domid, peer.spare), ENOSPC);
	expect_echoes(&end, 50);
	EXPECT_RET(xenevtchn_close(hog), 0);
	note("%u channels were left to bind", taken);

	/* What the refused bind left in the other domain is still there to be bound. */
	connect_to(peer.domid, peer.spare);
	expect_echoes(&end, 3);
}
