// SPDX-License-Identifier: GPL-2.0
/* C43: everything at once, for a bounded time, from a fixed seed. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

#define SEED		20260101U
#define STRESS_MS	1200
#define ROUNDS_MIN	20	/* of each thread, however slow the machine */
#define SURVIVORS	12	/* pairs that are bound before and live on */
#define ECHOES		100

/* What the threads of one process work on. */
struct stress {
	xenevtchn_handle *xa, *xb;	/* may be one */
	struct pair pairs[SURVIVORS];
	int64_t end;
	unsigned int seed;
};

/* What a thread needs: the common part, and random numbers of its own. */
struct worker {
	struct stress *stress;
	unsigned int seed;
	unsigned int done;
};

static bool going_on(struct worker *w)
{
	return w->done++ < ROUNDS_MIN || now_ms() < w->stress->end;
}

static void *bind_and_unbind(void *arg)
{
	struct worker *w = arg;
	xenevtchn_handle *xa = w->stress->xa, *xb = w->stress->xb;
	unsigned int a, b;

	while (going_on(w)) {
		a = bind_unbound(xa);
		b = bind_peer(xb, a);
		if (rand_r(&w->seed) % 2)
			EXPECT_RET(xenevtchn_notify(xa, a), 0);
		if (rand_r(&w->seed) % 2)
			EXPECT_RET(xenevtchn_unmask(xb, b), 0);
		if (rand_r(&w->seed) % 2)
			EXPECT_RET(xenevtchn_notify(xb, b), 0);
		EXPECT_RET(xenevtchn_unbind(xb, b), 0);
		EXPECT_RET(xenevtchn_unbind(xa, a), 0);
	}
	return NULL;
}

static void *notify_all(void *arg)
{
	struct worker *w = arg;
	struct pair *p;

	while (going_on(w)) {
		p = &w->stress->pairs[(unsigned int)rand_r(&w->seed) % SURVIVORS];
		notify(rand_r(&w->seed) % 2 ? &p->a : &p->b);
	}
	return NULL;
}

static void read_and_unmask(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int list[16];
	ssize_t got;

	EXPECT(poll(&pfd, 1, 5) >= 0, "poll: %s", errno_name(errno));
	EXPECT(!(pfd.revents & ~POLLIN), "poll: got %#x",
	       (unsigned int)pfd.revents);
	got = read(fd, list, sizeof(list));
	if (got < 0) {
		EXPECT(errno == EAGAIN, "read: %s", errno_name(errno));
		return;
	}
	EXPECT(got > 0 && got % 4 == 0, "read returned %zd", got);
	EXPECT_RET(write(fd, list, (size_t)got), got);
}

static void *read_all(void *arg)
{
	struct worker *w = arg;

	while (going_on(w)) {
		read_and_unmask(xenevtchn_fd(w->stress->xa));
		if (w->stress->xb != w->stress->xa)
			read_and_unmask(xenevtchn_fd(w->stress->xb));
	}
	return NULL;
}

static void *disturb(void *arg)
{
	struct worker *w = arg;
	int fd = xenevtchn_fd(w->stress->xb), copy;
	unsigned int list[8], i;
	pid_t pid;

	while (going_on(w)) {
		for (i = 0; i < 8; i++)
			list[i] = (unsigned int)rand_r(&w->seed) % 200;
		EXPECT_RET(write(fd, list, sizeof(list)), sizeof(list));
		EXPECT_ERR(raw_unbind(fd, 0x20000 + list[0]), EINVAL);
		EXPECT_ERR(write(fd, nowhere, 4), EFAULT);
		EXPECT_RET(raw_reset(fd), 0);
		copy = dup(fd);
		close(copy);
		close(raw_open(O_RDWR));
		if (w->done % 16)
			continue;
		pid = fork_child();
		if (pid == 0)
			_exit(0);
		join_child(pid);
		sleep_ms(1);
	}
	return NULL;
}

static void stress_init(struct stress *s, bool one_file, unsigned int seed)
{
	int i;

	s->xa = open_device();
	s->xb = one_file ? s->xa : open_device();
	for (i = 0; i < SURVIVORS; i++)
		pair_bind(&s->pairs[i], s->xa, s->xb);
	set_nonblock(xenevtchn_fd(s->xa), true);
	set_nonblock(xenevtchn_fd(s->xb), true);
	s->seed = seed;
	s->end = now_ms() + STRESS_MS;
}

