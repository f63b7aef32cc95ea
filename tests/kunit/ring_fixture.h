/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring and some ports for it.
 */
#ifndef _TESTS_KUNIT_RING_FIXTURE_H
#define _TESTS_KUNIT_RING_FIXTURE_H

#include <kunit/test.h>

#include <linux/string.h>
#include <linux/types.h>

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

#define RING_ENTRIES	6

/* The number of entry i, which looks like neither an index nor an address. */
#define RING_PORT(i)	(1000 + 7 * (i))

struct ring_irq_push {
	struct evtchn_ring *ring;
	struct evtchn_ring_entry *entry;
};

/**
 * struct ring_fixture - a ring of its own, in &kunit.priv
 * @ring: the ring
 * @entry: ports, by their index
 * @irq_push: arguments of ring_push_irq(), by the same index
 * @peeked: what was peeked last
 * @nr_peeked: how many
 */
struct ring_fixture {
	struct evtchn_ring ring;
	struct evtchn_ring_entry entry[RING_ENTRIES];
	struct ring_irq_push irq_push[RING_ENTRIES];
	u32 peeked[RING_ENTRIES];
	unsigned int nr_peeked;
};

int ring_fixture_init(struct kunit *test);
void ring_fixture_exit(struct kunit *test);
void ring_push_irq(void *arg);
void ring_push_many(struct ring_fixture *rf, unsigned int count, ...);
void ring_peek_all(struct ring_fixture *rf);
void ring_pop_expect(struct kunit *test, struct ring_fixture *rf,
		     unsigned int count, bool popped);
void ring_expect(struct kunit *test, struct ring_fixture *rf,
		 unsigned int count, const int *entries);

/* Pending are these entries, in this order. */
#define RING_EXPECT(test, rf, ...) do {					\
	const int _entries[] = { __VA_ARGS__ };				\
									\
	ring_expect(test, rf, ARRAY_SIZE(_entries), _entries);		\
} while (0)

#define RING_EXPECT_EMPTY(test, rf) ring_expect(test, rf, 0, NULL)

#endif /* _TESTS_KUNIT_RING_FIXTURE_H */
