/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that the kernel can use in whole, in part, or not at all. */
#ifndef FUZZ_MEMORY_H
#define FUZZ_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE		4096U
#define ROOM		(8 * PAGE)	/* more is never read or written */

enum place {
	PLAIN,
	ODD,		/* not aligned */
	FIT,		/* ends where its page ends, and the next is not there */
	CROSS,		/* goes on into a page that is not there */
	CROSS_READONLY,	/* goes on into a page that can only be read */
	READONLY,
	NOTHING,	/* NULL */
	FORBIDDEN,	/* PROT_NONE */
	UNMAPPED,
	KERNEL,		/* an address of the kernel's */
	PLACES,
};

/*
 * A buffer as it is passed to a call. The kernel can read so many bytes of it, and
 * write so many; if it is not user memory, the call may refuse it unseen.
 */
struct span {
	unsigned char *at;
	size_t size, readable, writable;
	bool user;
};

void memory_start(void);
struct span span_at(enum place place, size_t size);
/* A place that the kernel can use in full, but in so many cases of a hundred. */
struct span span_any(size_t size, unsigned int percent_bad);
/* Puts this into it, as far as it can be read. */
void span_fill(const struct span *span, const void *bytes);
/* span_any() with the whole argument of an ioctl in it. */
struct span span_of(const void *arg, size_t size);
const char *span_name(const struct span *span);

#endif
