// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds that send the events of a port.
 */

#include <kunit/test.h>

#include <linux/poll.h>
#include <linux/wait.h>

#include "eventfd_fixture.h"

static void eventfd_send_each_write(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, SEND, port);

	KUNIT_EXPECT_EQ(test, fake_sent(port), 0);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	fake_eventfd_write(fd, 5);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 0);

	/* To read it sends nothing, nor does it to close it. */
	fake_eventfd_read(fd);
	fake_eventfd_close(fd);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);
}

static void eventfd_write_one(void *arg)
{
	fake_eventfd_write(*(int *)arg, 1);
}

static void eventfd_send_in_irq(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, SEND, port);

	fake_in_hardirq(eventfd_write_one, &fd);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
}

/* Who waits for room in an eventfd, and is to signal that as it is woken. */
struct room_waiter {
	wait_queue_entry_t wait;
	unsigned int woken;
	unsigned int let;
};

static int room_waiter_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
			    void *key)
{
	struct room_waiter *w = container_of(wait, struct room_waiter, wait);

	if (key_to_poll(key) & EPOLLOUT) {
		w->woken++;
		w->let += fake_eventfd_signal_allowed();
	}
	return 0;
}

/*
 * It was written to before, and others wait for it to be taken: aio may, with the
 * eventfd to be signalled as well, whose lock is held as aio is woken.
 */
static void eventfd_send_at_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = fake_eventfd(test, 7);
	struct room_waiter writer = {};

	init_waitqueue_func_entry(&writer.wait, room_waiter_wake);
	add_wait_queue(fake_eventfd_queue(fd), &writer.wait);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, fd), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 0);
	KUNIT_EXPECT_EQ(test, writer.woken, 1);
	KUNIT_EXPECT_EQ(test, writer.let, 0);
	remove_wait_queue(fake_eventfd_queue(fd), &writer.wait);
}

static void eventfd_send_semaphore(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = fake_eventfd_semaphore(test, 0);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, fd), 0);
	fake_eventfd_write(fd, 3);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 2);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 2);
}

static void eventfd_send_errors(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	u32 virq = fixture_bind_virq(test, fx->f, 3);
	u32 other = fixture_bind_unbound(test, fx->g);
	int fd = fake_eventfd(test, 1);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, other, fd), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, virq, fd), -EINVAL);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, -1), -EBADF);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, FAKE_NO_EVENTFD),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND | REMOVE, port, -1),
			-ENOENT);
	fake_fail(FAKE_ALLOC, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, fd), -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 1);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, fd), 0);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port, fd), -EEXIST);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, REMOVE, port, -1), -ENOENT);
}

/* Xen refuses it, and there is nobody to be told. */
static void eventfd_send_fails(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, SEND, port);

	fake_fail(FAKE_SEND, 1, -EINVAL);
	fake_eventfd_write(fd, 1);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 1);
}

static void eventfd_send_sealed(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 before = fixture_bind_unbound(test, fx->f);
	u32 after = fixture_bind_unbound(test, fx->f);
	struct ioctl_evtchn_seal seal = { .flags = EVTCHN_SEAL_NOTIFY };
	int fd = eventfd_connect(test, fx->f, SEND, before);

	KUNIT_ASSERT_EQ(test, EXT_CALL(test, fx->f, SEAL, &seal), 0);
	/* Before the port is looked for. */
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, 77, fd), -EPERM);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, after, fd), -EPERM);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, after, fd), 0);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(before), 1);
	eventfd_remove(test, fx->f, SEND, before);
}

static void eventfd_send_several_ports(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->g);
	int fd = eventfd_connect(test, fx->f, SEND, a);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, b, fd), 0);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->g, SEND, c, fd), 0);
	fake_eventfd_write(fd, 1);
	eventfd_remove(test, fx->f, SEND, a);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(a), 1);
	KUNIT_EXPECT_EQ(test, fake_sent(b), 2);
	KUNIT_EXPECT_EQ(test, fake_sent(c), 2);
	fixture_close(test, 0);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(c), 3);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 2);
}

/* Irqs are off while it sends on all of them. */
static void eventfd_send_limit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 last = fixture_bind_unbound(test, fx->g);
	int fd = fake_eventfd(test, 1);
	u32 port;
	int i;

	for (i = 0; i < EVTCHN_EVENTFD_SENDS; i++) {
		port = fixture_bind_unbound(test, i % 2 ? fx->f : fx->g);
		KUNIT_ASSERT_EQ(test, eventfd_call(test, i % 2 ? fx->f : fx->g,
						   SEND, port, fd), 0);
	}
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->g, SEND, last, fd), -ENOSPC);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), EVTCHN_EVENTFD_SENDS + 1);
	eventfd_remove(test, fx->f, SEND, port);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->g, SEND, last, fd), 0);
	KUNIT_EXPECT_EQ(test, fake_sent(last), 0);
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_sent(last), 1);
}

