// SPDX-License-Identifier: GPL-2.0
/*
 * An arena at a fixed address, so that no random layout gets into a run:
 *
 *	ROOM		a page		a page		a page
 *	read, write	read only	PROT_NONE	not mapped
 *
 * and a second one of ROOM with nothing behind.
 */
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "memory.h"

#define ARENA		((unsigned char *)0x20000000UL)
#define READONLY_PAGE	(ARENA + ROOM)
#define FORBIDDEN_PAGE	(READONLY_PAGE + PAGE)
#define UNMAPPED_PAGE	(FORBIDDEN_PAGE + PAGE)
#define EDGE_ARENA	((unsigned char *)0x21000000UL)
#define EDGE		(EDGE_ARENA + ROOM)

static void map_at(unsigned char *at, size_t size)
{
	void *got = mmap(at, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	EXPECT(got == at, "mmap: %s", errno_name(errno));
}

void memory_start(void)
{
	map_at(ARENA, ROOM + 2 * PAGE);
	EXPECT_RET(mprotect(READONLY_PAGE, PAGE, PROT_READ), 0);
	EXPECT_RET(mprotect(FORBIDDEN_PAGE, PAGE, PROT_NONE), 0);
	map_at(EDGE_ARENA, ROOM);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct span inside(size_t offset, size_t size)
{
	return (struct span){ ARENA + offset, size,
			      least(size, ROOM + PAGE - offset),
			      least(size, ROOM - offset), true };
}

static struct span before(unsigned char *end, size_t size, size_t good,
			  size_t more)
{
	good = least(least(size, good), ROOM);
	return (struct span){ end - good, size, least(size, good + more), good,
			      true };
}

/* How much of a buffer lies before the edge: a little, or a few ports, or most. */
static size_t part_of(size_t size)
{
	size_t part = size < 2 ? 0 : below((unsigned int)least(size, 2 * PAGE));

	return chance(50) ? part & ~3U : part;
}

static unsigned char *kernel_address(void)
{
	static const uintptr_t addresses[] = {
		0xffff888000000000UL, 0xffffffff81000000UL, 0x8000000000000000UL,
		0xffffffffff600000UL, 0xfffffffffffff000UL,
	};

	return (unsigned char *)PICK(addresses);
}

struct span span_at(enum place place, size_t size)
{
	switch (place) {
	case ODD:
		return inside(1 + below(62), size);
	case FIT:
		return before(EDGE, size, size, 0);
	case CROSS:
		return before(EDGE, size, part_of(size), 0);
	case CROSS_READONLY:
		return before(READONLY_PAGE, size, part_of(size), PAGE);
	case READONLY:
		return before(READONLY_PAGE, size, 0, PAGE);
	case NOTHING:
		return (struct span){ NULL, size, 0, 0, true };
	case FORBIDDEN:
		return (struct span){ FORBIDDEN_PAGE, size, 0, 0, true };
	case UNMAPPED:
		return (struct span){ UNMAPPED_PAGE, size, 0, 0, true };
	case KERNEL:
		return (struct span){ kernel_address(), size, 0, 0, false };
	default:
		return inside(0, size);
	}
}

struct span span_any(size_t size, unsigned int percent_bad)
{
	static const enum place good[] = { PLAIN, PLAIN, ODD, FIT };

	if (chance(percent_bad))
		return span_at(CROSS + below(PLACES - CROSS), size);
	return span_at(PICK(good), size);
}

void span_fill(const struct span *span, const void *bytes)
{
	/* The page that can only be read, can be written here, for a moment. */
	if (span->readable > span->writable)
		EXPECT_RET(mprotect(READONLY_PAGE, PAGE,
				    PROT_READ | PROT_WRITE), 0);
	memcpy(span->at, bytes, span->readable);
	if (span->readable > span->writable)
		EXPECT_RET(mprotect(READONLY_PAGE, PAGE, PROT_READ), 0);
}

struct span span_of(const void *arg, size_t size)
{
	struct span span = span_any(size, 7);

	span_fill(&span, arg);
	return span;
}

const char *span_name(const struct span *span)
{
	static char text[64];

	if (!span->user)
		return "kernel memory";
	snprintf(text, sizeof(text), "%zu bytes (%zu/%zu good)", span->size,
		 span->readable, span->writable);
	return text;
}
