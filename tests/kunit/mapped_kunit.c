// SPDX-License-Identifier: GPL-2.0
/*
 * The mapped ring: what is put in, blanked, refused; a client that writes anything.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"
#include "ring_fixture.h"

#define SIZE	4

static void mapped_says_its_size(struct kunit *test)
{
	static const u32 rings[][2] = {
		{ 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 4 }, { 9, 8 }, { 12, 8 },
	};
	const u32 page = PAGE_SIZE / sizeof(u32);
	struct evtchn_mapped *m;
	int i;

	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		m = evtchn_mapped_alloc(rings[i][0] * PAGE_SIZE);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
		KUNIT_EXPECT_EQ(test, m->shared->size, rings[i][1] * page);
		KUNIT_EXPECT_EQ(test, m->shared->offset, PAGE_SIZE);
		KUNIT_EXPECT_PTR_EQ(test, (void *)m->numbers,
				    (void *)m->shared + m->shared->offset);
		KUNIT_EXPECT_EQ(test, m->shared->head, 0);
		KUNIT_EXPECT_EQ(test, m->shared->tail, 0);
		evtchn_mapped_free(m);
	}
}

static void mapped_has_limits(struct kunit *test)
{
	const unsigned long most = PAGE_SIZE + EVTCHN_MAPPED_MAX * sizeof(u32);
	struct evtchn_mapped *m = evtchn_mapped_alloc(most);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	KUNIT_EXPECT_EQ(test, m->shared->size, EVTCHN_MAPPED_MAX);
	evtchn_mapped_free(m);
	KUNIT_EXPECT_EQ(test, PTR_ERR(evtchn_mapped_alloc(PAGE_SIZE)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(evtchn_mapped_alloc(most + PAGE_SIZE)), -EINVAL);
}

static void mapped_in_order(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);

	ring_push_many(rf, 3, 2, 0, 1);
	KUNIT_EXPECT_EQ(test, m->shared->head, 3);
	MAPPED_EXPECT(test, m, RING_PORT(2), RING_PORT(0), RING_PORT(1));
	fake_in_hardirq(ring_push_irq, &rf->irq_push[4]);
	fake_in_hardirq(ring_push_irq, &rf->irq_push[3]);
	MAPPED_EXPECT(test, m, RING_PORT(4), RING_PORT(3));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_empty(&rf->ring));
}

/* Older ones first, and each once. */
static void mapped_takes_over(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m;

	ring_push_many(rf, 4, 3, 1, 5, 2);
	m = mapped_attach(test, &rf->ring, 8);
	ring_push_many(rf, 1, 0);
	MAPPED_EXPECT(test, m, RING_PORT(3), RING_PORT(1), RING_PORT(5),
		      RING_PORT(2), RING_PORT(0));
	RING_EXPECT_EMPTY(test, rf);
}

/* Between two handfuls that are moved: what comes then goes behind the others. */
static void mapped_is_taken_over_in_order(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = evtchn_mapped_alloc(2 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	ring_push_many(rf, 2, 3, 1);
	rf->ring.mapped = m;
	ring_push_many(rf, 2, 0, 1);
	RING_EXPECT(test, rf, 3, 1, 0);
	KUNIT_EXPECT_EQ(test, m->shared->head, 0);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_queued(&rf->ring, &rf->entry[0]));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[1]));
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	ring_push_many(rf, 1, 2);

	/* Another call, that of who has mapped it as well, moves them. */
	KUNIT_EXPECT_PTR_EQ(test, evtchn_mapped_attach(&rf->ring, NULL), m);
	MAPPED_EXPECT(test, m, RING_PORT(3), RING_PORT(0));
}

static void mapped_holds_one_of_each_port(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);
	int round;

	/* Full but for two, and round and round. */
	for (round = 0; round < 9; round++) {
		ring_push_many(rf, 6, 0, 1, 2, 3, 4, 5);
		MAPPED_EXPECT(test, m, RING_PORT(0), RING_PORT(1), RING_PORT(2),
			      RING_PORT(3), RING_PORT(4), RING_PORT(5));
	}
}

