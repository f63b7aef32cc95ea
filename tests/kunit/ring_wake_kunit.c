// SPDX-License-Identifier: GPL-2.0
/*
 * The ring: who is woken, and that nobody sleeps on a pending port.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/wait.h>

#include "fixture.h"
#include "ring_fixture.h"

static void ring_wake_poller_on_each_event(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper poller = {};

	sleeper_add(&rf->ring.wait, &poller);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, poller.woken, 1);

	/* The first is unread still: an edge-triggered poller waits for this. */
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	KUNIT_EXPECT_EQ(test, poller.woken, 2);
	remove_wait_queue(&rf->ring.wait, &poller.wait);
}

static void ring_wake_not_without_event(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper poller = {};

	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	evtchn_ring_close(&rf->ring, &rf->entry[1]);
	sleeper_add(&rf->ring.wait, &poller);

	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_pop(&rf->ring, RING_PORT(0)));
	KUNIT_EXPECT_EQ(test, poller.woken, 0);
	remove_wait_queue(&rf->ring.wait, &poller.wait);
}

static void ring_wake_one_reader(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper reader[2] = {};

	sleeper_add_exclusive(&rf->ring.wait, &reader[0]);
	sleeper_add_exclusive(&rf->ring.wait, &reader[1]);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, reader[0].woken + reader[1].woken, 1);

	remove_wait_queue(&rf->ring.wait, &reader[0].wait);
	remove_wait_queue(&rf->ring.wait, &reader[1].wait);
}

static void ring_wake_all_pollers_and_one_reader(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper reader[2] = {};
	struct sleeper poller[2] = {};

	sleeper_add(&rf->ring.wait, &poller[0]);
	sleeper_add_exclusive(&rf->ring.wait, &reader[0]);
	sleeper_add_exclusive(&rf->ring.wait, &reader[1]);
	sleeper_add(&rf->ring.wait, &poller[1]);

	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, poller[0].woken, 1);
	KUNIT_EXPECT_EQ(test, poller[1].woken, 1);
	KUNIT_EXPECT_EQ(test, reader[0].woken + reader[1].woken, 1);

	remove_wait_queue(&rf->ring.wait, &poller[0].wait);
	remove_wait_queue(&rf->ring.wait, &poller[1].wait);
	remove_wait_queue(&rf->ring.wait, &reader[0].wait);
	remove_wait_queue(&rf->ring.wait, &reader[1].wait);
}

/* What epoll looks at to tell whether a wake-up is for it. */
static int ring_wake_key(wait_queue_entry_t *wait, unsigned int mode, int sync,
			 void *key)
{
	*(__poll_t *)wait->private = key_to_poll(key);
	return 1;
}

static void ring_wake_says_readable(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	wait_queue_entry_t wait;
	__poll_t events = 0;

	init_waitqueue_func_entry(&wait, ring_wake_key);
	wait.private = &events;
	add_wait_queue(&rf->ring.wait, &wait);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_TRUE(test, events & EPOLLIN);
	KUNIT_EXPECT_TRUE(test, events & EPOLLRDNORM);
	KUNIT_EXPECT_FALSE(test, events & EPOLLHUP);
	remove_wait_queue(&rf->ring.wait, &wait);
}

/*
 * The event comes at some moment of the reader's way to sleep: from the timer, or
 * from another CPU by an interrupt there.
 */
static void concurrent_raise(struct ring_race *c)
{
	unsigned int other = cpumask_any_but(cpu_online_mask,
					     smp_processor_id());
	unsigned int delay = c->round % 64;

	if (c->round % 2 && other < nr_cpu_ids) {
		smp_call_function_single(other, ring_push_irq,
					 ring_race_next(c), false);
		ndelay(delay * 50);
	} else {
		hrtimer_start(&c->timer, ns_to_ktime(delay * 500),
			      HRTIMER_MODE_REL_PINNED_HARD);
	}
}

