// SPDX-License-Identifier: GPL-2.0
/*
 * A ring and some ports for it.
 */

#include <linux/stdarg.h>

#include "ring_fixture.h"

int ring_fixture_init(struct kunit *test)
{
	struct ring_fixture *rf;
	int i;

	rf = kunit_kzalloc(test, sizeof(*rf), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rf);

	fake_reset();
	evtchn_ring_init(&rf->ring);
	for (i = 0; i < RING_ENTRIES; i++) {
		evtchn_ring_entry_init(&rf->entry[i], RING_PORT(i));
		rf->irq_push[i].ring = &rf->ring;
		rf->irq_push[i].entry = &rf->entry[i];
	}
	test->priv = rf;
	return 0;
}

/* Whatever a test has done, a ring can be emptied, and nobody sleeps on it. */
void ring_fixture_exit(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	int i;

	if (!rf)
		return;

	for (i = 0; i < RING_ENTRIES; i++)
		evtchn_ring_close(&rf->ring, &rf->entry[i]);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_empty(&rf->ring));
	/* Nobody else is left to queue, so no barrier is needed to ask. */
	KUNIT_EXPECT_FALSE(test, waitqueue_active(&rf->ring.wait));
	fake_check_clean(test);
}

/* For fake_in_hardirq(). */
void ring_push_irq(void *arg)
{
	struct ring_irq_push *push = arg;

	evtchn_ring_push(push->ring, push->entry);
}

void ring_push_many(struct ring_fixture *rf, unsigned int count, ...)
{
	va_list entries;

	va_start(entries, count);
	while (count--)
		evtchn_ring_push(&rf->ring, &rf->entry[va_arg(entries, int)]);
	va_end(entries);
}

/* Look, as a reader does before its copy to user space. */
void ring_peek_all(struct ring_fixture *rf)
{
	rf->nr_peeked = evtchn_ring_peek(&rf->ring, rf->peeked, RING_ENTRIES);
}

/* Pop the oldest, as a reader does that has peeked no more than these. */
void ring_pop_expect(struct kunit *test, struct ring_fixture *rf,
		     unsigned int count, bool popped)
{
	u32 ports[RING_ENTRIES];

	KUNIT_ASSERT_EQ(test, evtchn_ring_peek(&rf->ring, ports, count), count);
	KUNIT_EXPECT_EQ(test, evtchn_ring_pop(&rf->ring, ports, count), popped);
}

void ring_expect(struct kunit *test, struct ring_fixture *rf,
		 unsigned int count, const int *entries)
{
	u32 ports[RING_ENTRIES] = {};
	unsigned int i;

	KUNIT_EXPECT_EQ(test, evtchn_ring_peek(&rf->ring, ports, RING_ENTRIES),
			count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, ports[i], RING_PORT(entries[i]));
	KUNIT_EXPECT_EQ(test, evtchn_ring_empty(&rf->ring), count == 0);
}
