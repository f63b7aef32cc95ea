/* SPDX-License-Identifier: GPL-2.0 */
/* The commands beyond the stock ABI, which the in-tree driver does not have. */
#ifndef CONFORMANCE_EXTENSION_H
#define CONFORMANCE_EXTENSION_H

#include "device.h"

#define NO_EXTENSIONS "has no such command"

int raw_status(int fd, unsigned int port, struct ioctl_evtchn_status *status);
/* STATUS of a port of this file, or the test fails. */
struct ioctl_evtchn_status status_of(int fd, unsigned int port);
/* Until its number waits to be read; the order is that in which such are waited for. */
void wait_queued(const struct end *end);
int raw_peer(int fd, unsigned int port, unsigned int domain, unsigned int *peer);
int raw_seal(int fd, unsigned int flags);
int raw_priority(int fd, unsigned int port, unsigned int priority);
int raw_affinity(int fd, unsigned int port, unsigned int cpu);

#endif
