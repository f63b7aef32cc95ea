// SPDX-License-Identifier: GPL-2.0
/*
 * An open file that is mapped: mmap(2), and what each call does from then on.
 */

#include <kunit/test.h>

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "ext_fixture.h"
#include "fixture.h"
#include "ring_fixture.h"

#define RING_PAGES	2

static unsigned long file_mmap_at(struct kunit *test, unsigned long pages,
				  unsigned long prot, unsigned long flags,
				  unsigned long offset)
{
	struct fixture *fx = test->priv;

	return kunit_vm_mmap(test, fx->file[0], 0, pages * PAGE_SIZE, prot, flags,
			     offset);
}

static unsigned long file_mmap(struct kunit *test, unsigned long pages)
{
	return file_mmap_at(test, pages, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
}

/* A file whose ring has room for so many, and which is not mapped just now. */
static struct evtchn_mapped *file_map_ring(struct kunit *test, u32 size)
{
	struct fixture *fx = test->priv;

	return mapped_attach(test, &fx->f->ring, size);
}

static void file_mmap_shows_the_ring(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	unsigned long addr = file_mmap(test, RING_PAGES);
	struct evtchn_mapped_ring ring;
	u32 number;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	fake_raise(port);
	KUNIT_ASSERT_EQ(test, copy_from_user(&ring, (void __user *)addr,
					     sizeof(ring)), 0);
	KUNIT_EXPECT_EQ(test, ring.size, PAGE_SIZE / sizeof(u32));
	KUNIT_EXPECT_EQ(test, ring.head, 1);
	KUNIT_EXPECT_EQ(test, get_user(number, (u32 __user *)(addr + ring.offset)), 0);
	KUNIT_EXPECT_EQ(test, number, port);
	/* And what the client writes is what the kernel sees. */
	KUNIT_EXPECT_EQ(test, put_user(1, (u32 __user *)(addr + 128)), 0);
	KUNIT_EXPECT_EQ(test, fx->f->ring.mapped->shared->tail, 1);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, RING_PAGES * PAGE_SIZE), 0);
}

static void file_mmap_refuses(struct kunit *test)
{
	const unsigned long both = PROT_READ | PROT_WRITE;
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, 130), -EINVAL);
	KUNIT_EXPECT_EQ(test, (long)file_mmap_at(test, 2, both, MAP_PRIVATE, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, (long)file_mmap_at(test, 2, both, MAP_SHARED, PAGE_SIZE),
			-EINVAL);
	fx->file[0]->f_mode &= ~FMODE_WRITE;
	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, 2), -EACCES);
	KUNIT_EXPECT_EQ(test, (long)file_mmap_at(test, 2, PROT_READ, MAP_SHARED, 0),
			-EACCES);
	fx->file[0]->f_mode |= FMODE_WRITE;
	KUNIT_EXPECT_NULL(test, evtchn_ring_mapped(&fx->f->ring));
}

static void file_mmap_without_memory(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);

	fake_raise(port);
	fake_fail(FAKE_MAP, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, 2), -ENOMEM);
	fake_fail(FAKE_MAP, 2, -ENOMEM);
	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, 2), -ENOMEM);
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
}

static void file_mmap_again(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned long addr = file_mmap(test, RING_PAGES);
	unsigned long again;
	u32 word;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_EXPECT_EQ(test, (long)file_mmap(test, RING_PAGES + 1), -EINVAL);
	again = file_mmap(test, RING_PAGES);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(again));
	KUNIT_EXPECT_EQ(test, put_user(77, (u32 __user *)(addr + 132)), 0);
	KUNIT_EXPECT_EQ(test, get_user(word, (u32 __user *)(again + 132)), 0);
	KUNIT_EXPECT_EQ(test, word, 77);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, RING_PAGES * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, vm_munmap(again, RING_PAGES * PAGE_SIZE), 0);

	/* It has outlived its mappings. */
	addr = file_mmap(test, RING_PAGES);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	KUNIT_EXPECT_EQ(test, get_user(word, (u32 __user *)(addr + 132)), 0);
	KUNIT_EXPECT_EQ(test, word, 77);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, RING_PAGES * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, fake_calls(FAKE_MAP), 2);
	KUNIT_EXPECT_FALSE(test, evtchn_mapped_any(&fx->f->ring));
}