static void mapped_count_wraps(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);

	m->head = U32_MAX - 1;
	m->shared->head = U32_MAX - 1;
	m->shared->tail = U32_MAX - 1;
	KUNIT_EXPECT_FALSE(test, evtchn_mapped_any(&rf->ring));
	ring_push_many(rf, 4, 0, 1, 2, 3);
	KUNIT_EXPECT_EQ(test, m->shared->head, 2);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_queued(&rf->ring, &rf->entry[0]));
	evtchn_ring_close(&rf->ring, &rf->entry[1]);
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	MAPPED_EXPECT(test, m, RING_PORT(0), 0, 0, RING_PORT(3));
	KUNIT_EXPECT_FALSE(test, evtchn_mapped_any(&rf->ring));
}

static void mapped_closed_is_blanked(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);
	u32 port;

	ring_push_many(rf, 4, 0, 1, 2, 3);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	KUNIT_EXPECT_EQ(test, m->numbers[0], RING_PORT(0));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_queued(&rf->ring, &rf->entry[2]));
	ring_push_many(rf, 2, 0, 2);
	MAPPED_EXPECT(test, m, RING_PORT(1), 0, RING_PORT(3));
}

/* The number was taken long ago, and its place is that of another by now. */
static void mapped_blanks_no_other(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);
	u32 port;
	int i;

	ring_push_many(rf, 1, 0);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	for (i = 0; i < 7; i++) {
		ring_push_many(rf, 1, 1);
		KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	}
	ring_push_many(rf, 1, 2);
	KUNIT_EXPECT_EQ(test, m->numbers[0], RING_PORT(2));
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	MAPPED_EXPECT(test, m, RING_PORT(2));

	/* Nor does the count of 32 bits, once round, make it look like its own. */
	ring_push_many(rf, 1, 3);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	m->head += (1ULL << 32) - 1;
	m->shared->tail--;
	ring_push_many(rf, 1, 4);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_queued(&rf->ring, &rf->entry[3]));
	evtchn_ring_close(&rf->ring, &rf->entry[3]);
	MAPPED_EXPECT(test, m, RING_PORT(4));
}

static void mapped_reset_blanks_and_says(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 16);
	u32 port;

	ring_push_many(rf, 3, 0, 1, 2);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	KUNIT_ASSERT_EQ(test, evtchn_mapped_begin_reset(&rf->ring), 0);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[0]));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[1]));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[1]));
	/* It came after RESET began, and may stay. */
	ring_push_many(rf, 1, 3);
	KUNIT_EXPECT_FALSE(test, evtchn_ring_drop(&rf->ring, &rf->entry[3]));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[2]));
	/* Re-armed, it is put in behind. */
	ring_push_many(rf, 1, 1);
	MAPPED_EXPECT(test, m, 0, 0, RING_PORT(3), RING_PORT(1));
}

static void mapped_reset_needs_room(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);
	u32 port;

	ring_push_many(rf, 3, 0, 1, 2);
	/* Six numbers more would not go in beside three blanks. */
	KUNIT_EXPECT_EQ(test, evtchn_mapped_begin_reset(&rf->ring), -ENOBUFS);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	KUNIT_EXPECT_EQ(test, evtchn_mapped_begin_reset(&rf->ring), 0);
	MAPPED_EXPECT(test, m, RING_PORT(1), RING_PORT(2));
}

static void mapped_has_no_room(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = evtchn_mapped_alloc(2 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	ring_push_many(rf, 1, 1);
	m->size = SIZE;
	KUNIT_EXPECT_EQ(test, PTR_ERR(evtchn_mapped_attach(&rf->ring, m)), -ENOBUFS);
	RING_EXPECT(test, rf, 1);
	evtchn_ring_close(&rf->ring, &rf->entry[5]);
	evtchn_ring_close(&rf->ring, &rf->entry[4]);
	KUNIT_EXPECT_PTR_EQ(test, evtchn_mapped_attach(&rf->ring, m), m);

	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), -ENOBUFS);
	evtchn_ring_close(&rf->ring, &rf->entry[3]);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), -ENOBUFS);
	evtchn_mapped_dismiss(&rf->ring);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
	MAPPED_EXPECT(test, m, RING_PORT(1));
}

