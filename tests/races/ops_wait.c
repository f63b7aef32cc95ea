// SPDX-License-Identifier: GPL-2.0
/*
 * Operations that wait for events: read, WAIT, poll. On the arena's files they wait for as
 * long as it takes, WAIT in the end at least, so that one that is not woken is found then;
 * see race.c.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "harness.h"
#include "race.h"

static bool running(void)
{
	return atomic_load(&arena->phase) == RUNNING;
}

/* Which of the arena's: an end on this file. */
static unsigned int end_on(struct worker *w, unsigned int file)
{
	unsigned int i;

	do {
		i = pick(w, ENDS);
	} while (arena->ends[i].file != file);
	return i;
}

/* An event for a file, from one of the peers of its survivors. */
static void feed(struct worker *w, unsigned int file)
{
	unsigned int i = end_on(w, file);
	struct port to = arena->ends[i], from = arena->ends[i ^ 1];

	write_ports(fd_of(w, to.file), &to.number, 1);
	EXPECT_RET(raw_notify(fd_of(w, from.file), from.number), 0);
}

/* What is not written back stays masked until the end, or somebody's write. */
static bool take(struct worker *w, int fd, unsigned int file)
{
	unsigned int list[LIST];
	int got = read_ports(fd, file, list, pick(w, 4) ? LIST : 1 + pick(w, 3));

	if (got && pick(w, 8))
		write_ports(fd, list, (unsigned int)got);
	return got;
}

static bool run_read(struct worker *w)
{
	int fd = fd_of(w, w->home);

	if (running()) {
		if (!pick(w, 4))
			return take(w, arena->fresh[pick(w, FRESH)], ELSEWHERE);
		if (!pick(w, 16))
			set_nonblock(fd, pick(w, 2));
		feed(w, w->home);
	}
	return take(w, fd, w->home);
}

const struct op op_read = {
	.name = "read", .run = run_read, .until = NO_READERS,
};

/* A turn of a client's loop. */
struct turn {
	struct ioctl_evtchn_wait arg;
	unsigned int rearm[LIST + 1], notify[2], ports[LIST];
	bool all_bound;
};

/*
 * An event for a file is made by the call itself if the peer is on it, too; else for the
 * peer's file, and for this one by another call. At times one is to be sent on a port
 * that anybody unbinds.
 */
static void feed_turn(struct worker *w, struct turn *t, unsigned int file)
{
	unsigned int i = end_on(w, file);
	struct port to = arena->ends[i], from = arena->ends[i ^ 1], loose;

	t->rearm[t->arg.nr_rearm++] = to.number;
	if (from.file != file) {
		EXPECT_RET(raw_notify(fd_of(w, from.file), from.number), 0);
		from = to;
	}
	t->notify[t->arg.nr_notify++] = from.number;
	if (pick(w, 8))
		return;
	loose = some_loose(w);
	t->notify[t->arg.nr_notify++] = loose.number;
	t->all_bound = false;
}

static int take_turn(int fd, unsigned int file, struct turn *t)
{
	t->arg.rearm = (uintptr_t)t->rearm;
	t->arg.notify = (uintptr_t)t->notify;
	t->arg.ports = (uintptr_t)t->ports;
	return wait_ports(fd, file, &t->arg, t->all_bound);
}

static bool turn_elsewhere(struct worker *w)
{
	struct turn t = { .arg.nr_ports = LIST, .arg.timeout = 1000000 };
	int fd = arena->fresh[pick(w, FRESH)], got;

	got = take_turn(fd, ELSEWHERE, &t);
	t.arg.nr_rearm = (unsigned int)got;
	t.arg.nr_ports = 0;
	memcpy(t.rearm, t.ports, t.arg.nr_rearm * sizeof(*t.rearm));
	take_turn(fd, ELSEWHERE, &t);
	return got;
}

/* In nanoseconds. */
static long long some_timeout(struct worker *w)
{
	switch (pick(w, 3)) {
	case 0:
		return 0;
	case 1:
		return 1 + pick(w, 2000) * 1000LL;
	default:
		return -1;
	}
}

/* What it takes it re-arms by its next turn, mostly. */
static bool run_wait(struct worker *w)
{
	struct turn t = { .arg.timeout = -1, .all_bound = true };
	int fd = fd_of(w, w->home);

	if (pick(w, 8)) {
		memcpy(t.rearm, w->held, w->nr_held * sizeof(*t.rearm));
		t.arg.nr_rearm = w->nr_held;
	}
	w->nr_held = 0;
	t.arg.nr_ports = pick(w, 4) ? LIST : 1 + pick(w, 3);
	if (running()) {
		if (!pick(w, 4))
			return turn_elsewhere(w);
		if (!pick(w, 16))
			set_nonblock(fd, pick(w, 2));
		t.arg.timeout = some_timeout(w);
		feed_turn(w, &t, w->home);
	}
	w->nr_held = (unsigned int)take_turn(fd, w->home, &t);
	memcpy(w->held, t.ports, w->nr_held * sizeof(*t.ports));
	return w->nr_held;
}

const struct op op_wait = {
	.name = "wait", .run = run_wait, .until = NO_READERS,
};

static bool poll_one(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	EXPECT(poll(&pfd, 1, ms) >= 0, "poll: %s", errno_name(errno));
	EXPECT(!(pfd.revents & ~POLLIN), "poll: expected POLLIN alone, got %#x",
	       (unsigned int)pfd.revents);
	return pfd.revents;
}

static bool epoll_one(struct worker *w, int fd, int ms)
{
	static const uint32_t kinds[] = { 0, EPOLLET, EPOLLONESHOT };
	struct epoll_event event = {
		.events = EPOLLIN | kinds[pick(w, ARRAY_SIZE(kinds))],
	};
	int epfd = epoll_create1(EPOLL_CLOEXEC), got;

	EXPECT(epfd >= 0, "epoll_create1: %s", errno_name(errno));
	EXPECT_RET(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event), 0);
	event.events = 0;
	got = epoll_wait(epfd, &event, 1, ms);
	EXPECT(got >= 0, "epoll_wait: %s", errno_name(errno));
	EXPECT(!(event.events & ~EPOLLIN),
	       "epoll_wait: expected EPOLLIN alone, got %#x", event.events);
	EXPECT_RET(close(epfd), 0);
	return got;
}

static bool run_poll(struct worker *w)
{
	unsigned int file;
	int fd = any_fd(w, &file);
	int ms = file == ELSEWHERE || w->child ? (int)pick(w, 3) : -1;

	/* Events that nobody reads are soon old; RESET takes them as well. */
	if (running() && file < arena->files) {
		if (!pick(w, 4))
			EXPECT_RET(raw_reset(fd), 0);
		feed(w, file);
	}
	return pick(w, 4) ? poll_one(fd, ms) : epoll_one(w, fd, ms);
}

const struct op op_poll = {
	.name = "poll", .run = run_poll, .until = NO_POLLERS,
};
