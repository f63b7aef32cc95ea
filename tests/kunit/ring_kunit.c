// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of pending ports: what goes in, and in what order it is seen.
 */

#include <kunit/test.h>

#include "ring_fixture.h"

static void ring_empty_at_first(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 port = 7;

	KUNIT_EXPECT_TRUE(test, evtchn_ring_empty(&rf->ring));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_first(&rf->ring, &port));
	KUNIT_EXPECT_EQ(test, port, 7);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_pop(&rf->ring, 0));
}

static void ring_first_is_the_oldest(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 port = 0;

	ring_push_many(rf, 3, 2, 0, 1);
	RING_EXPECT(test, rf, 2, 0, 1);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_first(&rf->ring, &port));
	KUNIT_EXPECT_EQ(test, port, RING_PORT(2));
	/* It was looked at, and is there still. */
	RING_EXPECT(test, rf, 2, 0, 1);
}

static void ring_first_shows_port_zero(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_ring_entry zero;
	u32 port = 1;

	evtchn_ring_entry_init(&zero, 0);
	evtchn_ring_push(&rf->ring, &zero);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_first(&rf->ring, &port));
	KUNIT_EXPECT_EQ(test, port, 0);
	evtchn_ring_close(&rf->ring, &zero);
}

static void ring_pop_first(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_pop(&rf->ring, RING_PORT(0)));
	RING_EXPECT(test, rf, 1, 2);
}

static void ring_pop_not_first(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_pop(&rf->ring, RING_PORT(1)));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_pop(&rf->ring, RING_PORT(3)));
	RING_EXPECT(test, rf, 0, 1, 2);
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
	KUNIT_EXPECT_TRUE(test, evtchn_ring_pop(&rf->ring, RING_PORT(0)));
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
	KUNIT_CASE(ring_first_is_the_oldest),
	KUNIT_CASE(ring_first_shows_port_zero),
	KUNIT_CASE(ring_pop_first),
	KUNIT_CASE(ring_pop_not_first),
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
