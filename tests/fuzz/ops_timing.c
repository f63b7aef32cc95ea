// SPDX-License-Identifier: GPL-2.0
/*
 * Steps in which it matters when an event comes: to a sleeper, or to a port that is
 * going. Whatever the CPUs do, only one thing may come out.
 */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "model.h"
#include "observe.h"
#include "ops.h"

#define LATE_MS	2	/* after so long the event is sent */

static void interrupt(int number)
{
	(void)number;
}

void alarm_every(int ms)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct itimerval timer = {
		.it_value = { ms / 1000, ms % 1000 * 1000 },
		.it_interval = { 0, ms ? 2000 : 0 },
	};

	/* Without SA_RESTART; again and again, lest it comes before the sleep. */
	EXPECT_RET(sigaction(SIGALRM, &action, NULL), 0);
	EXPECT_RET(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* A child sends the event, when this process sleeps by all likelihood. */
static pid_t send_later(unsigned int port)
{
	unsigned int peer = channel(port)->peer;
	int fd = world->files[channel(peer)->file].fd[0];
	pid_t pid = fork_child();

	if (pid)
		return pid;
	sleep_ms(LATE_MS);
	EXPECT_RET(raw_notify(fd, peer), 0);
	_exit(0);
}

static void sleep_in_read(int slot)
{
	unsigned int got = 0;
	long ret;

	alarm_every(DEADLINE_MS);
	ret = result_of(read(pick_fd(slot), &got, sizeof(got)));
	alarm_every(0);
	EXPECT(ret != -EINTR, "lost: read sleeps though a port is pending");
	expect_result(ret, 4);
	model_read(slot, &got, 1);
}

static void sleep_in_poll(int slot)
{
	struct pollfd pfd = { .fd = pick_fd(slot), .events = READABLE };

	EXPECT(poll(&pfd, 1, DEADLINE_MS) == 1,
	       "lost: poll sleeps though a port is pending");
	EXPECT_EQ(pfd.revents, READABLE);
}

static void sleep_in_select(int slot)
{
	struct timeval limit = { DEADLINE_MS / 1000, 0 };
	int fd = pick_fd(slot);
	fd_set in;

	FD_ZERO(&in);
	FD_SET(fd, &in);
	EXPECT(select(fd + 1, &in, NULL, NULL, &limit) == 1,
	       "lost: select sleeps though a port is pending");
}

static void sleep_in_epoll(int slot, unsigned int mode)
{
	struct epoll_event event = { .events = EPOLLIN | mode };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	EXPECT_RET(epoll_ctl(epoll, EPOLL_CTL_ADD, pick_fd(slot), &event), 0);
	EXPECT(epoll_wait(epoll, &event, 1, DEADLINE_MS) == 1,
	       "lost: epoll sleeps though a port is pending");
	EXPECT_EQ(event.events, EPOLLIN);
	close(epoll);
}

#define TRIES	8	/* to find one */

/* A file with nothing pending, which can be slept on, and a port to wake who does. */
static int pick_idle(bool reads, unsigned int *port)
{
	const struct file *f;
	int slot, tries;

	for (tries = 0; tries < TRIES; tries++) {
		slot = pick_file();
		if (slot == NO_FILE)
			return NO_FILE;
		f = &world->files[slot];
		*port = pick_target(slot);
		if (!*port || f->nr_ring)
			continue;
		if (!reads || (!f->nonblock && f->can_read && !f->mapped.at))
			return slot;
	}
	return NO_FILE;
}

enum outcome late(void (*wait)(int slot), bool reads)
{
	unsigned int port;
	int slot = pick_idle(reads, &port);
	pid_t pid;

	if (slot == NO_FILE)
		return NOT_NOW;
	say(" on file %d, port %u, raised by %u", slot, port, channel(port)->peer);
	pid = send_later(port);
	model_raise(port);
	/* By the time that epoll is asked, the port has been read. */
	world->files[slot].edges_free = reads;
	wait(slot);
	join_child(pid);
	return DONE;
}

static enum outcome late_read(void)
{
	return late(sleep_in_read, true);
}

static void any_poll(int slot)
{
	switch (below(4)) {
	case 0:
		sleep_in_poll(slot);
		return;
	case 1:
		sleep_in_select(slot);
		return;
	case 2:
		sleep_in_epoll(slot, 0);
		return;
	default:
		sleep_in_epoll(slot, EPOLLET);
	}
}

static enum outcome late_poll(void)
{
	return late(any_poll, false);
}

/* With ports pending already: an edge-triggered waiter has to be told of one more. */
static enum outcome late_edge(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int slot = pick_file(), epoll;
	unsigned int port;
	pid_t pid;

	port = slot == NO_FILE ? 0 : pick_target(slot);
	if (!port)
		return NOT_NOW;
	say(" on file %d with %u pending, port %u", slot,
	    world->files[slot].nr_ring, port);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	EXPECT_RET(epoll_ctl(epoll, EPOLL_CTL_ADD, pick_fd(slot), &event), 0);
	EXPECT_EQ(epoll_wait(epoll, &event, 1, 0),
		  world->files[slot].nr_ring > 0);
	pid = send_later(port);
	model_raise(port);
	EXPECT(epoll_wait(epoll, &event, 1, DEADLINE_MS) == 1,
	       "lost: edge-triggered epoll is not told of one more port");
	join_child(pid);
	close(epoll);
	return DONE;
}

/* The event is on its way, or in the ring: in either case it goes with its port. */
static enum outcome raise_and_unbind(void)
{
	int slot = pick_file();
	unsigned int port, peer;

	port = slot == NO_FILE ? 0 : pick_target(slot);
	/* A static channel that is unbound may have the event still, or not. So may a ring. */
	if (!port || channel(port)->behind || world->files[slot].mapped.at)
		return NOT_NOW;
	peer = channel(port)->peer;
	say(" port %u of file %d, raised by %u", port, slot, peer);
	EXPECT_RET(raw_notify(world->files[channel(peer)->file].fd[0], peer), 0);
	EXPECT_RET(raw_unbind(pick_fd(slot), port), 0);
	model_unbind(port);
	forget_arrivals(slot);
	return DONE;
}

static enum outcome raise_and_close(void)
{
	int slot = pick_file(), from;
	unsigned int port, peer;

	port = slot == NO_FILE ? 0 : pick_target(slot);
	if (!port || channel(port)->behind)
		return NOT_NOW;
	peer = channel(port)->peer;
	from = channel(peer)->file;
	EXPECT_RET(raw_notify(world->files[from].fd[0], peer), 0);
	close_file(slot);
	forget_arrivals(slot);
	return DONE;
}

const struct op timing_ops[] = {
	{ "late-read", 40, late_read },
	{ "late-poll", 30, late_poll },
	{ "late-edge", 10, late_edge },
	{ "raise-and-unbind", 8, raise_and_unbind },
	{ "raise-and-close", 8, raise_and_close },
	{ }
};
