/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Eventfds for the driver to be given: as the kernel's, but a test can make them, look
 * into them, and see who has them.
 */
#ifndef _TESTS_KUNIT_FAKE_EVENTFD_H
#define _TESTS_KUNIT_FAKE_EVENTFD_H

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/types.h>

struct kunit;

#define FAKE_EVENTFDS	4

/* A file that is no eventfd; all other numbers are not open. */
#define FAKE_NO_EVENTFD	99

/* What jiffies are to the driver's eventfd.c. */
extern unsigned long fake_jiffies;

int fake_eventfd(struct kunit *test, u64 count);
int fake_eventfd_semaphore(struct kunit *test, u64 count);
void fake_eventfd_close(int fd);
void fake_eventfd_check_all(struct kunit *test);

void fake_eventfd_write(int fd, u64 value);
u64 fake_eventfd_count(int fd);
u64 fake_eventfd_read(int fd);
bool fake_eventfd_signal_allowed(void);
unsigned int fake_eventfd_refs(int fd);
wait_queue_head_t *fake_eventfd_queue(int fd);

/* The kernel's own, as the driver's object calls them here. */
struct file *fake_eventfd_fget(int fd);
struct eventfd_ctx *fake_eventfd_ctx_fdget(int fd);
struct eventfd_ctx *fake_eventfd_ctx_fileget(struct file *file);
void fake_eventfd_ctx_put(struct eventfd_ctx *ctx);
void fake_eventfd_ctx_do_read(struct eventfd_ctx *ctx, __u64 *count);
void fake_eventfd_signal_mask(struct eventfd_ctx *ctx, __poll_t mask);

#endif /* _TESTS_KUNIT_FAKE_EVENTFD_H */
