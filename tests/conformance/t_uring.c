// SPDX-License-Identifier: GPL-2.0
/*
 * N01: io_uring on a blocking file, by liburing as a client would. Nobody has to poll,
 * no thread sleeps in the kernel, and threads share the file.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liburing.h>

#include "harness.h"
#include "extension.h"

#define DEPTH	16

static void open_ring(struct io_uring *ring)
{
	int rc = io_uring_queue_init(DEPTH, ring, 0);

	if (rc == -ENOSYS)
		skip("this kernel has no io_uring");
	if (rc == -EPERM)
		skip("io_uring is disabled (kernel.io_uring_disabled)");
	EXPECT(!rc, "io_uring_queue_init: %s", errno_name(-rc));
}

static void queue_read(struct io_uring *ring, int fd, unsigned int *list,
		       unsigned int size, uint64_t name)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	EXPECT(sqe, "the ring is full");
	io_uring_prep_read(sqe, fd, list, size, 0);
	io_uring_sqe_set_data64(sqe, name);
}

static void queue_write(struct io_uring *ring, int fd,
			const unsigned int *list, unsigned int size,
			uint64_t name)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	EXPECT(sqe, "the ring is full");
	io_uring_prep_write(sqe, fd, list, size, 0);
	io_uring_sqe_set_data64(sqe, name);
}

static void submit(struct io_uring *ring, int nr)
{
	int rc = io_uring_submit(ring);

	EXPECT(rc == nr, "io_uring_submit: got %d, expected %d", rc, nr);
}

/* The next completion: what came of whom. False if there is none in time. */
static bool completed(struct io_uring *ring, int ms, uint64_t *name, int *res)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	struct io_uring_cqe *cqe;
	int rc;

	rc = io_uring_wait_cqe_timeout(ring, &cqe, &ts);
	if (rc == -ETIME)
		return false;
	EXPECT(!rc, "io_uring_wait_cqe_timeout: %s", errno_name(-rc));
	*name = io_uring_cqe_get_data64(cqe);
	*res = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return true;
}

static void expect_completion(struct io_uring *ring, uint64_t name, int res)
{
	uint64_t got_name = 0;
	int got = 0;

	EXPECT(completed(ring, EVENT_MS, &got_name, &got),
	       "nothing was completed within %d ms", EVENT_MS);
	EXPECT(got_name == name && got == res,
	       "expected %d of request %llu, got %d of %llu", res,
	       (unsigned long long)name, got, (unsigned long long)got_name);
}

static void expect_nothing(struct io_uring *ring)
{
	uint64_t name;
	int res;

	EXPECT(!completed(ring, SETTLE_MS, &name, &res),
	       "request %llu was completed by %d", (unsigned long long)name, res);
}

/* Threads of io_uring's that work for this process, where the kernel shows them. */
static int workers(void)
{
	DIR *dir = opendir("/proc/self/task");
	char path[300], comm[32];
	struct dirent *entry;
	int count = 0;
	FILE *file;

	EXPECT(dir, "opendir: %s", errno_name(errno));
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file))
			count += !strncmp(comm, "iou-wrk", 7);
		fclose(file);
	}
	closedir(dir);
	return count;
}

TEST_CASE(uring_pending, "N01 io_uring reads a port that is pending, and writes it back",
	  NEW)
{
	struct io_uring ring;
	unsigned int port = 0;
	struct pair p;

	open_ring(&ring);
	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	queue_read(&ring, p.b.fd, &port, 4, 1);
	submit(&ring, 1);
	expect_completion(&ring, 1, 4);
	EXPECT_EQ(port, p.b.port);
	queue_write(&ring, p.b.fd, &port, 4, 2);
	submit(&ring, 1);
	expect_completion(&ring, 2, 4);
	expect_delivery(&p.a, &p.b);
	EXPECT_EQ(workers(), 0);
}

TEST_CASE(uring_waits,
	  "N01 a read of io_uring completes when an event comes, and no thread sleeps for it",
	  NEW)
{
	struct io_uring ring;
	unsigned int port = 0;
	struct pair p;

	open_ring(&ring);
	pair_open(&p);
	queue_read(&ring, p.b.fd, &port, 4, 1);
	submit(&ring, 1);
	expect_nothing(&ring);
	EXPECT_EQ(workers(), 0);
	notify(&p.a);
	expect_completion(&ring, 1, 4);
	EXPECT_EQ(port, p.b.port);
	EXPECT_EQ(workers(), 0);
}

