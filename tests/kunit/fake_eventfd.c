// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds. What they do is what fs/eventfd.c does, wait queue and all; but the memory
 * of one stays until the test is over, so that a use after the last reference shows as
 * that, and is not a crash.
 */

#include <kunit/test.h>

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "fake_eventfd.h"
#include "fake_xen.h"

/* The first number of an eventfd. */
#define FAKE_FIRST_FD	100

struct eventfd_ctx {
	wait_queue_head_t queue;
	u64 count;
	bool semaphore;
	refcount_t refs;
};

unsigned long fake_jiffies;

static struct eventfd_ctx fake_ctx[FAKE_EVENTFDS];
static struct file *fake_file[FAKE_EVENTFDS];

/* The mark of a task that reads one; the kernel has it in the task. */
static bool fake_in_eventfd;

/* What there is, which is taken; and those who wait for room are woken. */
static u64 fake_eventfd_take(struct eventfd_ctx *ctx)
{
	unsigned long flags;
	u64 count;

	spin_lock_irqsave(&ctx->queue.lock, flags);
	fake_eventfd_ctx_do_read(ctx, &count);
	fake_in_eventfd = true;
	if (count)
		wake_up_locked_poll(&ctx->queue, EPOLLOUT);
	fake_in_eventfd = false;
	spin_unlock_irqrestore(&ctx->queue.lock, flags);
	return count;
}

static ssize_t fake_eventfd_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	u64 count = fake_eventfd_take(iocb->ki_filp->private_data);

	if (!(iocb->ki_flags & IOCB_NOWAIT))
		fake_ledger("a read of an eventfd that may sleep", 0);
	return count ? copy_to_iter(&count, sizeof(count), to) : -EAGAIN;
}

static __poll_t fake_eventfd_poll(struct file *file, poll_table *wait)
{
	struct eventfd_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->queue, wait);
	return EPOLLOUT | (READ_ONCE(ctx->count) ? EPOLLIN : 0);
}

static int fake_eventfd_release(struct inode *inode, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	wake_up_poll(&ctx->queue, EPOLLHUP);
	fake_eventfd_ctx_put(ctx);
	return 0;
}

static const struct file_operations fake_eventfd_fops = {
	.read_iter = fake_eventfd_read_iter,
	.poll = fake_eventfd_poll,
	.release = fake_eventfd_release,
};

static int fake_eventfd_make(struct kunit *test, u64 count, bool semaphore)
{
	struct file *file;
	int i = 0;

	while (i < FAKE_EVENTFDS && fake_file[i])
		i++;
	KUNIT_ASSERT_LT(test, i, FAKE_EVENTFDS);

	init_waitqueue_head(&fake_ctx[i].queue);
	fake_ctx[i].count = count;
	fake_ctx[i].semaphore = semaphore;
	refcount_set(&fake_ctx[i].refs, 1);
	file = anon_inode_getfile("[eventfd]", &fake_eventfd_fops, &fake_ctx[i],
				  O_RDWR);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	fake_file[i] = file;
	return FAKE_FIRST_FD + i;
}

/* fake_eventfd() - a new one; the number is good for the driver */
int fake_eventfd(struct kunit *test, u64 count)
{
	return fake_eventfd_make(test, count, false);
}

int fake_eventfd_semaphore(struct kunit *test, u64 count)
{
	return fake_eventfd_make(test, count, true);
}

/* fake_eventfd_close() - its last number is closed; it stays as long as it is used */
void fake_eventfd_close(int fd)
{
	int i = fd - FAKE_FIRST_FD;

	__fput_sync(fake_file[i]);
	fake_file[i] = ERR_PTR(-EBADF);
}

