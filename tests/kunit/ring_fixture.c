// SPDX-License-Identifier: GPL-2.0
/*
 * A ring and some ports for it.
 */

#include <linux/stdarg.h>

#include <linux/uaccess.h>

#include "fixture.h"
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
		KUNIT_ASSERT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
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
	evtchn_mapped_free(rf->ring.mapped);
	/* Nobody else is left to queue, so no barrier is needed to ask. */
	KUNIT_EXPECT_FALSE(test, waitqueue_active(&rf->ring.wait));
	fake_check_clean(test);
}

/* For fake_in_hardirq(). */
void ring_push_irq(void *arg)
{
	struct ring_irq_push *push = arg;

	evtchn_ring_push_in_irq(push->ring, push->entry);
}

void ring_push_many(struct ring_fixture *rf, unsigned int count, ...)
{
	va_list entries;

	va_start(entries, count);
	while (count--)
		evtchn_ring_push(&rf->ring, &rf->entry[va_arg(entries, int)]);
	va_end(entries);
}

/* ring_list() - all that is pending, which stays */
unsigned int ring_list(struct evtchn_ring *ring, u32 *ports, unsigned int max)
{
	struct evtchn_ring_entry *entry;
	unsigned int count = 0;
	unsigned long flags;

	spin_lock_irqsave(&ring->lock, flags);
	list_for_each_entry(entry, &ring->pending, node) {
		if (count < max)
			ports[count] = entry->port;
		count++;
	}
	spin_unlock_irqrestore(&ring->lock, flags);
	return count;
}

/* ring_drain() - take the oldest out, as a reader does whose memory is slow */
unsigned int ring_drain(struct evtchn_ring *ring, u32 *ports, unsigned int max)
{
	unsigned int count = 0;
	u32 port;

	while (count < max && evtchn_ring_first(ring, &port)) {
		if (evtchn_ring_pop(ring, port))
			ports[count++] = port;
	}
	return count;
}

/* ring_take() - take the oldest out, as a reader does whose memory is there */
unsigned int ring_take(struct kunit *test, u32 *ports, unsigned int max)
{
	struct ring_fixture *rf = test->priv;
	unsigned int count;

	if (!rf->buf)
		rf->buf = user_memory(test, PAGE_SIZE);
	/* Also what comes after it, to see what is written there. */
	memset(ports, 0xff, (max + 1) * sizeof(*ports));
	KUNIT_ASSERT_EQ(test, copy_to_user(rf->buf, ports,
					   (max + 1) * sizeof(*ports)), 0);
	count = evtchn_ring_take(&rf->ring, rf->buf, max);
	KUNIT_ASSERT_EQ(test, copy_from_user(ports, rf->buf,
					     (max + 1) * sizeof(*ports)), 0);
	return count;
}

void ring_take_expect(struct kunit *test, unsigned int max, unsigned int count,
		      const int *entries)
{
	u32 ports[RING_ENTRIES + 2];
	unsigned int i;

	KUNIT_ASSERT_LE(test, max, RING_ENTRIES + 1);
	KUNIT_EXPECT_EQ(test, ring_take(test, ports, max), count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, ports[i], RING_PORT(entries[i]));
	/* Not a word further. */
	KUNIT_EXPECT_EQ(test, ports[count], U32_MAX);
}

void ring_expect(struct kunit *test, struct ring_fixture *rf,
		 unsigned int count, const int *entries)
{
	u32 ports[RING_ENTRIES] = {};
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ring_list(&rf->ring, ports, RING_ENTRIES), count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, ports[i], RING_PORT(entries[i]));
	KUNIT_EXPECT_EQ(test, evtchn_ring_empty(&rf->ring), count == 0);
}
