// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds that are raised by the events of a port.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/poll.h>

#include "drivers/xen/evtchn/eventfd.h"

#include "eventfd_fixture.h"

static void eventfd_bad_arguments(struct kunit *test)
{
	static const struct {
		u32 flags;
		s32 fd;
	} bad[] = {
		{ BIT(3), 100 }, { BIT(31), 100 }, { HOLD | SEND, 100 },
		{ HOLD | REMOVE, -1 }, { REMOVE, 100 }, { REMOVE, 0 },
		{ REMOVE | SEND, 100 }, { REMOVE | SEND | HOLD, -1 },
	};
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = fake_eventfd(test, 0);
	struct ioctl_evtchn_eventfd reserved = {
		.port = port,
		.fd = fd,
		.reserved = 1,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, bad[i].flags, port,
						   bad[i].fd), -EINVAL);
	KUNIT_EXPECT_EQ(test, EXT_CALL(test, fx->f, EVENTFD, &reserved), -EINVAL);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void eventfd_receive_errors(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 other = fixture_bind_unbound(test, fx->g);
	int fd = fake_eventfd(test, 0);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, other, fd), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, REMOVE, other, -1),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, -1), -EBADF);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, fd + 1), -EBADF);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, FAKE_NO_EVENTFD),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, REMOVE, port, -1), -ENOENT);
	fake_fail(FAKE_ALLOC, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, fd), -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, HOLD, port, fd), 0);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, fd), -EEXIST);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, REMOVE | SEND, port, -1),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 2);
}

static void eventfd_passes_events(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);
	struct ioctl_evtchn_status status;
	int i;

	for (i = 1; i <= 3; i++) {
		fake_raise(port);
		KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), i);
		KUNIT_EXPECT_EQ(test, fake_core_eois(port), i);
		KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	}
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);

	status = ext_status(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, status.pending, EVTCHN_PENDING_ARMED);
	KUNIT_EXPECT_EQ(test, status.events, 3);
	KUNIT_EXPECT_EQ(test, status.rearms, 3);

	/* There is nothing to write back. */
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 3);
}

static void eventfd_holds_events(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, HOLD, port);
	struct ioctl_evtchn_status status;

	fake_raise(port);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, ext_status(test, fx->f, port).pending, 0);

	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);

	status = ext_status(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, status.pending, EVTCHN_PENDING_ARMED);
	KUNIT_EXPECT_EQ(test, status.events, 2);
	KUNIT_EXPECT_EQ(test, status.rearms, 2);
}

static void eventfd_holds_latched(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, HOLD, port);

	fake_raise(port);
	fake_core_call_handler(port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);

	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 0);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static void eventfd_takes_from_ring(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 passes = fixture_bind_unbound(test, fx->f);
	u32 holds = fixture_bind_unbound(test, fx->f);
	u32 stays = fixture_bind_unbound(test, fx->f);
	int a, b;

	fake_raise(passes);
	fake_raise(holds);
	fake_raise(stays);
	a = eventfd_connect(test, fx->f, 0, passes);
	b = eventfd_connect(test, fx->f, HOLD, holds);
	FIXTURE_EXPECT_PENDING(test, fx->f, stays);

	KUNIT_EXPECT_EQ(test, fake_eventfd_read(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(b), 1);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(passes));
	KUNIT_EXPECT_TRUE(test, fake_is_masked(holds));
	fixture_rearm(fx->f, holds);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(holds));
}

/* Its number was read, and not written back. */
static void eventfd_of_a_port_read(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 passes = fixture_bind_unbound(test, fx->f);
	u32 holds = fixture_bind_unbound(test, fx->f);
	int a, b;

	fake_raise(passes);
	fake_raise(holds);
	FIXTURE_EXPECT_PENDING(test, fx->f, passes, holds);
	a = eventfd_connect(test, fx->f, 0, passes);
	b = eventfd_connect(test, fx->f, HOLD, holds);

	KUNIT_EXPECT_EQ(test, fake_eventfd_count(a), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(b), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(passes));
	KUNIT_EXPECT_TRUE(test, fake_is_masked(holds));
	fake_raise(passes);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(a), 1);
}

static void eventfd_of_a_latched_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_status status;
	int fd;

	fake_raise(port);
	fake_core_call_handler(port);
	fd = eventfd_connect(test, fx->f, 0, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), 1);
	status = ext_status(test, fx->f, port);
	KUNIT_EXPECT_EQ(test, status.events, 2);
	KUNIT_EXPECT_EQ(test, status.rearms, 2);
}

/* It is not lost, whichever way it takes. */
static void eventfd_event_meanwhile(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd;

	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	/* The EOI is given with the irq disabled. */
	fake_at(FAKE_EOI, fixture_raise_now, &port);
	fd = eventfd_connect(test, fx->f, 0, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);

	fake_at(FAKE_DISABLE_IRQ, fixture_raise_now, &port);
	eventfd_remove(test, fx->f, 0, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_read(fd), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	fake_raise(port);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void eventfd_remove_gives_back(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 passes = fixture_bind_unbound(test, fx->f);
	u32 holds = fixture_bind_unbound(test, fx->f);
	int a = eventfd_connect(test, fx->f, 0, passes);
	int b = eventfd_connect(test, fx->f, HOLD, holds);

	fake_raise(passes);
	fake_raise(holds);
	eventfd_remove(test, fx->f, 0, passes);
	eventfd_remove(test, fx->f, 0, holds);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(b), 1);
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);

	fake_raise(passes);
	fake_raise(holds);
	FIXTURE_EXPECT_PENDING(test, fx->f, passes);
	fixture_rearm(fx->f, holds);
	FIXTURE_EXPECT_PENDING(test, fx->f, holds);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(b), 1);

	/* And once more, with the same. */
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, passes, b), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(passes));
}

