// SPDX-License-Identifier: GPL-2.0
/*
 * A loop that takes events without a system call while it is busy, and re-arms what it
 * took by one. Over the in-tree driver it reads and writes them.
 */
#include <xen_evtchn.h>

#include "pair.h"

#define PORTS	64
#define ROUNDS	100

static struct xen_evtchn_ring ring;

/* Until all ports have had their event; how often it slept. */
static unsigned int take_all(void)
{
	unsigned int slept = 0, taken = 0;
	uint32_t port;

	while (taken < PORTS) {
		if (must(xen_evtchn_ring_next(&ring, &port), "next")) {
			must(xen_evtchn_ring_rearm(&ring, port), "rearm");
			taken++;
		} else if (must(xen_evtchn_ring_wait(&ring, 30000), "wait")) {
			slept++;
		} else {
			fprintf(stderr, "%u events of %u did not come\n", PORTS - taken, PORTS);
			exit(1);
		}
	}
	must(xen_evtchn_ring_flush(&ring), "flush");
	return slept;
}

int main(void)
{
	xenevtchn_handle *near = must_open(), *far = must_open();
	unsigned int round, i, port[PORTS], other, slept;
	struct xen_evtchn xe;

	must(xen_evtchn_init(&xe, xenevtchn_fd(far)), "init");
	must(xen_evtchn_ring_init(&ring, &xe, PORTS), "ring");
	for (i = 0; i < PORTS; i++)
		must_connect(near, &port[i], far, &other);

	/* Xen has raised each of them once already. */
	slept = take_all();
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < PORTS; i++)
			must(xenevtchn_notify(near, port[i]), "notify");
		slept += take_all();
	}
	printf("%u events, slept %u times%s\n", (ROUNDS + 1) * PORTS, slept,
	       ring.map ? "" : ", by the stock calls");
	xen_evtchn_ring_fini(&ring);
	return 0;
}
