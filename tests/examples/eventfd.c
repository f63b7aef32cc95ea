// SPDX-License-Identifier: GPL-2.0
/*
 * A port by eventfds: what waits on file descriptors, or in another process, need not
 * know of ports. A write to the one is an event; an event is a read from the other.
 */
#include <sys/eventfd.h>

#include <xen_evtchn.h>

#include "pair.h"

#define ROUNDS	1000

int main(void)
{
	xenevtchn_handle *near = must_open(), *far = must_open();
	int in = eventfd(0, EFD_NONBLOCK), out = eventfd(0, 0);
	struct pollfd pfd = { .fd = in, .events = POLLIN };
	struct xen_evtchn sender, receiver;
	unsigned int round, a, b;
	uint64_t value = 1, events = 0;

	must(in, "eventfd");
	must(out, "eventfd");
	must(xen_evtchn_init(&sender, xenevtchn_fd(near)), "init");
	must(xen_evtchn_init(&receiver, xenevtchn_fd(far)), "init");
	if (!(receiver.features & EVTCHN_FEATURE_EVENTFD)) {
		fprintf(stderr, "this driver has no eventfds: it is not ours, or an old one\n");
		return 2;
	}

	must_connect(near, &a, far, &b);
	must(xen_evtchn_eventfd(&receiver, b, in, 0), "receive");
	must(xen_evtchn_eventfd(&sender, a, out, EVTCHN_EVENTFD_SEND), "send");
	/* The one that Xen raised as they were connected. */
	if (poll(&pfd, 1, 30000) == 1)
		must(read(in, &value, sizeof(value)), "read");

	for (round = 0; round < ROUNDS; round++) {
		value = 1;
		must(write(out, &value, sizeof(value)), "write");
		if (must(poll(&pfd, 1, 30000), "poll") != 1) {
			fprintf(stderr, "event %u did not come\n", round);
			return 1;
		}
		must(read(in, &value, sizeof(value)), "read");
		events += value;
	}
	printf("%llu events\n", (unsigned long long)events);
	return events == ROUNDS ? 0 : 1;
}
