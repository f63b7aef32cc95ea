/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites have in common: two open files of the device over the fake
 * Xen, and words for what is done to them.
 */
#ifndef _TESTS_KUNIT_FIXTURE_H
#define _TESTS_KUNIT_FIXTURE_H

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

#define FIXTURE_FILES	2

/* How long a test waits for what must happen, and for what must not. */
#define FIXTURE_LONG	(15 * HZ)
#define FIXTURE_SHORT	max(HZ / 20, 1)

struct reader;

/**
 * struct fixture - the files of a test, in &kunit.priv
 * @file: as the kernel has them
 * @f: the first, as the driver has it
 * @g: the second
 * @readers: threads that read, stopped as the test ends
 */
struct fixture {
	struct file *file[FIXTURE_FILES];
	struct evtchn_file *f;
	struct evtchn_file *g;
	struct reader *readers;
};

int fixture_init(struct kunit *test);
void fixture_exit(struct kunit *test);
void fixture_close(struct kunit *test, int i);
void fixture_finish_rcu(void);

/* Port functions as an ioctl calls them, under the file's bind mutex. */
int fixture_bind(struct evtchn_file *f, const struct evtchn_channel *ch);
int fixture_unbind(struct evtchn_file *f, u32 port);
void fixture_reset(struct evtchn_file *f);
/* As a write of one number does it. */
void fixture_rearm(struct evtchn_file *f, u32 port);
unsigned int fixture_ports(struct evtchn_file *f);

u32 fixture_bind_unbound(struct kunit *test, struct evtchn_file *f);
u32 fixture_bind_virq(struct kunit *test, struct evtchn_file *f, u32 virq);
u32 fixture_bind_static(struct kunit *test, struct evtchn_file *f, u32 port);

/* New ports of a file, each with an event, in this order. */
void fixture_raise_many(struct kunit *test, struct evtchn_file *f, u32 *ports,
			unsigned int count);
/* The same of numbers in a row; the first of them. */
u32 fixture_raise_row(struct kunit *test, struct evtchn_file *f,
		      unsigned int count);
/* For fake_at(): an event for the port that the argument points to. */
void fixture_raise_now(void *port);

/* The pending ports of a file, taken out as a reader does. */
void fixture_expect_pending(struct kunit *test, struct evtchn_file *f,
			    unsigned int count, const u32 *ports);

#define FIXTURE_EXPECT_PENDING(test, f, ...) do {			\
	const u32 _ports[] = { __VA_ARGS__ };				\
									\
	fixture_expect_pending(test, f, ARRAY_SIZE(_ports), _ports);	\
} while (0)

#define FIXTURE_EXPECT_NOTHING_PENDING(test, f) \
	fixture_expect_pending(test, f, 0, NULL)

/**
 * struct sleeper - somebody on a wait queue, who counts his wake-ups
 * @wait: his place in the queue
 * @woken: how often he was woken
 */
struct sleeper {
	wait_queue_entry_t wait;
	unsigned int woken;
};

int sleeper_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
		 void *key);
void sleeper_add(wait_queue_head_t *queue, struct sleeper *sleeper);
void sleeper_add_exclusive(wait_queue_head_t *queue, struct sleeper *sleeper);

/**
 * struct holder - a thread that is in the midst of a command for long
 * @f: the file
 * @held: it has the mutex
 * @enough: it is to let go
 * @gone: it has
 */
struct holder {
	struct evtchn_file *f;
	struct completion held;
	struct completion enough;
	struct completion gone;
};

struct holder *holder_start(struct kunit *test, struct evtchn_file *f);
void holder_stop(struct holder *h);

/* reader.c: memory of a user, and threads that read into it */
u32 __user *user_memory(struct kunit *test, size_t size);
u32 user_word(struct kunit *test, const void __user *buf);
/* How many of a row of numbers are not there. */
unsigned int user_row_misses(struct kunit *test, const u32 __user *buf, u32 first,
			     unsigned int count);

/* How many numbers a page has room for. */
#define USER_PAGE	(PAGE_SIZE / sizeof(u32))

/**
 * struct slow_memory - memory that takes its time; see slow_memory()
 * @fn: called as it is first touched
 * @arg: argument for it
 */
struct slow_memory {
	void (*fn)(void *arg);
	void *arg;
};

u32 __user *slow_memory(struct kunit *test, struct slow_memory *slow);
u32 __user *unbinding_memory(struct kunit *test, u32 port, bool again);
u32 __user *sealing_memory(struct kunit *test, struct evtchn_file *f);

/**
 * struct reader - a thread that reads once
 * @next: the test's next reader
 * @task: the thread
 * @read: how it reads
 * @file: what it reads
 * @mm: where @buf is
 * @buf: where it reads to
 * @count: size of @buf in bytes
 * @rc: what read() returned, valid once it is done
 * @ports: the numbers that were read
 * @done: read() has returned
 * @exited: the thread is gone
 */
struct reader {
	struct reader *next;
	struct task_struct *task;
	ssize_t (*read)(struct file *file, u32 __user *buf, size_t count);
	struct file *file;
	struct mm_struct *mm;
	u32 __user *buf;
	size_t count;
	ssize_t rc;
	u32 ports[4];
	struct completion done;
	struct completion exited;
};

ssize_t reader_read(struct file *file, u32 __user *buf, size_t count);
struct reader *reader_start(struct kunit *test, struct file *file,
			    u32 __user *buf, size_t count);
struct reader *reader_start_by(struct kunit *test,
			       ssize_t (*read)(struct file *file,
					       u32 __user *buf, size_t count),
			       struct file *file, u32 __user *buf, size_t count);
bool reader_done(struct reader *r, long timeout);
/* It is done in time: it has got this, or this one port. */
void reader_expect_rc(struct kunit *test, struct reader *r, ssize_t rc);
void reader_expect_port(struct kunit *test, struct reader *r, u32 port);
/* The one who was woken gets nothing: the other one is to have it. */
void reader_expect_fault_wakes_another(struct kunit *test,
				       ssize_t (*read)(struct file *file,
						       u32 __user *buf,
						       size_t count));
void reader_interrupt(struct reader *r);
void reader_stop_all(struct fixture *fx);
void reader_expect_asleep(struct kunit *test, struct evtchn_file *f,
			  unsigned int count);

#endif /* _TESTS_KUNIT_FIXTURE_H */