/* More than are moved in one go. */
static void file_mmap_moves_many(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 ports[3 * EVTCHN_BATCH];
	struct evtchn_mapped *m;
	u32 port;
	int i;

	for (i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = fixture_bind_unbound(test, fx->f);
	for (i = 0; i < ARRAY_SIZE(ports); i++)
		fake_raise(ports[i]);
	m = file_map_ring(test, 256);
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
		KUNIT_EXPECT_EQ(test, port, ports[i]);
	}
	KUNIT_EXPECT_FALSE(test, mapped_take(m, &port));
}

static ssize_t file_read(struct fixture *fx, u32 __user *buf, size_t size)
{
	return evtchn_fops.read(fx->file[0], (char __user *)buf, size, NULL);
}

static void file_mapped_is_not_read(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);

	KUNIT_EXPECT_EQ(test, file_read(fx, buf, 4), -EBUSY);
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, file_read(fx, buf, 4), -EBUSY);
	fx->file[0]->f_flags |= O_NONBLOCK;
	KUNIT_EXPECT_EQ(test, file_read(fx, buf, 4), -EBUSY);
	MAPPED_EXPECT(test, m, port);
}

static void file_mmap_ends_readers(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct reader *a = reader_start(test, fx->file[0], buf, 4);
	struct reader *b = reader_start(test, fx->file[0], buf + 1, 4);

	reader_expect_asleep(test, fx->f, 2);
	file_map_ring(test, 4);
	KUNIT_ASSERT_TRUE(test, reader_done(a, FIXTURE_LONG));
	KUNIT_ASSERT_TRUE(test, reader_done(b, FIXTURE_LONG));
	KUNIT_EXPECT_EQ(test, a->rc, -EBUSY);
	KUNIT_EXPECT_EQ(test, b->rc, -EBUSY);
}

static bool file_readable(struct fixture *fx)
{
	return evtchn_fops.poll(fx->file[0], NULL) & EPOLLIN;
}

static void file_mapped_rearm_and_poll(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);

	KUNIT_EXPECT_FALSE(test, file_readable(fx));
	fake_raise(port);
	fake_raise(port);
	KUNIT_EXPECT_TRUE(test, file_readable(fx));
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	MAPPED_EXPECT(test, m, port);
	KUNIT_EXPECT_FALSE(test, file_readable(fx));
	/* The second is delivered now. */
	fixture_rearm(fx->f, port);
	MAPPED_EXPECT(test, m, port);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
	MAPPED_EXPECT_NOTHING(test, m);
}

static void file_mapped_unbind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);

	fake_raise(a);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, a), 0);
	MAPPED_EXPECT(test, m, 0, b);
}

static void file_mapped_bind_needs_room(struct kunit *test)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_UNBOUND,
		.remote_domain = 1,
	};
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 2);
	u32 b = fixture_bind_unbound(test, fx->f);

	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, fake_open_channels(), 2);
	fake_raise(a);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, a), 0);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -ENOBUFS);
	MAPPED_EXPECT(test, m, 0);
	KUNIT_EXPECT_GT(test, fixture_bind(fx->f, &ch), 0);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, b), 0);
	fixture_bind_unbound(test, fx->f);
}

/* However a bind fails, its port is not counted. */
static void file_mapped_counts_failed_binds_out(struct kunit *test)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_UNBOUND,
		.remote_domain = 1,
	};
	static const enum fake_step steps[] = {
		FAKE_GROW, FAKE_ALLOC, FAKE_OPEN, FAKE_BIND_IRQ, FAKE_REQUEST_IRQ,
	};
	struct fixture *fx = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		fake_fail(steps[i], 1, -ENOMEM);
		KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &ch), -ENOMEM);
		KUNIT_EXPECT_EQ(test, fx->f->ring.ports, 0);
	}
	fixture_bind_static(test, fx->f, 20);
	KUNIT_EXPECT_EQ(test, fixture_bind(fx->f, &(struct evtchn_channel){
		.type = EVTCHN_CHANNEL_STATIC, .port = 20 }), -EISCONN);
	KUNIT_EXPECT_EQ(test, fx->f->ring.ports, 1);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, 20), 0);
	KUNIT_EXPECT_EQ(test, fx->f->ring.ports, 0);
	fake_close_foreign(20);
}