/* fake_eventfd_check_all() - nobody has any of them, after this they are gone */
void fake_eventfd_check_all(struct kunit *test)
{
	int i;

	for (i = 0; i < FAKE_EVENTFDS; i++) {
		if (!fake_file[i])
			continue;
		if (!IS_ERR(fake_file[i]))
			fake_eventfd_close(FAKE_FIRST_FD + i);
		fake_file[i] = NULL;
		KUNIT_EXPECT_EQ(test, refcount_read(&fake_ctx[i].refs), 0);
		/* Nobody else is about. */
		KUNIT_EXPECT_FALSE(test, waitqueue_active(&fake_ctx[i].queue));
	}
}

static struct eventfd_ctx *fake_eventfd_ctx(int fd)
{
	return &fake_ctx[fd - FAKE_FIRST_FD];
}

/* fake_eventfd_write() - as a user, or the kernel, does it */
void fake_eventfd_write(int fd, u64 value)
{
	struct eventfd_ctx *ctx = fake_eventfd_ctx(fd);
	unsigned long flags;

	spin_lock_irqsave(&ctx->queue.lock, flags);
	ctx->count += value;
	wake_up_locked_poll(&ctx->queue, EPOLLIN);
	spin_unlock_irqrestore(&ctx->queue.lock, flags);
}

u64 fake_eventfd_count(int fd)
{
	return READ_ONCE(fake_eventfd_ctx(fd)->count);
}

/* fake_eventfd_read() - what there is, which is taken */
u64 fake_eventfd_read(int fd)
{
	return fake_eventfd_take(fake_eventfd_ctx(fd));
}

/* fake_eventfd_signal_allowed() - whether who was woken may signal one */
bool fake_eventfd_signal_allowed(void)
{
	return !fake_in_eventfd;
}

/* fake_eventfd_refs() - how many have it; one is the file */
unsigned int fake_eventfd_refs(int fd)
{
	return refcount_read(&fake_eventfd_ctx(fd)->refs);
}

wait_queue_head_t *fake_eventfd_queue(int fd)
{
	return &fake_eventfd_ctx(fd)->queue;
}

struct file *fake_eventfd_fget(int fd)
{
	int i = fd - FAKE_FIRST_FD;

	if (fd == FAKE_NO_EVENTFD)
		return ERR_PTR(-EINVAL);
	if (i < 0 || i >= FAKE_EVENTFDS || IS_ERR_OR_NULL(fake_file[i]))
		return ERR_PTR(-EBADF);
	return get_file(fake_file[i]);
}

struct eventfd_ctx *fake_eventfd_ctx_fdget(int fd)
{
	struct file *file = fake_eventfd_fget(fd);
	struct eventfd_ctx *ctx;

	if (IS_ERR(file))
		return ERR_CAST(file);
	ctx = fake_eventfd_ctx_fileget(file);
	fput(file);
	return ctx;
}

struct eventfd_ctx *fake_eventfd_ctx_fileget(struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	refcount_inc(&ctx->refs);
	return ctx;
}

void fake_eventfd_ctx_put(struct eventfd_ctx *ctx)
{
	/* Of those who have it some may wait, and nobody has it. */
	if (refcount_dec_and_test(&ctx->refs) && waitqueue_active(&ctx->queue))
		fake_ledger("an eventfd that is gone has somebody waiting", 0);
}

void fake_eventfd_ctx_do_read(struct eventfd_ctx *ctx, __u64 *count)
{
	lockdep_assert_held(&ctx->queue.lock);

	*count = ctx->semaphore ? min_t(u64, ctx->count, 1) : ctx->count;
	ctx->count -= *count;
}

void fake_eventfd_signal_mask(struct eventfd_ctx *ctx, __poll_t mask)
{
	unsigned long flags;

	if (!refcount_read(&ctx->refs))
		fake_ledger("an eventfd that is gone was signalled", 0);

	spin_lock_irqsave(&ctx->queue.lock, flags);
	ctx->count++;
	wake_up_locked_poll(&ctx->queue, EPOLLIN | mask);
	spin_unlock_irqrestore(&ctx->queue.lock, flags);
}