/* A full ring whose ports come and go must not be overrun. */
static void mapped_blanks_take_room(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);
	u32 port;

	ring_push_many(rf, 6, 0, 1, 2, 3, 4, 5);
	evtchn_ring_close(&rf->ring, &rf->entry[2]);
	evtchn_ring_close(&rf->ring, &rf->entry[4]);
	/* Four ports, two blanks. */
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), -ENOBUFS);
	while (mapped_take(m, &port) && port != RING_PORT(3))
		;
	/* Both, until the newer is taken as well. */
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), -ENOBUFS);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	KUNIT_EXPECT_EQ(test, port, 0);
	KUNIT_EXPECT_EQ(test, evtchn_mapped_admit(&rf->ring), 0);
	MAPPED_EXPECT(test, m, RING_PORT(5));
}

/* Re-armed before it was taken: the oldest is lost, and nothing else. */
static void mapped_is_overrun(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);

	ring_push_many(rf, 6, 0, 1, 2, 3, 4, 5);
	ring_push_many(rf, 3, 5, 5, 5);
	KUNIT_EXPECT_EQ(test, m->shared->head - m->shared->tail, 9);
	KUNIT_EXPECT_TRUE(test, evtchn_mapped_any(&rf->ring));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_queued(&rf->ring, &rf->entry[0]));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_queued(&rf->ring, &rf->entry[1]));
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, m->numbers[0], RING_PORT(5));
	m->shared->tail = m->shared->head - m->shared->size;
	MAPPED_EXPECT(test, m, RING_PORT(1), RING_PORT(2), RING_PORT(3),
		      RING_PORT(4), RING_PORT(5), RING_PORT(5), RING_PORT(5),
		      RING_PORT(5));
}

/* All that the client can write says nothing to the kernel, but for the tail. */
static void mapped_is_scribbled_over(struct kunit *test)
{
	static const u8 bytes[] = { 0x00, 0x5a, 0x80, 0xff };
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, SIZE * 2);
	u32 *end = m->numbers + PAGE_SIZE / sizeof(u32);
	u32 put = 0, *number;
	int i;

	for (i = 0; i < ARRAY_SIZE(bytes) * 64; i++) {
		memset(m->shared, bytes[i % ARRAY_SIZE(bytes)], 2 * PAGE_SIZE);
		m->shared->tail += i;
		evtchn_ring_push(&rf->ring, &rf->entry[i % RING_ENTRIES]);
		KUNIT_EXPECT_EQ(test, m->shared->head, ++put);
		KUNIT_EXPECT_EQ(test, m->numbers[(put - 1) % (SIZE * 2)],
				RING_PORT(i % RING_ENTRIES));
		evtchn_mapped_any(&rf->ring);
		evtchn_mapped_begin_reset(&rf->ring);
		evtchn_ring_drop(&rf->ring, &rf->entry[(i * 5) % RING_ENTRIES]);
		if (!evtchn_mapped_admit(&rf->ring))
			evtchn_mapped_dismiss(&rf->ring);
		/* Not a word of it beyond the ring. */
		for (number = m->numbers + SIZE * 2; number < end; number++)
			if (*number != bytes[i % ARRAY_SIZE(bytes)] * 0x01010101U)
				KUNIT_FAIL(test, "round %d: wrote beyond", i);
	}
}

/* A tail in front of the head: as if nothing had been taken. */
static void mapped_tail_is_wrong(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_mapped *m = mapped_attach(test, &rf->ring, 8);

	ring_push_many(rf, 2, 0, 1);
	m->shared->tail = 3;
	KUNIT_EXPECT_TRUE(test, evtchn_mapped_any(&rf->ring));
	KUNIT_EXPECT_TRUE(test, evtchn_ring_queued(&rf->ring, &rf->entry[0]));
	KUNIT_EXPECT_EQ(test, evtchn_mapped_begin_reset(&rf->ring), -ENOBUFS);
	m->shared->tail = 2;
	KUNIT_EXPECT_FALSE(test, evtchn_mapped_any(&rf->ring));
	KUNIT_EXPECT_FALSE(test, evtchn_ring_queued(&rf->ring, &rf->entry[0]));
}