/*
 * What comes of a read that is told to end. Its completion and that of who tells it, which
 * is 99, come in either order, and no other.
 */
static int cancel_read(struct io_uring *ring, uint64_t name)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int i, got, res = 0;
	uint64_t who;

	io_uring_prep_cancel64(sqe, name, 0);
	io_uring_sqe_set_data64(sqe, 99);
	submit(ring, 1);
	for (i = 0; i < 2; i++) {
		EXPECT(completed(ring, EVENT_MS, &who, &got), "no completion");
		EXPECT(who == 99 || who == name, "request %llu: %d",
		       (unsigned long long)who, got);
		if (who == name)
			res = got;
	}
	return res;
}

TEST_CASE(uring_cancel, "N01 a read that waits can be cancelled, and takes no event along",
	  NEW)
{
	struct io_uring ring;
	unsigned int port = 0;
	struct pair p;

	open_ring(&ring);
	pair_open(&p);
	queue_read(&ring, p.b.fd, &port, 4, 1);
	submit(&ring, 1);
	expect_nothing(&ring);
	EXPECT_EQ(cancel_read(&ring, 1), -ECANCELED);
	expect_delivery(&p.a, &p.b);
	expect_nothing(&ring);
}

TEST_CASE(uring_forced,
	  "N01 a read that io_uring is told to give to a thread can be cancelled, too",
	  NEW)
{
	struct io_uring ring;
	unsigned int port = 0;
	struct pair p;
	int res;

	open_ring(&ring);
	pair_open(&p);
	queue_read(&ring, p.b.fd, &port, 4, 1);
	queue_read(&ring, p.b.fd, &port, 4, 2);
	/* One waits as it likes; this one is to sleep in a thread. */
	ring.sq.sqes[1].flags |= IOSQE_ASYNC;
	submit(&ring, 2);
	expect_nothing(&ring);
	res = cancel_read(&ring, 2);
	EXPECT(res == -ECANCELED || res == -EINTR, "the read: %d", res);
	notify(&p.a);
	expect_completion(&ring, 1, 4);
	EXPECT_EQ(port, p.b.port);
}

TEST_CASE(uring_chain, "N01 a write and the next read in one submission are a turn of a loop",
	  NEW)
{
	struct io_uring ring;
	unsigned int port, next = 0;
	struct pair p;
	int i;

	open_ring(&ring);
	pair_open(&p);
	notify(&p.a);
	port = next_event(p.b.fd);
	for (i = 0; i < 50; i++) {
		/* It is masked until it is written back. */
		notify(&p.a);
		queue_write(&ring, p.b.fd, &port, 4, 1);
		ring.sq.sqes[(ring.sq.sqe_tail - 1) & (DEPTH - 1)].flags |=
			IOSQE_IO_LINK;
		queue_read(&ring, p.b.fd, &next, 4, 2);
		submit(&ring, 2);
		expect_completion(&ring, 1, 4);
		expect_completion(&ring, 2, 4);
		EXPECT_EQ(next, p.b.port);
	}
	EXPECT_EQ(workers(), 0);
}

TEST_CASE(uring_fixed, "N01 a read into a buffer that is registered with the ring", NEW)
{
	unsigned int list[4] = {};
	struct iovec iov = { list, sizeof(list) };
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	struct pair p;

	open_ring(&ring);
	EXPECT_RET(io_uring_register_buffers(&ring, &iov, 1), 0);
	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read_fixed(sqe, p.b.fd, &list[1], 12, 0, 0);
	io_uring_sqe_set_data64(sqe, 1);
	submit(&ring, 1);
	expect_completion(&ring, 1, 4);
	EXPECT_EQ(list[0], 0);
	EXPECT_EQ(list[1], p.b.port);
	EXPECT_EQ(list[2], 0);
}

