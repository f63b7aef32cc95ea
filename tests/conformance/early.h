/* SPDX-License-Identifier: GPL-2.0 */
/* Events that come before the last one was written back, by evtchn-handlers.ko. */
#ifndef CONFORMANCE_EARLY_H
#define CONFORMANCE_EARLY_H

#include "device.h"

/* A pair, and the irq of its end b. */
struct early {
	struct pair pair;
	unsigned int irq;
};

/* Skips the test where that module is not. */
void early_open(struct early *e);

/*
 * An event of b, which was not written back: its handler has returned. By a call of the
 * handler, with the channel masked; or by an upcall of Xen's, with the channel unmasked
 * behind the driver's back.
 */
void early_call(const struct early *e);
void early_upcall(const struct early *e);

#endif
