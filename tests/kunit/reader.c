// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a user, and threads that read into it.
 */

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fixture.h"

/* user_memory() - memory as a client has it, with a hole after it */
u32 __user *user_memory(struct kunit *test, size_t size)
{
	unsigned long addr;
	int rc;

	addr = kunit_vm_mmap(test, NULL, 0, PAGE_ALIGN(size) + PAGE_SIZE,
			     PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);

	rc = vm_munmap(addr + PAGE_ALIGN(size), PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, rc, 0);
	return (u32 __user *)addr;
}

u32 user_word(struct kunit *test, const void __user *buf)
{
	u32 word = 0;

	KUNIT_EXPECT_EQ(test, copy_from_user(&word, buf, sizeof(word)), 0);
	return word;
}

unsigned int user_row_misses(struct kunit *test, const u32 __user *buf, u32 first,
			     unsigned int count)
{
	unsigned int misses = 0, i;

	for (i = 0; i < count; i++)
		misses += user_word(test, buf + i) != first + i;
	return misses;
}

ssize_t reader_read(struct file *file, u32 __user *buf, size_t count)
{
	return evtchn_fops.read(file, (char __user *)buf, count, NULL);
}

static int reader_thread(void *arg)
{
	struct reader *r = arg;

	allow_signal(SIGUSR1);
	kthread_use_mm(r->mm);
	r->rc = r->read(r->file, r->buf, r->count);
	if (r->rc > 0 &&
	    copy_from_user(r->ports, r->buf,
			   min_t(size_t, r->rc, sizeof(r->ports))))
		r->rc = -EIO;
	kthread_unuse_mm(r->mm);
	complete(&r->done);
	kthread_complete_and_exit(&r->exited, 0);
}

/* reader_start() - start a thread that reads; the fixture ends it */
struct reader *reader_start(struct kunit *test, struct file *file,
			    u32 __user *buf, size_t count)
{
	return reader_start_by(test, reader_read, file, buf, count);
}

/* reader_start_by() - the same for one that reads otherwise; see struct reader */
struct reader *reader_start_by(struct kunit *test,
			       ssize_t (*read)(struct file *file,
					       u32 __user *buf, size_t count),
			       struct file *file, u32 __user *buf, size_t count)
{
	struct fixture *fx = test->priv;
	struct reader *r;

	KUNIT_ASSERT_NOT_NULL(test, current->mm);
	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);

	r->read = read;
	r->file = file;
	r->mm = current->mm;
	r->buf = buf;
	r->count = count;
	init_completion(&r->done);
	init_completion(&r->exited);
	r->task = kthread_create(reader_thread, r, "evtchn-reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r->task);

	mmget(r->mm);
	get_task_struct(r->task);
	r->next = fx->readers;
	fx->readers = r;
	wake_up_process(r->task);
	return r;
}

/* reader_done() - whether it has returned, or does so in time */
bool reader_done(struct reader *r, long timeout)
{
	/* Left completed for who asks again. */
	if (!wait_for_completion_timeout(&r->done, timeout))
		return false;
	complete(&r->done);
	return true;
}

void reader_interrupt(struct reader *r)
{
	send_sig(SIGUSR1, r->task, 1);
}

void reader_stop_all(struct fixture *fx)
{
	struct reader *r;

	for (r = fx->readers; r; r = r->next) {
		while (!reader_done(r, FIXTURE_SHORT))
			reader_interrupt(r);
		wait_for_completion(&r->exited);
		put_task_struct(r->task);
		mmput(r->mm);
	}
	fx->readers = NULL;
}

static unsigned int reader_sleepers(struct evtchn_file *f)
{
	wait_queue_entry_t *wait;
	unsigned int count = 0;
	unsigned long flags;

	spin_lock_irqsave(&f->ring.wait.lock, flags);
	list_for_each_entry(wait, &f->ring.wait.head, entry)
		count++;
	spin_unlock_irqrestore(&f->ring.wait.lock, flags);
	return count;
}

/* reader_expect_asleep() - so many sleep on the file, now or in a moment */
void reader_expect_asleep(struct kunit *test, struct evtchn_file *f,
			  unsigned int count)
{
	unsigned long end = jiffies + FIXTURE_LONG;

	while (reader_sleepers(f) != count && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, reader_sleepers(f), count);
}

void reader_expect_rc(struct kunit *test, struct reader *r, ssize_t rc)
{
	KUNIT_ASSERT_TRUE(test, reader_done(r, FIXTURE_LONG));
	KUNIT_EXPECT_EQ(test, r->rc, rc);
}

void reader_expect_port(struct kunit *test, struct reader *r, u32 port)
{
	reader_expect_rc(test, r, sizeof(port));
	KUNIT_EXPECT_EQ(test, r->ports[0], port);
}

void reader_expect_fault_wakes_another(struct kunit *test,
				       ssize_t (*read)(struct file *file,
						       u32 __user *buf,
						       size_t count))
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	u32 port = fixture_bind_unbound(test, fx->f);
	struct reader *bad, *good;

	bad = reader_start_by(test, read, fx->file[0], buf + USER_PAGE, 4);
	reader_expect_asleep(test, fx->f, 1);
	good = reader_start(test, fx->file[0], buf, 4);
	reader_expect_asleep(test, fx->f, 2);

	fake_raise(port);
	reader_expect_rc(test, bad, -EFAULT);
	reader_expect_port(test, good, port);
}