TEST_CASE(uring_closed, "N01 a ring that is closed with a read waiting leaves the file in order",
	  NEW)
{
	struct io_uring ring;
	unsigned int port = 0;
	int i, came = 0;
	struct pair p;

	open_ring(&ring);
	pair_open(&p);
	queue_read(&ring, p.b.fd, &port, 4, 1);
	submit(&ring, 1);
	expect_nothing(&ring);
	io_uring_queue_exit(&ring);
	/* What is cancelled behind the caller's back is so after a moment: till then it reads. */
	set_nonblock(p.b.fd, true);
	for (i = 0; i < 20; i++) {
		notify(&p.a);
		came += readable(p.b.fd, EVENT_MS) && read(p.b.fd, &port, 4) == 4;
		unmask(&p.b);
	}
	EXPECT(came >= 19, "of 20 events %d came", came);
	expect_delivery(&p.b, &p.a);
	pair_close(&p);
}

/* --- several rings and threads on one file ------------------------------------------ */

enum { CHANNELS = 4, THREADS = 3, EVENTS = 300 };

struct crowd {
	struct pair pairs[CHANNELS];
	atomic_uint taken[CHANNELS];
	atomic_bool over;
};

static void count_taken(struct crowd *c, unsigned int port)
{
	int i;

	for (i = 0; i < CHANNELS; i++)
		if (c->pairs[i].b.port == port)
			atomic_fetch_add(&c->taken[i], 1);
}

/* Two reads wait at any time; each is written back, and asked for again. */
static void *ring_in_crowd(void *arg)
{
	struct crowd *c = arg;
	int fd = c->pairs[0].b.fd, res;
	unsigned int port[2];
	struct io_uring ring;
	uint64_t name;

	open_ring(&ring);
	for (name = 0; name < 2; name++)
		queue_read(&ring, fd, &port[name], 4, name);
	submit(&ring, 2);
	while (!atomic_load(&c->over)) {
		if (!completed(&ring, SETTLE_MS, &name, &res))
			continue;
		EXPECT_EQ(res, 4);
		if (name == 2)
			continue;
		count_taken(c, port[name]);
		queue_write(&ring, fd, &port[name], 4, 2);
		submit(&ring, 1);
		queue_read(&ring, fd, &port[name], 4, name);
		submit(&ring, 1);
	}
	io_uring_queue_exit(&ring);
	return NULL;
}

/* Beside the rings, one that sleeps in read(2). */
static void *reader_in_crowd(void *arg)
{
	struct crowd *c = arg;
	int fd = c->pairs[0].b.fd;
	unsigned int port;

	while (!atomic_load(&c->over)) {
		EXPECT_RET(read(fd, &port, 4), 4);
		count_taken(c, port);
		EXPECT_RET(write(fd, &port, 4), 4);
	}
	return NULL;
}

static void wait_taken(struct crowd *c, int i, unsigned int count)
{
	int64_t last = now_ms() + EVENT_MS;

	while (atomic_load(&c->taken[i]) != count) {
		EXPECT(now_ms() < last, "port %u: %u of %u events were taken",
		       c->pairs[i].b.port, atomic_load(&c->taken[i]), count);
		sched_yield();
	}
}

TEST_CASE(uring_crowd,
	  "N01 three rings and a read(2) share a blocking file: each event goes to one of them",
	  NEW, LIMIT(120))
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	pthread_t threads[THREADS + 1];
	unsigned int sent[CHANNELS] = {};
	static struct crowd c;
	struct io_uring ring;
	int i, n;

	open_ring(&ring);
	for (i = 0; i < CHANNELS; i++)
		pair_bind(&c.pairs[i], xa, xb);
	for (i = 0; i <= THREADS; i++)
		EXPECT_RET(pthread_create(&threads[i], NULL,
					  i ? ring_in_crowd : reader_in_crowd, &c),
			   0);
	for (n = 0; n < EVENTS; n++) {
		i = n * 7 / 3 % CHANNELS;
		wait_taken(&c, i, sent[i]);
		notify(&c.pairs[i].a);
		sent[i]++;
	}
	for (i = 0; i < CHANNELS; i++)
		wait_taken(&c, i, sent[i]);
	atomic_store(&c.over, true);
	for (i = 1; i <= THREADS; i++)
		EXPECT_RET(pthread_join(threads[i], NULL), 0);
	/* The reader leaves with an event, if no ring that is closing takes that. */
	for (n = 0; pthread_tryjoin_np(threads[0], NULL) == EBUSY; n++) {
		EXPECT(n < 500, "the reader does not return");
		unmask(&c.pairs[0].b);
		notify(&c.pairs[0].a);
		sleep_ms(SETTLE_MS);
	}
}
