// SPDX-License-Identifier: GPL-2.0
/*
 * Is the other end there still? Connects two ports, and looks at one as the other goes.
 *
 * usage: evtchn-peer [DOMID]...     (and says whether each of these domains exists)
 */
#include <stdbool.h>

#include <xen_evtchn.h>

#include "pair.h"

static const char *const states[] = {
	"closed", "unbound", "interdomain", "virq", "stale",
};

static bool look(const struct xen_evtchn *xe, unsigned int port)
{
	struct ioctl_evtchn_status status;
	int peer;

	must(xen_evtchn_status(xe, port, &status), "status");
	peer = (int)must(xen_evtchn_peer(xe, port), "peer");
	printf("port %u is %s, of domain %u, which %s; %u events, %u written back\n", port,
	       states[status.state], status.remote_domain,
	       peer & EVTCHN_PEER_EXISTS ? "exists" : "is gone", status.events, status.rearms);
	return peer & EVTCHN_PEER_BOUND;
}

int main(int argc, char **argv)
{
	xenevtchn_handle *near = must_open(), *far = must_open();
	unsigned int a, b;
	struct xen_evtchn xe;
	bool before, after;
	int i, exists;

	must(xen_evtchn_init(&xe, xenevtchn_fd(near)), "init");
	if (!(xe.features & EVTCHN_FEATURE_STATUS)) {
		fprintf(stderr, "this driver can't tell: it is not ours, or an old one\n");
		return 2;
	}
	must_connect(near, &a, far, &b);
	before = look(&xe, a);
	must(xenevtchn_close(far), "close");
	after = look(&xe, a);
	for (i = 1; i < argc; i++) {
		exists = (int)must(xen_evtchn_domain_exists(&xe, (uint32_t)atoi(argv[i])),
				   "domain_exists");
		printf("domain %s %s\n", argv[i], exists ? "exists" : "does not exist");
	}
	return before && !after ? 0 : 1;
}
