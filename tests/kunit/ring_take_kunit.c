// SPDX-License-Identifier: GPL-2.0
/*
 * The ring and a reader's memory: a port leaves the ring as its number is written
 * there, and else stays.
 */

#include <kunit/test.h>

#include <linux/uaccess.h>

#include "fixture.h"
#include "ring_fixture.h"

static void ring_take_all(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 2, 0, 1);
	RING_TAKE_EXPECT(test, RING_ENTRIES, 2, 0, 1);
	RING_EXPECT_EMPTY(test, rf);
}

static void ring_take_nothing(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_take_expect(test, 3, 0, NULL);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	ring_take_expect(test, 0, 0, NULL);
	RING_EXPECT(test, rf, 0);
}

static void ring_take_no_more_than_there_is_room_for(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 4, 0, 1, 2, 3);
	RING_TAKE_EXPECT(test, 2, 0, 1);
	RING_EXPECT(test, rf, 2, 3);
	RING_TAKE_EXPECT(test, 1, 2);
	RING_EXPECT(test, rf, 3);
	RING_TAKE_EXPECT(test, 1, 3);
	RING_EXPECT_EMPTY(test, rf);
}

/* What was taken can be pushed again, and what was left is linked as before. */
static void ring_take_then_push(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	RING_TAKE_EXPECT(test, 2, 0, 1);
	ring_push_many(rf, 3, 1, 0, 3);
	RING_EXPECT(test, rf, 2, 1, 0, 3);
	evtchn_ring_drop(&rf->ring, &rf->entry[2]);
	evtchn_ring_drop(&rf->ring, &rf->entry[0]);
	RING_EXPECT(test, rf, 1, 3);
	RING_TAKE_EXPECT(test, RING_ENTRIES, 1, 3);
}

/* What was taken can be dropped or closed, and the others do not mind. */
static void ring_take_then_remove(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 3, 0, 1, 2);
	RING_TAKE_EXPECT(test, 2, 0, 1);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[0]));
	evtchn_ring_close(&rf->ring, &rf->entry[1]);
	RING_EXPECT(test, rf, 2);
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	RING_EXPECT(test, rf, 2);
}

static void ring_take_not_what_was_removed(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 5, 0, 1, 2, 3, 4);
	evtchn_ring_drop(&rf->ring, &rf->entry[0]);
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	evtchn_ring_drop(&rf->ring, &rf->entry[4]);
	RING_TAKE_EXPECT(test, RING_ENTRIES, 1, 3);
}

/* Memory of a user that is there for so many numbers, and ends then. */
static u32 __user *ring_memory_for(struct kunit *test, unsigned int count)
{
	u32 __user *end = user_memory(test, PAGE_SIZE) + PAGE_SIZE / sizeof(u32);

	KUNIT_ASSERT_EQ(test, put_user(0, end - 1), 0);
	return end - count;
}

static void ring_take_faults_at_once(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 __user *buf = ring_memory_for(test, 0);

	ring_push_many(rf, 2, 0, 1);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&rf->ring, buf, 2), 0);
	RING_EXPECT(test, rf, 0, 1);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&rf->ring, NULL, 2), 0);
	RING_EXPECT(test, rf, 0, 1);
}

static void ring_take_faults_midway(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 __user *buf = ring_memory_for(test, 2);
	u32 port = 0;

	ring_push_many(rf, 4, 3, 2, 1, 0);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&rf->ring, buf, 4), 2);
	KUNIT_EXPECT_EQ(test, get_user(port, buf + 1), 0);
	KUNIT_EXPECT_EQ(test, port, RING_PORT(2));
	RING_EXPECT(test, rf, 1, 0);
	RING_TAKE_EXPECT(test, RING_ENTRIES, 1, 0);
}

/* A page that nobody has touched: to be brought in where that may sleep. */
static void ring_take_does_not_sleep(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);

	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&rf->ring, buf, 1), 0);
	RING_EXPECT(test, rf, 0);
	KUNIT_EXPECT_EQ(test, put_user(0, buf), 0);
	KUNIT_EXPECT_EQ(test, evtchn_ring_take(&rf->ring, buf, 1), 1);
}

static struct kunit_case ring_take_cases[] = {
	KUNIT_CASE(ring_take_all),
	KUNIT_CASE(ring_take_nothing),
	KUNIT_CASE(ring_take_no_more_than_there_is_room_for),
	KUNIT_CASE(ring_take_then_push),
	KUNIT_CASE(ring_take_then_remove),
	KUNIT_CASE(ring_take_not_what_was_removed),
	KUNIT_CASE(ring_take_faults_at_once),
	KUNIT_CASE(ring_take_faults_midway),
	KUNIT_CASE(ring_take_does_not_sleep),
	{}
};

static struct kunit_suite ring_take_suite = {
	.name = "xen_evtchn_ring_take",
	.init = ring_fixture_init,
	.exit = ring_fixture_exit,
	.test_cases = ring_take_cases,
};

kunit_test_suite(ring_take_suite);
