/* SPDX-License-Identifier: GPL-2.0 */
/* What is beyond the stock ABI, and the in-tree driver does not have. */
#ifndef CONFORMANCE_EXTENSION_H
#define CONFORMANCE_EXTENSION_H

#include "device.h"

/* The mark of a test of what is beyond the stock ABI; see TEST_CASE(). */
#define NEW	STOCK_FAILS("has no extensions")

/* What FEATURES says there is. */
uint64_t features_of(int fd);

int raw_status(int fd, unsigned int port, struct ioctl_evtchn_status *status);
/* STATUS of a port of this file, or the test fails. */
struct ioctl_evtchn_status status_of(int fd, unsigned int port);
/* Until its number waits to be read; the order is that in which such are waited for. */
void wait_queued(const struct end *end);

/* Until STATUS counts so many events. */
void wait_events(const struct end *end, unsigned int events);
int raw_peer(int fd, unsigned int port, unsigned int domain, unsigned int *peer);
int raw_seal(int fd, unsigned int flags);
int raw_priority(int fd, unsigned int port, unsigned int priority);
int raw_affinity(int fd, unsigned int port, unsigned int cpu);
int raw_notify_many(int fd, struct evtchn_notify *list, unsigned int count);

#endif
