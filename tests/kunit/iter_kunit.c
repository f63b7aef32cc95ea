// SPDX-License-Identifier: GPL-2.0
/*
 * read_iter and write_iter: memory in pieces, calls that do not wait, and what a
 * fault or an unbind leaves.
 */

#include <kunit/test.h>

#include <linux/fcntl.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "fixture.h"

static ssize_t iter_call(struct file *file, int flags, unsigned int direction,
			 const struct iovec *iov, unsigned int nr,
			 size_t *left)
{
	struct kiocb iocb;
	struct iov_iter iter;
	size_t count = 0;
	unsigned int i;
	ssize_t rc;

	for (i = 0; i < nr; i++)
		count += iov[i].iov_len;
	init_sync_kiocb(&iocb, file);
	iocb.ki_flags |= flags;
	iov_iter_init(&iter, direction, iov, nr, count);
	rc = direction == ITER_DEST ? evtchn_fops.read_iter(&iocb, &iter) :
				      evtchn_fops.write_iter(&iocb, &iter);
	if (left)
		*left = iov_iter_count(&iter);
	return rc;
}

/* One piece of memory, and the call does not wait. */
static ssize_t iter_read(struct fixture *fx, u32 __user *buf, size_t size)
{
	struct iovec iov = { (void __user *)buf, size };
	size_t left;
	ssize_t rc;

	rc = iter_call(fx->file[0], IOCB_NOWAIT, ITER_DEST, &iov, 1, &left);
	/* The caller goes on from where this one ends. */
	if (rc > 0 && left != size - rc)
		return -EIO;
	return rc;
}

static ssize_t iter_write(struct fixture *fx, u32 __user *buf, size_t size)
{
	struct iovec iov = { (void __user *)buf, size };

	return iter_call(fx->file[0], 0, ITER_SOURCE, &iov, 1, NULL);
}

/* As a thread of reader_start_by() reads: it waits. */
static ssize_t iter_read_waiting(struct file *file, u32 __user *buf,
				 size_t count)
{
	struct iovec iov = { (void __user *)buf, count };

	return iter_call(file, 0, ITER_DEST, &iov, 1, NULL);
}

static void iter_nothing_pending(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct iovec iov = { (void __user *)buf, 4 };

	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 4), -EAGAIN);
	fixture_bind_unbound(test, fx->f);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 4), -EAGAIN);
	fx->file[0]->f_flags |= O_NONBLOCK;
	KUNIT_EXPECT_EQ(test, iter_call(fx->file[0], 0, ITER_DEST, &iov, 1,
					NULL), -EAGAIN);
}

static void iter_file_may_be_asked_not_to_wait(struct kunit *test)
{
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_TRUE(test, fx->file[0]->f_mode & FMODE_NOWAIT);
	/* And stays a stream. */
	KUNIT_EXPECT_TRUE(test, fx->file[0]->f_mode & FMODE_STREAM);
	KUNIT_EXPECT_FALSE(test, fx->file[0]->f_mode &
				 (FMODE_PREAD | FMODE_PWRITE | FMODE_LSEEK));
}

static void iter_read_oldest_first(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 ports[3];

	fixture_raise_many(test, fx->f, ports, 3);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 8), 8);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[0]), ports[0]);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[1]), ports[1]);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[2]), 0);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, PAGE_SIZE), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, &buf[0]), ports[2]);
}

static void iter_less_than_a_number(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port;

	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 3), 0);
	KUNIT_EXPECT_EQ(test, iter_write(fx, buf, 3), 0);
	KUNIT_EXPECT_EQ(test, iter_write(fx, buf, 0), 0);
	fixture_raise_many(test, fx->f, &port, 1);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 3), 0);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 7), 4);
}

static void iter_read_a_page_at_most(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, 2 * PAGE_SIZE);
	u32 first = fixture_raise_row(test, fx->f, USER_PAGE + 3);

	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 2 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, user_row_misses(test, buf, first, USER_PAGE), 0);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, PAGE_SIZE), 12);
}

/* Pieces of three bytes, with a byte between them that is nobody's. */
#define ITER_PIECES	6

static void iter_pieces(u32 __user *buf, struct iovec *iov)
{
	int i;

	for (i = 0; i < ITER_PIECES; i++) {
		iov[i].iov_base = (void __user *)(buf + i);
		iov[i].iov_len = 3;
	}
}

static void iter_read_odd_pieces(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct iovec iov[ITER_PIECES];
	u32 ports[5], got[5] = {};
	u8 byte[ITER_PIECES * 4];
	int i;

	iter_pieces(buf, iov);
	fixture_raise_many(test, fx->f, ports, 5);
	/* 18 bytes: four numbers. */
	KUNIT_EXPECT_EQ(test, iter_call(fx->file[0], IOCB_NOWAIT, ITER_DEST, iov,
					ITER_PIECES, NULL), 16);
	KUNIT_ASSERT_EQ(test, copy_from_user(byte, buf, sizeof(byte)), 0);
	for (i = 0; i < 16; i++)
		((u8 *)got)[i] = byte[i / 3 * 4 + i % 3];
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, got[i], ports[i]);
	/* What is no piece was not written, nor what is beyond the last number. */
	for (i = 0; i < ITER_PIECES; i++)
		KUNIT_EXPECT_EQ(test, byte[i * 4 + 3], 0);
	KUNIT_EXPECT_EQ(test, byte[16 / 3 * 4 + 1] | byte[16 / 3 * 4 + 2], 0);
	FIXTURE_EXPECT_PENDING(test, fx->f, ports[4]);
}

