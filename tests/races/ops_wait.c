// SPDX-License-Identifier: GPL-2.0
/*
 * Operations that wait for events: read, poll. On the arena's files they wait for as long
 * as it takes, so that one that is not woken is found in the end; see race.c.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "harness.h"
#include "race.h"

#define LIST	64

static bool running(void)
{
	return atomic_load(&arena->phase) == RUNNING;
}

/* An event for a file, from one of the peers of its survivors. */
static void feed(struct worker *w, unsigned int file)
{
	struct port to, from;
	unsigned int i;

	do {
		i = pick(w, ENDS);
		to = arena->ends[i];
		from = arena->ends[i ^ 1];
	} while (to.file != file);
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
	int fd = some_fd(w, &file);
	int ms = file == ELSEWHERE || w->child ? (int)pick(w, 3) : -1;

	/* Events that nobody reads are soon old; RESET takes them as well. */
	if (running() && file != ELSEWHERE) {
		if (!pick(w, 4))
			EXPECT_RET(raw_reset(fd), 0);
		feed(w, file);
	}
	return pick(w, 4) ? poll_one(fd, ms) : epoll_one(w, fd, ms);
}

const struct op op_poll = {
	.name = "poll", .run = run_poll, .until = NO_POLLERS,
};