static void mapped_wakes_on_each(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper poller = {};

	mapped_attach(test, &rf->ring, 8);
	sleeper_add(&rf->ring.wait, &poller);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, poller.woken, 1);
	/* Nothing was taken, and an edge-triggered poller waits for this. */
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	KUNIT_EXPECT_EQ(test, poller.woken, 2);
	remove_wait_queue(&rf->ring.wait, &poller.wait);
}

static void mapped_wakes_all_readers(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper reader[2] = {};

	sleeper_add_exclusive(&rf->ring.wait, &reader[0]);
	sleeper_add_exclusive(&rf->ring.wait, &reader[1]);
	mapped_attach(test, &rf->ring, 8);
	KUNIT_EXPECT_EQ(test, reader[0].woken, 1);
	KUNIT_EXPECT_EQ(test, reader[1].woken, 1);
	remove_wait_queue(&rf->ring.wait, &reader[0].wait);
	remove_wait_queue(&rf->ring.wait, &reader[1].wait);
}

/* It looks, finds nothing, and sleeps: as with poll(2), without a look in between. */
static int mapped_race_client(void *arg)
{
	struct ring_race *r = arg;
	u32 port = 0;

	allow_signal(SIGUSR1);
	for (r->round = 0; r->round < RING_RACE_ROUNDS; r->round++) {
		hrtimer_start(&r->timer, ns_to_ktime(r->round % 64 * 500),
			      HRTIMER_MODE_REL_PINNED_HARD);
		if (!mapped_take(r->rf->ring.mapped, &port)) {
			if (wait_event_interruptible(r->rf->ring.wait,
						     evtchn_mapped_any(&r->rf->ring)))
				break;
			r->faults += !mapped_take(r->rf->ring.mapped, &port);
		}
		r->faults += port != RING_PORT(r->round % RING_ENTRIES);
		hrtimer_cancel(&r->timer);
	}
	hrtimer_cancel(&r->timer);
	kthread_complete_and_exit(&r->finished, 0);
}

static void mapped_concurrent_put_and_sleep(struct kunit *test)
{
	struct ring_race *r = ring_race_new(test);

	mapped_attach(test, &r->rf->ring, 8);
	ring_race_run(test, r, mapped_race_client);
}

static struct kunit_case mapped_cases[] = {
	KUNIT_CASE(mapped_says_its_size),
	KUNIT_CASE(mapped_has_limits),
	KUNIT_CASE(mapped_in_order),
	KUNIT_CASE(mapped_takes_over),
	KUNIT_CASE(mapped_is_taken_over_in_order),
	KUNIT_CASE(mapped_holds_one_of_each_port),
	KUNIT_CASE(mapped_count_wraps),
	KUNIT_CASE(mapped_closed_is_blanked),
	KUNIT_CASE(mapped_blanks_no_other),
	KUNIT_CASE(mapped_reset_blanks_and_says),
	KUNIT_CASE(mapped_reset_needs_room),
	KUNIT_CASE(mapped_has_no_room),
	KUNIT_CASE(mapped_blanks_take_room),
	KUNIT_CASE(mapped_is_overrun),
	KUNIT_CASE(mapped_is_scribbled_over),
	KUNIT_CASE(mapped_tail_is_wrong),
	KUNIT_CASE(mapped_wakes_on_each),
	KUNIT_CASE(mapped_wakes_all_readers),
	KUNIT_CASE(mapped_concurrent_put_and_sleep),
	{}
};

static struct kunit_suite mapped_suite = {
	.name = "xen_evtchn_mapped",
	.init = ring_fixture_init,
	.exit = ring_fixture_exit,
	.test_cases = mapped_cases,
};

kunit_test_suite(mapped_suite);