static void file_mapped_reset(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);
	u32 port;

	fake_raise(a);
	fake_raise(b);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	fixture_reset(fx->f);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(a));
	KUNIT_EXPECT_FALSE(test, fake_is_masked(b));
	fake_raise(b);
	MAPPED_EXPECT(test, m, 0, b);
}

static void file_mapped_reset_without_room(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 1);

	fake_raise(a);
	mutex_lock(&fx->f->bind_mutex);
	KUNIT_EXPECT_EQ(test, evtchn_port_reset(fx->f), -ENOBUFS);
	mutex_unlock(&fx->f->bind_mutex);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(a));
	MAPPED_EXPECT(test, m, a);
}

static void file_mapped_restore(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);
	u32 port, sum = 0;

	fake_raise(a);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	fake_raise(b);
	fake_restore();
	evtchn_files_restored();
	/* One of each, also of that which was taken; not two of that which was not. */
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	KUNIT_EXPECT_EQ(test, port, b);
	while (mapped_take(m, &port))
		sum += port;
	KUNIT_EXPECT_EQ(test, sum, a + c);
	KUNIT_EXPECT_EQ(test, m->shared->tail, 4);
}

static void file_mapped_status(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = file_map_ring(test, 4);

	fake_raise(port);
	KUNIT_EXPECT_EQ(test, ext_status(test, fx->f, port).pending,
			EVTCHN_PENDING_QUEUED);
	MAPPED_EXPECT(test, m, port);
	KUNIT_EXPECT_EQ(test, ext_status(test, fx->f, port).pending, 0);
	fixture_rearm(fx->f, port);
	KUNIT_EXPECT_EQ(test, ext_status(test, fx->f, port).pending,
			EVTCHN_PENDING_ARMED);
}

/* The mapping has the file: it is released with the last of both. */
static void file_mapped_outlives_close(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	unsigned long addr = file_mmap(test, RING_PAGES);
	unsigned long end = jiffies + FIXTURE_LONG;
	u32 number;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(addr));
	fixture_close(test, 0);
	KUNIT_EXPECT_TRUE(test, fake_is_open(port));
	fake_raise(port);
	KUNIT_EXPECT_EQ(test, get_user(number, (u32 __user *)(addr + PAGE_SIZE)), 0);
	KUNIT_EXPECT_EQ(test, number, port);
	KUNIT_EXPECT_EQ(test, vm_munmap(addr, RING_PAGES * PAGE_SIZE), 0);
	/* What a thread of the kernel puts is released a little later. */
	while (fake_is_open(port) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_FALSE(test, fake_is_open(port));
}

static struct kunit_case mapped_file_cases[] = {
	KUNIT_CASE(file_mmap_shows_the_ring),
	KUNIT_CASE(file_mmap_refuses),
	KUNIT_CASE(file_mmap_without_memory),
	KUNIT_CASE(file_mmap_again),
	KUNIT_CASE(file_mmap_moves_many),
	KUNIT_CASE(file_mapped_is_not_read),
	KUNIT_CASE(file_mmap_ends_readers),
	KUNIT_CASE(file_mapped_rearm_and_poll),
	KUNIT_CASE(file_mapped_unbind),
	KUNIT_CASE(file_mapped_bind_needs_room),
	KUNIT_CASE(file_mapped_counts_failed_binds_out),
	KUNIT_CASE(file_mapped_reset),
	KUNIT_CASE(file_mapped_reset_without_room),
	KUNIT_CASE(file_mapped_restore),
	KUNIT_CASE(file_mapped_status),
	KUNIT_CASE(file_mapped_outlives_close),
	{}
};

static struct kunit_suite mapped_file_suite = {
	.name = "xen_evtchn_mapped_file",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = mapped_file_cases,
};

kunit_test_suite(mapped_file_suite);
