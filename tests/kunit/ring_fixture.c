// SPDX-License-Identifier: GPL-2.0
/*
 * A ring and some ports for it.
 */

#include <linux/stdarg.h>

#include <linux/kthread.h>
#include <linux/sched/signal.h>
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

/* What is pushed in this round. */
struct ring_irq_push *ring_race_next(struct ring_race *race)
{
	return &race->rf->irq_push[race->round % RING_ENTRIES];
}

static enum hrtimer_restart ring_race_timer(struct hrtimer *timer)
{
	ring_push_irq(ring_race_next(container_of(timer, struct ring_race, timer)));
	return HRTIMER_NORESTART;
}

struct ring_race *ring_race_new(struct kunit *test)
{
	struct ring_race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->rf = test->priv;
	init_completion(&race->finished);
	hrtimer_init(&race->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	race->timer.function = ring_race_timer;
	return race;
}

static unsigned int ring_race_round(const struct ring_race *race)
{
	/* While the thread goes on: any value that it had will do. */
	return data_race(race->round);
}

/*
 * ring_race_run() - have a thread take RING_RACE_ROUNDS events
 *
 * A wake-up that is lost leaves it asleep for ever. It leaves when a signal comes, and
 * ends by completing &ring_race.finished.
 */
void ring_race_run(struct kunit *test, struct ring_race *race,
		   int (*thread)(void *race))
{
	struct task_struct *task;
	unsigned int round;
	bool over;

	task = kthread_create(thread, race, "evtchn-race");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	kthread_bind(task, 0);
	get_task_struct(task);
	wake_up_process(task);

	/* However slow it is, as long as it goes on. */
	do {
		round = ring_race_round(race);
		over = wait_for_completion_timeout(&race->finished, FIXTURE_LONG);
	} while (!over && ring_race_round(race) != round);
	if (!over) {
		KUNIT_FAIL(test, "it sleeps though a port is pending, round %u",
			   race->round);
		send_sig(SIGUSR1, task, 1);
		wait_for_completion(&race->finished);
	}
	put_task_struct(task);
	KUNIT_EXPECT_EQ(test, race->round, RING_RACE_ROUNDS);
	KUNIT_EXPECT_EQ(test, race->faults, 0);
}
