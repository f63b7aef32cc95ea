// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of pending ports: what goes in, and in what order it is seen.
 */

#include <kunit/test.h>

#include "ring_fixture.h"

static void ring_empty_at_first(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 port = 0;

	KUNIT_EXPECT_TRUE(test, evtchn_ring_empty(&rf->ring));
	KUNIT_EXPECT_EQ(test, evtchn_ring_peek(&rf->ring, &port, 1), 0);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_pop(&rf->ring, &port, 0));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_pop(&rf->ring, &port, 1));
}

static void ring_peek_oldest_first(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 2, 0, 1);
	RING_EXPECT(test, rf, 2, 0, 1);
}

static void ring_peek_does_not_consume(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 2, 0, 1);
	RING_EXPECT(test, rf, 0, 1);
	RING_EXPECT(test, rf, 0, 1);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_empty(&rf->ring));
}

static void ring_peek_bounded(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 ports[RING_ENTRIES + 1];
	unsigned int max;

	ring_push_many(rf, 3, 0, 1, 2);
	for (max = 0; max <= 4; max++) {
		memset(ports, 0xff, sizeof(ports));
		KUNIT_EXPECT_EQ(test, evtchn_ring_peek(&rf->ring, ports, max),
				min(max, 3U));
		/* Not a word further than it may write. */
		KUNIT_EXPECT_EQ(test, ports[min(max, 3U)], U32_MAX);
	}
}

static void ring_peek_shows_port_zero(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_ring_entry zero;
	u32 port = 1;

	evtchn_ring_entry_init(&zero, 0);
	evtchn_ring_push(&rf->ring, &zero);
	KUNIT_EXPECT_EQ(test, evtchn_ring_peek(&rf->ring, &port, 1), 1);
	KUNIT_EXPECT_EQ(test, port, 0);
	evtchn_ring_close(&rf->ring, &zero);
}

static void ring_push_while_queued(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 2, 0, 1);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	/* Once, and where it was: [0] -> [1] */
	RING_EXPECT(test, rf, 0, 1);
}

static void ring_push_after_pop(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 2, 0, 1);
	ring_pop_expect(test, rf, 1, true);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	RING_EXPECT(test, rf, 1, 0);
}

static void ring_push_closed(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	RING_EXPECT_EMPTY(test, rf);
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	RING_EXPECT(test, rf, 1);
}

static void ring_push_in_hard_irq(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	fake_in_hardirq(ring_push_irq, &rf->irq_push[0]);
	fake_in_hardirq(ring_push_irq, &rf->irq_push[1]);
	RING_EXPECT(test, rf, 0, 1);
}

/* Drop each of [0] -> [1] -> [2] in turn. */
static void ring_drop_queued(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[1]));
	RING_EXPECT(test, rf, 0, 2);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[0]));
	RING_EXPECT(test, rf, 2);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[2]));
	RING_EXPECT_EMPTY(test, rf);
}

static void ring_drop_not_queued(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	evtchn_ring_push(&rf->ring, &rf->entry[2]);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[0]));
	evtchn_ring_close(&rf->ring, &rf->entry[1]);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[1]));

	/* Which has not opened it again. */
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	RING_EXPECT(test, rf, 2);
}

static void ring_drop_then_push(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 2, 0, 1);
	evtchn_ring_drop(&rf->ring, &rf->entry[0]);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	RING_EXPECT(test, rf, 1, 0);
}

/* Close each of [0] -> [1] -> [2] in turn. */
static void ring_close_queued(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	evtchn_ring_close(&rf->ring, &rf->entry[1]);
	RING_EXPECT(test, rf, 0, 2);
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	RING_EXPECT(test, rf, 0);
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	RING_EXPECT_EMPTY(test, rf);

	ring_push_many(rf, 3, 0, 1, 2);
	RING_EXPECT_EMPTY(test, rf);
}

static void ring_close_twice(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 2, 0, 1);
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	RING_EXPECT(test, rf, 1);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_empty_at_first),
	KUNIT_CASE(ring_peek_oldest_first),
	KUNIT_CASE(ring_peek_does_not_consume),
	KUNIT_CASE(ring_peek_bounded),
	KUNIT_CASE(ring_peek_shows_port_zero),
	KUNIT_CASE(ring_push_while_queued),
	KUNIT_CASE(ring_push_after_pop),
	KUNIT_CASE(ring_push_closed),
	KUNIT_CASE(ring_push_in_hard_irq),
	KUNIT_CASE(ring_drop_queued),
	KUNIT_CASE(ring_drop_not_queued),
	KUNIT_CASE(ring_drop_then_push),
	KUNIT_CASE(ring_close_queued),
	KUNIT_CASE(ring_close_twice),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "xen_evtchn_ring",
	.init = ring_fixture_init,
	.exit = ring_fixture_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