static void iter_write_odd_pieces(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct iovec iov[ITER_PIECES];
	u8 byte[ITER_PIECES * 4] = {};
	u32 ports[5];
	int i;

	iter_pieces(buf, iov);
	fixture_raise_many(test, fx->f, ports, 5);
	for (i = 0; i < 18; i++)
		byte[i / 3 * 4 + i % 3] = ((u8 *)ports)[i];
	KUNIT_ASSERT_EQ(test, copy_to_user(buf, byte, sizeof(byte)), 0);
	KUNIT_EXPECT_EQ(test, iter_call(fx->file[0], 0, ITER_SOURCE, iov,
					ITER_PIECES, NULL), 16);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_FALSE(test, fake_is_masked(ports[i]));
	/* Half of it is no number. */
	KUNIT_EXPECT_TRUE(test, fake_is_masked(ports[4]));
}

static void iter_write_a_page_at_most(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, 2 * PAGE_SIZE);
	u32 ports[2];

	fixture_raise_many(test, fx->f, ports, 2);
	KUNIT_ASSERT_EQ(test, put_user(ports[0], buf + USER_PAGE - 1), 0);
	KUNIT_ASSERT_EQ(test, put_user(ports[1], buf + USER_PAGE), 0);
	KUNIT_EXPECT_EQ(test, iter_write(fx, buf, 2 * PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(ports[0]));
	KUNIT_EXPECT_TRUE(test, fake_is_masked(ports[1]));
}

static void iter_read_faults(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u8 __user *edge = (u8 __user *)(buf + USER_PAGE);
	u32 ports[3];

	fixture_raise_many(test, fx->f, ports, 3);
	KUNIT_EXPECT_EQ(test, iter_read(fx, (u32 __user *)edge, 4), -EFAULT);
	/* The first half of a number can be written, and that counts as nothing. */
	KUNIT_EXPECT_EQ(test, iter_read(fx, (u32 __user *)(edge - 2), 4),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, iter_read(fx, (u32 __user *)(edge - 6), 12), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, edge - 6), ports[0]);
	/* Nothing was lost. */
	FIXTURE_EXPECT_PENDING(test, fx->f, ports[1], ports[2]);
}

static void iter_write_faults(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u8 __user *edge = (u8 __user *)(buf + USER_PAGE);
	u32 port;

	fixture_raise_many(test, fx->f, &port, 1);
	KUNIT_ASSERT_EQ(test, copy_to_user(edge - 6, &port, 4), 0);
	KUNIT_EXPECT_EQ(test, iter_write(fx, (u32 __user *)edge, 4), -EFAULT);
	KUNIT_EXPECT_EQ(test, iter_write(fx, (u32 __user *)(edge - 2), 4),
			-EFAULT);
	KUNIT_EXPECT_TRUE(test, fake_is_masked(port));
	KUNIT_EXPECT_EQ(test, iter_write(fx, (u32 __user *)(edge - 6), 12), 4);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(port));
}

static void iter_read_unbound_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 ports[2];

	fixture_raise_many(test, fx->f, ports, 2);
	buf = unbinding_memory(test, ports[0], false);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 64), 4);
	KUNIT_EXPECT_EQ(test, user_word(test, buf), ports[1]);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 64), -EAGAIN);
}

static void iter_read_only_one_unbound_while_copied(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf;
	u32 port;

	fixture_raise_many(test, fx->f, &port, 1);
	buf = unbinding_memory(test, port, false);
	KUNIT_EXPECT_EQ(test, iter_read(fx, buf, 64), -EAGAIN);
}

static void iter_read_sleeps_until_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *r = reader_start_by(test, iter_read_waiting, fx->file[0],
					   buf, 16);

	reader_expect_asleep(test, fx->f, 1);
	KUNIT_EXPECT_FALSE(test, reader_done(r, FIXTURE_SHORT));
	fake_raise(port);
	reader_expect_port(test, r, port);
}

static void iter_read_interrupted(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct reader *r = reader_start_by(test, iter_read_waiting, fx->file[0],
					   buf, 16);

	reader_expect_asleep(test, fx->f, 1);
	reader_interrupt(r);
	reader_expect_rc(test, r, -ERESTARTSYS);
}

static void iter_read_fault_wakes_another(struct kunit *test)
{
	reader_expect_fault_wakes_another(test, iter_read_waiting);
}

static struct kunit_case iter_cases[] = {
	KUNIT_CASE(iter_nothing_pending),
	KUNIT_CASE(iter_file_may_be_asked_not_to_wait),
	KUNIT_CASE(iter_read_oldest_first),
	KUNIT_CASE(iter_less_than_a_number),
	KUNIT_CASE(iter_read_a_page_at_most),
	KUNIT_CASE(iter_read_odd_pieces),
	KUNIT_CASE(iter_write_odd_pieces),
	KUNIT_CASE(iter_write_a_page_at_most),
	KUNIT_CASE(iter_read_faults),
	KUNIT_CASE(iter_write_faults),
	KUNIT_CASE(iter_read_unbound_while_copied),
	KUNIT_CASE(iter_read_only_one_unbound_while_copied),
	KUNIT_CASE(iter_read_sleeps_until_event),
	KUNIT_CASE(iter_read_interrupted),
	KUNIT_CASE(iter_read_fault_wakes_another),
	{}
};

static struct kunit_suite iter_suite = {
	.name = "xen_evtchn_iter",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = iter_cases,
};

kunit_test_suite(iter_suite);