static void eventfd_reset_leaves_it(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, HOLD, port);

	fake_raise(port);
	fixture_reset(fx->f);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 1);
}

static void eventfd_stale(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 passes = fixture_bind_unbound(test, fx->f);
	u32 holds = fixture_bind_unbound(test, fx->f);
	int a = eventfd_connect(test, fx->f, 0, passes);
	int b = eventfd_connect(test, fx->f, HOLD, holds);

	fake_restore();
	evtchn_files_restored();
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(b), 1);
	fixture_rearm(fx->f, holds);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, REMOVE, passes, -1),
			-ENOTCONN);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, passes), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(a), 1);
}

static void eventfd_storm(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);
	int i;

	fake_jiffies = 1000;
	for (i = 0; i < EVENTFD_STORM; i++)
		fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_core_spurious(port), 0);
	fake_raise(port);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_core_spurious(port), 2);
	fake_jiffies++;
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_core_spurious(port), 2);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), EVENTFD_STORM + 3);
}

static void eventfd_gone_with_port(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);

	fake_core_shirq(true);
	fake_at(FAKE_RELEASE_IRQ, fixture_raise_now, &port);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, port), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);
}

static void eventfd_closed_first(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);

	fake_eventfd_close(fd);
	fake_raise(port);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, port, fd), -EEXIST);
	eventfd_remove(test, fx->f, 0, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 0);
}

static void eventfd_shared(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->g);
	int fd = eventfd_connect(test, fx->f, 0, a);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->g, HOLD, b, fd), 0);
	fake_raise(a);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
	fixture_close(test, 0);
	fixture_rearm(fx->g, b);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 3);
}

/* The file's ring, and reads that go on in it, see nothing of the pointer. */
static void eventfd_beside_the_ring(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);
	int fd;

	fake_raise(a);
	fake_raise(b);
	fake_raise(c);
	fd = eventfd_connect(test, fx->f, HOLD, b);
	fake_core_call_handler(b);
	fixture_rearm(fx->f, b);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
	FIXTURE_EXPECT_PENDING(test, fx->f, a, c);
	fixture_close(test, 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);
}

/**
 * struct eventfd_race - a thread that takes an eventfd off its port
 * @wait: what the eventfd wakes, in the upcall
 * @f: the file
 * @port: the port
 * @start: the upcall is under way
 * @done: the thread is done
 * @early: and it was before the upcall was
 */
struct eventfd_race {
	wait_queue_entry_t wait;
	struct evtchn_file *f;
	u32 port;
	struct completion start;
	struct completion done;
	bool early;
};

static int eventfd_race_remove(void *arg)
{
	struct eventfd_race *race = arg;

	wait_for_completion(&race->start);
	mutex_lock(&race->f->bind_mutex);
	evtchn_eventfd_stop_receiving(evtchn_table_find(race->f, race->port));
	mutex_unlock(&race->f->bind_mutex);
	kthread_complete_and_exit(&race->done, 0);
}

static int eventfd_race_wake(wait_queue_entry_t *wait, unsigned int mode,
			     int sync, void *key)
{
	struct eventfd_race *race;
	int i;

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;
	race = container_of(wait, struct eventfd_race, wait);
	complete(&race->start);
	for (i = 0; i < 50 && !completion_done(&race->done); i++)
		mdelay(1);
	race->early = completion_done(&race->done);
	return 0;
}

/* The eventfd is there until the upcall has done with it. */
static void eventfd_race_with_upcall(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);
	struct eventfd_race race = { .f = fx->f, .port = port };
	struct task_struct *task;

	init_completion(&race.start);
	init_completion(&race.done);
	init_waitqueue_func_entry(&race.wait, eventfd_race_wake);
	add_wait_queue(fake_eventfd_queue(fd), &race.wait);
	task = kthread_run(eventfd_race_remove, &race, "evtchn-remove");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);

	fake_raise(port);
	KUNIT_EXPECT_NE(test, wait_for_completion_timeout(&race.done, FIXTURE_LONG),
			0);
	KUNIT_EXPECT_FALSE(test, race.early);
	remove_wait_queue(fake_eventfd_queue(fd), &race.wait);
}

static struct kunit_case eventfd_cases[] = {
	KUNIT_CASE(eventfd_bad_arguments),
	KUNIT_CASE(eventfd_receive_errors),
	KUNIT_CASE(eventfd_passes_events),
	KUNIT_CASE(eventfd_holds_events),
	KUNIT_CASE(eventfd_holds_latched),
	KUNIT_CASE(eventfd_takes_from_ring),
	KUNIT_CASE(eventfd_of_a_port_read),
	KUNIT_CASE(eventfd_of_a_latched_port),
	KUNIT_CASE(eventfd_event_meanwhile),
	KUNIT_CASE(eventfd_remove_gives_back),
	KUNIT_CASE(eventfd_reset_leaves_it),
	KUNIT_CASE(eventfd_stale),
	KUNIT_CASE(eventfd_storm),
	KUNIT_CASE(eventfd_gone_with_port),
	KUNIT_CASE(eventfd_closed_first),
	KUNIT_CASE(eventfd_shared),
	KUNIT_CASE(eventfd_beside_the_ring),
	KUNIT_CASE(eventfd_race_with_upcall),
	{}
};

static struct kunit_suite eventfd_suite = {
	.name = "xen_evtchn_eventfd",
	.init = fixture_init,
	.exit = eventfd_exit,
	.test_cases = eventfd_cases,
};

kunit_test_suite(eventfd_suite);