static void stress_run(struct stress *s)
{
	static void *(*const jobs[])(void *) = {
		bind_and_unbind, bind_and_unbind, notify_all, read_all,
		read_all, disturb,
	};
	enum { JOBS = ARRAY_SIZE(jobs) };
	struct worker workers[JOBS];
	pthread_t threads[JOBS];
	unsigned int i;

	for (i = 0; i < JOBS; i++) {
		workers[i] = (struct worker){ .stress = s, .seed = s->seed + i };
		EXPECT_RET(pthread_create(&threads[i], NULL, jobs[i],
					  &workers[i]), 0);
	}
	for (i = 0; i < JOBS; i++)
		EXPECT_RET(pthread_join(threads[i], NULL), 0);
}

/* An event of the peer's comes; one that is late may come before it, of whichever port. */
static void expect_comes(const struct end *from, const struct end *to)
{
	unsigned int port;

	notify(from);
	do {
		port = next_event(to->fd);
		EXPECT_RET(write(to->fd, &port, 4), 4);
	} while (port != to->port);
}

/* Whatever is under way comes to rest, and then all is as on the first day. */
static void expect_survivors(struct stress *s)
{
	unsigned int quiet, port;
	int i;

	for (quiet = 0; quiet < 2; quiet++) {
		for (i = 0; i < SURVIVORS; i++) {
			unmask(&s->pairs[i].a);
			unmask(&s->pairs[i].b);
		}
		sleep_ms(SETTLE_MS);
		while (read(xenevtchn_fd(s->xa), &port, 4) == 4 ||
		       read(xenevtchn_fd(s->xb), &port, 4) == 4)
			quiet = 0;
	}
	for (i = 0; i < SURVIVORS; i++) {
		expect_comes(&s->pairs[i].a, &s->pairs[i].b);
		expect_comes(&s->pairs[i].b, &s->pairs[i].a);
	}
}

TEST_CASE(stress_one_file, "C43 one file under six threads at once: every port lives on",
	  LIMIT(120))
{
	struct stress s;

	stress_init(&s, true, SEED);
	stress_run(&s);
	expect_survivors(&s);
}

TEST_CASE(stress_two_files, "C43 two files under six threads at once: every port lives on",
	  LIMIT(120))
{
	struct stress s;

	stress_init(&s, false, SEED + 100);
	stress_run(&s);
	expect_survivors(&s);
}

TEST_CASE(stress_processes, "C43 three processes of six threads each at once: every port lives on",
	  LIMIT(120))
{
	struct stress s;
	pid_t pids[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pids[i] = fork_child();
		if (pids[i] == 0) {
			stress_init(&s, i == 0, SEED + 200 + i);
			stress_run(&s);
			expect_survivors(&s);
			_exit(0);
		}
	}
	for (i = 0; i < 3; i++)
		join_child(pids[i]);
}

/* Every event that is sent is counted by its reader, one at a time. */
static void *echo(void *arg)
{
	struct pair *p = arg;
	unsigned int i;

	for (i = 0; i < ECHOES; i++) {
		expect_event(&p->b);
		unmask(&p->b);
		notify(&p->b);
	}
	return NULL;
}

TEST_CASE(stress_echo, "C43 four channels echo a hundred events each, and none is lost",
	  LIMIT(120))
{
	pthread_t threads[4];
	struct pair p[4];
	int i, round;

	for (i = 0; i < 4; i++)
		pair_open(&p[i]);
	for (i = 0; i < 4; i++)
		EXPECT_RET(pthread_create(&threads[i], NULL, echo, &p[i]), 0);
	for (round = 0; round < ECHOES; round++) {
		for (i = 0; i < 4; i++)
			notify(&p[i].a);
		for (i = 0; i < 4; i++) {
			expect_event(&p[i].a);
			unmask(&p[i].a);
		}
	}
	for (i = 0; i < 4; i++)
		EXPECT_RET(pthread_join(threads[i], NULL), 0);
}
