/* SPDX-License-Identifier: GPL-2.0 */
/* The mapped ring, by what <xen/evtchn_ext.h> tells a client to do. */
#ifndef CONFORMANCE_MAPPED_H
#define CONFORMANCE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extension.h"

/* A file that is mapped. */
struct mapping {
	int fd;
	size_t length;
	struct evtchn_mapped_ring *ring;
};

/* mmap(2) with all that can be asked for, or as a client does it. */
void *mapped_try(int fd, size_t pages, int prot, int flags, size_t page);
void mapped_open(struct mapping *m, int fd, size_t pages);
void mapped_close(struct mapping *m);

/* Numbers that are not taken yet, 0 included. */
uint32_t mapped_waiting(const struct mapping *m);
/* So many of them come in time, and no more for a while. */
void mapped_expect_waiting(const struct mapping *m, uint32_t count);
/* The number in a place, counted from the first one ever put in. */
uint32_t mapped_number(const struct mapping *m, uint32_t place);
/* The oldest number, which may be 0, if there is one. */
bool mapped_take(const struct mapping *m, unsigned int *port);

/* The next number comes in time, and is this one. */
void mapped_expect(const struct mapping *m, unsigned int port);
void mapped_expect_silence(const struct mapping *m);

#endif