static int concurrent_reader(void *arg)
{
	struct ring_race *c = arg;
	struct evtchn_ring *ring = &c->rf->ring;
	u32 ports[RING_ENTRIES];

	allow_signal(SIGUSR1);
	for (c->round = 0; c->round < RING_RACE_ROUNDS; c->round++) {
		concurrent_raise(c);
		/* No other event will wake this. */
		if (evtchn_ring_wait(ring, NULL))
			break;
		if (ring_drain(ring, ports, RING_ENTRIES) != 1 ||
		    ports[0] != RING_PORT(c->round % RING_ENTRIES))
			c->faults++;
	}
	hrtimer_cancel(&c->timer);
	kthread_complete_and_exit(&c->finished, 0);
}

static void ring_concurrent_push_and_sleep(struct kunit *test)
{
	ring_race_run(test, ring_race_new(test), concurrent_reader);
}

#define OVER_ROUNDS	200

/**
 * struct over - an event that comes just before a sleeper stops waiting for it
 * @rf: the ring
 * @timer: raises the event
 * @task: the sleeper
 * @kill: send him a signal after the event; otherwise his time is over then
 * @rounds: of which the event was seen
 * @finished: the sleeper is done
 */
struct over {
	struct ring_fixture *rf;
	struct hrtimer timer;
	struct task_struct *task;
	bool kill;
	unsigned int rounds;
	struct completion finished;
};

static enum hrtimer_restart over_timer(struct hrtimer *timer)
{
	struct over *o = container_of(timer, struct over, timer);

	ring_push_irq(&o->rf->irq_push[0]);
	if (o->kill)
		send_sig(SIGUSR1, o->task, 1);
	return HRTIMER_NORESTART;
}

/*
 * The event and the end of the wait are of the same time, on the same CPU, and the
 * event's timer was started first: when the sleeper runs he was woken for the event,
 * and has a reason to leave as well.
 */
static int over_sleeper(void *arg)
{
	struct over *o = arg;
	struct evtchn_ring *ring = &o->rf->ring;
	ktime_t until;
	u32 port;
	int i;

	allow_signal(SIGUSR1);
	for (i = 0; i < OVER_ROUNDS; i++) {
		until = ktime_add_us(ktime_get(), 300);
		hrtimer_start(&o->timer, until, HRTIMER_MODE_ABS_PINNED_HARD);
		if (evtchn_ring_wait(ring, o->kill ? NULL : &until) == 0)
			o->rounds += ring_drain(ring, &port, 1);
		hrtimer_cancel(&o->timer);
		ring_drain(ring, &port, 1);
		flush_signals(current);
	}
	kthread_complete_and_exit(&o->finished, 0);
}

static void over_run(struct kunit *test, bool kill)
{
	struct over *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, o);
	o->rf = test->priv;
	o->kill = kill;
	init_completion(&o->finished);
	hrtimer_init(&o->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_PINNED_HARD);
	o->timer.function = over_timer;
	o->task = kthread_create(over_sleeper, o, "evtchn-over");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, o->task);
	kthread_bind(o->task, 0);
	wake_up_process(o->task);
	wait_for_completion(&o->finished);
	KUNIT_EXPECT_EQ(test, o->rounds, OVER_ROUNDS);
}

static void ring_wait_event_as_time_is_over(struct kunit *test)
{
	over_run(test, false);
}

static void ring_wait_event_before_signal(struct kunit *test)
{
	over_run(test, true);
}

static void ring_wait_gives_up(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	ktime_t until = ktime_add_ms(ktime_get(), 10);

	KUNIT_EXPECT_EQ(test, evtchn_ring_wait(&rf->ring, &until), -ETIME);
	KUNIT_EXPECT_GE(test, ktime_get(), until);
	/* What is over already is so, unless there is a port. */
	KUNIT_EXPECT_EQ(test, evtchn_ring_wait(&rf->ring, &until), -ETIME);
	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	KUNIT_EXPECT_EQ(test, evtchn_ring_wait(&rf->ring, &until), 0);
}

