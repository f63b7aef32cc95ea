/* SPDX-License-Identifier: GPL-2.0 */
/* Ports that are connected to eventfds. */
#ifndef CONFORMANCE_EVENTFD_H
#define CONFORMANCE_EVENTFD_H

#include <stdint.h>

#include "device.h"
#include "extension.h"

/* An eventfd that does not block. */
int new_eventfd(unsigned int value, int flags);
void write_eventfd(int efd, uint64_t value);
uint64_t read_eventfd(int efd);
/* It says so in time, and has this value, which is taken. */
void expect_raised(int efd, uint64_t value);
void expect_not_raised(int efd);

int raw_eventfd(int fd, unsigned int flags, unsigned int port, int efd);
/* Connected, with these flags. */
void connect_eventfd(const struct end *end, unsigned int flags, int efd);
void remove_eventfd(const struct end *end, unsigned int flags);
/* A new eventfd that the end's events raise, or that sends its events. */
int receiver(const struct end *end, unsigned int flags);
int sender(const struct end *end);

#endif
