/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring and some ports for it.
 */
#ifndef _TESTS_KUNIT_RING_FIXTURE_H
#define _TESTS_KUNIT_RING_FIXTURE_H

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/string.h>
#include <linux/types.h>

#include "drivers/xen/evtchn/evtchn.h"
#include "drivers/xen/evtchn/mapped.h"

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
 * @buf: memory of a user, once a test asks for it; see ring_take()
 */
struct ring_fixture {
	struct evtchn_ring ring;
	struct evtchn_ring_entry entry[RING_ENTRIES];
	struct ring_irq_push irq_push[RING_ENTRIES];
	u32 __user *buf;
};

/**
 * struct ring_race - events in hard irq context against a thread that sleeps
 * @rf: the ring
 * @timer: raises events on the thread's own CPU
 * @round: events so far, each of which is raised when the last one was taken
 * @faults: numbers that were handed out and should not have been
 * @finished: the thread has taken all
 */
struct ring_race {
	struct ring_fixture *rf;
	struct hrtimer timer;
	unsigned int round;
	unsigned int faults;
	struct completion finished;
};

#define RING_RACE_ROUNDS	2000

struct ring_race *ring_race_new(struct kunit *test);
struct ring_irq_push *ring_race_next(struct ring_race *race);
void ring_race_run(struct kunit *test, struct ring_race *race,
		   int (*thread)(void *race));

int ring_fixture_init(struct kunit *test);
void ring_fixture_exit(struct kunit *test);
void ring_push_irq(void *arg);
void ring_push_many(struct ring_fixture *rf, unsigned int count, ...);
unsigned int ring_list(struct evtchn_ring *ring, u32 *ports, unsigned int max);
unsigned int ring_drain(struct evtchn_ring *ring, u32 *ports, unsigned int max);
unsigned int ring_take(struct kunit *test, u32 *ports, unsigned int max);
void ring_take_expect(struct kunit *test, unsigned int max, unsigned int count,
		      const int *entries);
void ring_expect(struct kunit *test, struct ring_fixture *rf,
		 unsigned int count, const int *entries);

/* mapped_client.c: what a client does with a mapped ring, in the kernel's view of it */
struct evtchn_mapped *mapped_attach(struct kunit *test, struct evtchn_ring *ring,
				    u32 size);
bool mapped_take(struct evtchn_mapped *m, u32 *port);
void mapped_expect(struct kunit *test, struct evtchn_mapped *m,
		   unsigned int count, const u32 *ports);

/* The client takes these numbers, 0 included, in this order, and no more. */
#define MAPPED_EXPECT(test, m, ...) do {				\
	const u32 _ports[] = { __VA_ARGS__ };				\
									\
	mapped_expect(test, m, ARRAY_SIZE(_ports), _ports);		\
} while (0)

#define MAPPED_EXPECT_NOTHING(test, m) mapped_expect(test, m, 0, NULL)

/* Pending are these entries, in this order. */
#define RING_EXPECT(test, rf, ...) do {					\
	const int _entries[] = { __VA_ARGS__ };				\
									\
	ring_expect(test, rf, ARRAY_SIZE(_entries), _entries);		\
} while (0)

#define RING_EXPECT_EMPTY(test, rf) ring_expect(test, rf, 0, NULL)

/* A reader with room for max is handed these entries, in this order. */
#define RING_TAKE_EXPECT(test, max, ...) do {				\
	const int _entries[] = { __VA_ARGS__ };				\
									\
	ring_take_expect(test, max, ARRAY_SIZE(_entries), _entries);	\
} while (0)

#endif /* _TESTS_KUNIT_RING_FIXTURE_H */