/* An event that is sent on many times weighs as many. */
static void eventfd_send_storm(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, port);
	int i;

	for (i = 0; i < EVTCHN_EVENTFD_SENDS; i++)
		KUNIT_ASSERT_EQ(test, eventfd_call(test, fx->f, SEND,
						   fixture_bind_unbound(test, fx->f),
						   fd), 0);
	fake_jiffies = 1000;
	for (i = 0; i < EVENTFD_STORM / EVTCHN_EVENTFD_SENDS; i++)
		fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_core_spurious(port), 0);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, fake_core_spurious(port), 1);
	KUNIT_EXPECT_EQ(test, fake_core_eois(port), i + 1);
}

/* What arrives at one port is sent on the other; or on the same. */
static void eventfd_send_on_arrival(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, 0, a);

	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, b, fd), 0);
	fake_raise(a);
	KUNIT_EXPECT_EQ(test, fake_sent(b), 1);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, a, fd), 0);
	fake_raise(a);
	KUNIT_EXPECT_EQ(test, fake_sent(a), 1);
	KUNIT_EXPECT_EQ(test, fake_sent(b), 2);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 0);
	fixture_unbind(fx->f, a);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 2);
}

static void eventfd_send_no_more(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 removed = fixture_bind_unbound(test, fx->f);
	u32 unbound = fixture_bind_unbound(test, fx->f);
	u32 closed = fixture_bind_unbound(test, fx->f);
	int a = eventfd_connect(test, fx->f, SEND, removed);
	int b = eventfd_connect(test, fx->f, SEND, unbound);
	int c = eventfd_connect(test, fx->f, SEND, closed);

	eventfd_remove(test, fx->f, SEND, removed);
	fake_eventfd_write(a, 1);
	/* Neither while it is taken down, nor after. */
	fake_at(FAKE_RELEASE_IRQ, eventfd_write_one, &b);
	fixture_unbind(fx->f, unbound);
	fake_eventfd_write(b, 1);
	fake_at(FAKE_RELEASE_IRQ, eventfd_write_one, &c);
	fixture_close(test, 0);
	fake_eventfd_write(c, 1);

	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(a), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(b), 1);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(c), 1);
}

static void eventfd_send_stale(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, SEND, port);

	/* Before the driver knows, and the number is somebody else's already. */
	fake_restore();
	fake_make_foreign(port, FAKE_INTERDOMAIN);
	fake_core_bind_foreign(port);
	fake_eventfd_write(fd, 1);
	evtchn_files_restored();
	fake_eventfd_write(fd, 1);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_SEND), 0);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND | REMOVE, port, -1),
			-ENOTCONN);
	fixture_unbind(fx->f, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);
	fake_core_unbind_foreign(port);
	fake_close_foreign(port);
}

static void eventfd_send_closed_first(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	int fd = eventfd_connect(test, fx->f, SEND, port);

	fake_eventfd_close(fd);
	KUNIT_EXPECT_EQ(test, fake_sent(port), 0);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, SEND, port,
					   fake_eventfd(test, 0)), -EEXIST);
	eventfd_remove(test, fx->f, SEND, port);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 0);
}

static struct kunit_case eventfd_send_cases[] = {
	KUNIT_CASE(eventfd_send_each_write),
	KUNIT_CASE(eventfd_send_in_irq),
	KUNIT_CASE(eventfd_send_at_once),
	KUNIT_CASE(eventfd_send_semaphore),
	KUNIT_CASE(eventfd_send_errors),
	KUNIT_CASE(eventfd_send_fails),
	KUNIT_CASE(eventfd_send_sealed),
	KUNIT_CASE(eventfd_send_several_ports),
	KUNIT_CASE(eventfd_send_limit),
	KUNIT_CASE(eventfd_send_storm),
	KUNIT_CASE(eventfd_send_on_arrival),
	KUNIT_CASE(eventfd_send_no_more),
	KUNIT_CASE(eventfd_send_stale),
	KUNIT_CASE(eventfd_send_closed_first),
	{}
};

static struct kunit_suite eventfd_send_suite = {
	.name = "xen_evtchn_eventfd_send",
	.init = fixture_init,
	.exit = eventfd_exit,
	.test_cases = eventfd_send_cases,
};

kunit_test_suite(eventfd_send_suite);
