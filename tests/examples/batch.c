// SPDX-License-Identifier: GPL-2.0
/*
 * Many ports by few calls: one notifies them all, one re-arms those that came and
 * waits for the next. Over the in-tree driver it does the same, by many calls.
 */
#include <xen_evtchn.h>

#include "pair.h"

#define PORTS	64
#define ROUNDS	100

/* A call that is interrupted, as by a suspend of the domain, has re-armed all the same. */
static uint32_t next(const struct xen_evtchn *xe, struct ioctl_evtchn_wait *wait)
{
	int rc;

	while ((rc = xen_evtchn_wait(xe, wait)) < 0 && errno == EINTR)
		wait->nr_rearm = 0;
	return (uint32_t)must(rc, "wait");
}

int main(void)
{
	xenevtchn_handle *near = must_open(), *far = must_open();
	struct evtchn_notify list[PORTS];
	uint32_t ports[PORTS], far_port;
	struct xen_evtchn send, receive;
	struct ioctl_evtchn_wait wait = {
		.rearm = (uintptr_t)ports,
		.ports = (uintptr_t)ports,
		.nr_ports = PORTS,
		.timeout = 30000000000LL,
	};
	unsigned int round, i, calls = 0, events = 0;

	must(xen_evtchn_init(&send, xenevtchn_fd(near)), "init");
	must(xen_evtchn_init(&receive, xenevtchn_fd(far)), "init");
	for (i = 0; i < PORTS; i++)
		must_connect(near, &list[i].port, far, &far_port);

	/* Xen has raised each of them once already. */
	for (round = 0; round <= ROUNDS; round++) {
		for (i = 0; i < PORTS; i += wait.nr_rearm) {
			wait.nr_rearm = next(&receive, &wait);
			if (!wait.nr_rearm) {
				fprintf(stderr, "%u events of %u did not come\n", PORTS - i, PORTS);
				return 1;
			}
			calls++;
		}
		events += i;
		/* The last ones are re-armed with the next wait; here, before they are sent. */
		wait.nr_ports = 0;
		must(xen_evtchn_wait(&receive, &wait), "re-arm");
		wait.nr_rearm = 0;
		wait.nr_ports = PORTS;
		if (round < ROUNDS)
			must(xen_evtchn_notify_many(&send, list, PORTS) - PORTS, "notify");
	}
	printf("%u events by %u waits%s\n", events, calls,
	       receive.features & EVTCHN_FEATURE_BATCH ? "" : ", by the stock calls");
	return 0;
}