static void ring_pass_on_wakes_another(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct sleeper reader = {};

	evtchn_ring_push(&rf->ring, &rf->entry[0]);
	sleeper_add_exclusive(&rf->ring.wait, &reader);
	evtchn_ring_pass_on(&rf->ring);
	KUNIT_EXPECT_EQ(test, reader.woken, 1);
	KUNIT_EXPECT_TRUE(test, evtchn_ring_drop(&rf->ring, &rf->entry[0]));
	evtchn_ring_pass_on(&rf->ring);
	KUNIT_EXPECT_EQ(test, reader.woken, 1);
	remove_wait_queue(&rf->ring.wait, &reader.wait);
}

#define CONCURRENT_TAKES	1000

static bool ring_is_port(u32 port)
{
	return port >= RING_PORT(0) && port < RING_PORT(RING_ENTRIES) &&
	       (port - RING_PORT(0)) % (RING_PORT(1) - RING_PORT(0)) == 0;
}

static enum hrtimer_restart concurrent_flood(struct hrtimer *timer)
{
	struct ring_race *c = container_of(timer, struct ring_race, timer);

	c->round++;
	ring_push_irq(ring_race_next(c));
	hrtimer_forward_now(timer, ns_to_ktime(20000));
	return HRTIMER_RESTART;
}

/* Push in hard irq against take, pop and drop: no port twice, none unknown. */
static void ring_concurrent_push_and_take(struct kunit *test)
{
	struct ring_race *c = ring_race_new(test);
	struct ring_fixture *rf = test->priv;
	u32 ports[RING_ENTRIES + 1];
	unsigned long end = jiffies + FIXTURE_LONG;
	unsigned int taken = 0;
	unsigned int got, i, n;

	c->timer.function = concurrent_flood;
	hrtimer_start(&c->timer, 0, HRTIMER_MODE_REL_HARD);

	for (n = 0; taken < CONCURRENT_TAKES && time_before(jiffies, end); n++) {
		if (n % 3 == 0)
			evtchn_ring_drop(&rf->ring, &rf->entry[n % RING_ENTRIES]);
		if (n % 3 == 1)
			got = ring_drain(&rf->ring, ports, 1);
		else
			got = ring_take(test, ports, RING_ENTRIES);
		for (i = 0; i < got; i++)
			c->faults += !ring_is_port(ports[i]) ||
				     (i && ports[i] == ports[i - 1]);
		taken += got;
		if (got)
			end = jiffies + FIXTURE_LONG;
	}
	hrtimer_cancel(&c->timer);

	KUNIT_EXPECT_EQ(test, c->faults, 0);
	KUNIT_EXPECT_GE(test, taken, CONCURRENT_TAKES);
	KUNIT_EXPECT_LE(test, taken, c->round);

	/* And the ring is still good for all of them. */
	for (i = 0; i < RING_ENTRIES; i++)
		evtchn_ring_drop(&rf->ring, &rf->entry[i]);
	ring_push_many(rf, 6, 5, 4, 3, 2, 1, 0);
	RING_EXPECT(test, rf, 5, 4, 3, 2, 1, 0);
}

static struct kunit_case ring_wake_cases[] = {
	KUNIT_CASE(ring_wake_poller_on_each_event),
	KUNIT_CASE(ring_wake_not_without_event),
	KUNIT_CASE(ring_wake_one_reader),
	KUNIT_CASE(ring_wake_all_pollers_and_one_reader),
	KUNIT_CASE(ring_wake_says_readable),
	KUNIT_CASE(ring_wait_gives_up),
	KUNIT_CASE(ring_wait_event_as_time_is_over),
	KUNIT_CASE(ring_wait_event_before_signal),
	KUNIT_CASE(ring_pass_on_wakes_another),
	KUNIT_CASE(ring_concurrent_push_and_sleep),
	KUNIT_CASE(ring_concurrent_push_and_take),
	{}
};

static struct kunit_suite ring_wake_suite = {
	.name = "xen_evtchn_ring_wake",
	.init = ring_fixture_init,
	.exit = ring_fixture_exit,
	.test_cases = ring_wake_cases,
};

kunit_test_suite(ring_wake_suite);
