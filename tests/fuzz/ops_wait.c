// SPDX-License-Identifier: GPL-2.0
/* Asking which files can be read: poll, select, epoll in its modes. */
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "model.h"
#include "ops.h"

#define IDLE_MS	2	/* so long it is waited for nothing */

static short events_of(int slot)
{
	return WRITABLE | (world->files[slot].nr_ring ? READABLE : 0);
}

/* Any descriptors, some of them twice, for any events. */
static enum outcome ask_poll(void)
{
	static const short masks[] = {
		POLLIN, POLLRDNORM, POLLOUT, POLLWRNORM, READABLE, POLL_ALL, 0,
		POLLPRI, POLLIN | POLLPRI,
	};
	struct pollfd pfd[2 * NR_FILES];
	int i, n = 0, ready = 0, slot;
	short want[2 * NR_FILES];

	for (i = 1 + (int)below(2 * NR_FILES - 1); i; i--) {
		slot = pick_file();
		if (slot == NO_FILE)
			return NOT_NOW;
		pfd[n].fd = pick_fd(slot);
		pfd[n].events = PICK(masks);
		want[n] = pfd[n].events & events_of(slot);
		ready += !!want[n++];
	}
	if (!ready && !chance(20))
		return NOT_NOW;
	say(" of %d: %d ready", n, ready);
	EXPECT(poll(pfd, (nfds_t)n, ready ? DEADLINE_MS : IDLE_MS) >= 0,
	       "poll: %s", errno_name(errno));
	for (i = 0; i < n; i++)
		EXPECT(pfd[i].revents == want[i], "poll for %#x: %#x, not %#x",
		       (unsigned int)pfd[i].events,
		       (unsigned int)pfd[i].revents, (unsigned int)want[i]);
	return ready ? DONE : REFUSED;
}

static enum outcome ask_select(void)
{
	struct timeval limit = { 0, IDLE_MS * 1000 };
	fd_set in, out, exceptional;
	int slot, ready = 0, files = 0;
	bool ask_out = chance(50);

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&exceptional);
	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != OPEN)
			continue;
		files++;
		FD_SET(world->files[slot].fd[0], &in);
		FD_SET(world->files[slot].fd[0], &exceptional);
		ready += world->files[slot].nr_ring > 0;
		if (ask_out)
			FD_SET(world->files[slot].fd[0], &out);
	}
	ready += ask_out ? files : 0;
	if (!files || (!ready && !chance(20)))
		return NOT_NOW;
	say(": %d ready", ready);
	EXPECT_RET(select(FD_SETSIZE, &in, &out, &exceptional, &limit), ready);
	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != OPEN)
			continue;
		EXPECT_EQ(!!FD_ISSET(world->files[slot].fd[0], &in),
			  world->files[slot].nr_ring > 0);
		EXPECT(!FD_ISSET(world->files[slot].fd[0], &exceptional),
		       "select: file %d has an exception", slot);
	}
	return ready ? DONE : REFUSED;
}

static int new_epoll(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	EXPECT(epoll >= 0, "epoll_create1: %s", errno_name(errno));
	return epoll;
}

static void watch(int epoll, int op, int slot, unsigned int events)
{
	struct epoll_event event = {
		.events = events,
		.data.u32 = (unsigned int)slot,
	};

	EXPECT_RET(epoll_ctl(epoll, op, world->files[slot].fd[0], &event), 0);
}

/* How many files it reports; each of them has to be one that is pending. */
static int reported(int epoll, int ms)
{
	struct epoll_event event[2 * NR_FILES];
	int i, n = epoll_wait(epoll, event, ARRAY_SIZE(event), ms);

	EXPECT(n >= 0, "epoll_wait: %s", errno_name(errno));
	for (i = 0; i < n; i++)
		EXPECT(event[i].events == EPOLLIN &&
		       world->files[event[i].data.u32].nr_ring,
		       "epoll: file %u: %#x", event[i].data.u32,
		       event[i].events);
	return n;
}

/* Level-triggered: all that is pending, as often as one asks. */
static enum outcome ask_epoll_level(void)
{
	int epoll = new_epoll(), slot, ready = 0;

	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != OPEN)
			continue;
		watch(epoll, EPOLL_CTL_ADD, slot,
		      EPOLLIN | (chance(30) ? EPOLLEXCLUSIVE : 0));
		ready += world->files[slot].nr_ring > 0;
	}
	say(": %d ready", ready);
	EXPECT_EQ(reported(epoll, 0), ready);
	EXPECT_EQ(reported(epoll, 0), ready);
	close(epoll);
	return ready ? DONE : REFUSED;
}

/* Edge-triggered, or one-shot: what is pending once, and again when it is told to. */
static enum outcome ask_epoll_once(void)
{
	int epoll = new_epoll(), slot = pick_file(), ready;
	unsigned int mode = chance(50) ? EPOLLET : EPOLLONESHOT;

	if (slot == NO_FILE) {
		close(epoll);
		return NOT_NOW;
	}
	ready = world->files[slot].nr_ring > 0;
	say(" file %d, %s: %d ready", slot,
	    mode == EPOLLET ? "edge-triggered" : "one-shot", ready);
	watch(epoll, EPOLL_CTL_ADD, slot, EPOLLIN | mode);
	EXPECT_EQ(reported(epoll, 0), ready);
	EXPECT_EQ(reported(epoll, 0), 0);
	watch(epoll, EPOLL_CTL_MOD, slot, EPOLLIN | mode);
	EXPECT_EQ(reported(epoll, 0), ready);
	EXPECT_EQ(reported(epoll, 0), 0);
	close(epoll);
	return ready ? DONE : REFUSED;
}

const struct op wait_ops[] = {
	{ "poll", 15, ask_poll },
	{ "select", 8, ask_select },
	{ "epoll-level", 6, ask_epoll_level },
	{ "epoll-once", 8, ask_epoll_once },
	{ }
};
