// SPDX-License-Identifier: GPL-2.0
/*
 * The operation on mapped rings, and the one that all workers share. Their ports come out
 * of the mapping, so that none of the arena's files can have one.
 *
 * A number that was put in twice, because somebody re-armed its port before he took it,
 * would still be found once when the port has been unbound: the ledger would call that an
 * error. So of MAPPED's ports only those are re-armed that nobody unbinds. Others have
 * one event, or as many as RESET lets them have.
 */
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"
#include "ledger.h"
#include "race.h"

#define PAGES		2	/* a ring of 1024 numbers, where a page is of 4 KiB */
#define DELIVERIES	4	/* see expect_survivors() */

void open_mapped(void)
{
	int fd = raw_open(O_RDWR), port, peer;
	unsigned int i;

	arena->maps = true;
	arena->file[MAPPED] = fd;
	arena->alias[MAPPED] = dup(fd);
	EXPECT(arena->alias[MAPPED] >= 0, "dup: %s", errno_name(errno));
	mapped_open(&arena->mapping, fd, PAGES);
	for (i = 0; i < MAPPED_ENDS; i += 2) {
		port = raw_bind_unbound(fd, SELF);
		EXPECT(port > 0, "bind_unbound: %s", errno_name(errno));
		peer = raw_bind_interdomain(fd, SELF, (unsigned int)port);
		EXPECT(peer > 0, "bind_interdomain: %s", errno_name(errno));
		arena->mapped_ends[i] = (unsigned int)port;
		arena->mapped_ends[i + 1] = (unsigned int)peer;
		ledger_bound(MAPPED, (unsigned int)port, 0);
		ledger_bound(MAPPED, (unsigned int)peer, 0);
	}
}

/* Nobody takes any more: from now on poll says that there is something. */
void raise_mapped(void)
{
	unsigned int i;

	write_ports(arena->file[MAPPED], arena->mapped_ends, MAPPED_ENDS);
	for (i = 0; i < MAPPED_ENDS; i++)
		EXPECT_RET(raw_notify(arena->file[MAPPED], arena->mapped_ends[i]), 0);
	EXPECT(readable(arena->file[MAPPED], DEADLINE_MS),
	       "no event for the mapped file within %d ms", DEADLINE_MS);
}

/* Which of mapped_ends it is, or MAPPED_ENDS. */
static unsigned int which_end(unsigned int number)
{
	unsigned int i;

	for (i = 0; i < MAPPED_ENDS; i++)
		if (arena->mapped_ends[i] == number)
			break;
	return i;
}

/* Guests are unbound, so that their numbers have become 0. */
static void expect_mapped_works(void)
{
	unsigned int missing = (1 << MAPPED_ENDS) - 1, number, end;
	int64_t last = now_ms() + DEADLINE_MS;

	raise_mapped();
	while (missing) {
		EXPECT(now_ms() < last, "events for the mapped file: missing are %#x of %#x",
		       missing, (1 << MAPPED_ENDS) - 1);
		if (!take_mapped(&number) || !number)
			continue;
		end = which_end(number);
		EXPECT(end < MAPPED_ENDS, "port %u was taken, which is not bound", number);
		missing &= ~(1U << end);
	}
}

void end_mapped(void)
{
	unsigned int i;

	for (i = 0; i < DELIVERIES; i++)
		expect_mapped_works();
	EXPECT_RET(close(arena->alias[MAPPED]), 0);
	EXPECT_RET(close(arena->file[MAPPED]), 0);
	mapped_close(&arena->mapping);
}

/* Re-armed, and an event sent, by a call for each or by one for both. */
static void rearm_and_send(struct worker *w, unsigned int number, unsigned int end)
{
	struct ioctl_evtchn_wait arg = {
		.nr_rearm = number != 0,
		.nr_notify = 1,
		.rearm = (uintptr_t)&number,
		.notify = (uintptr_t)&end,
	};
	int fd = fd_of(w, MAPPED);

	if (pick(w, 2)) {
		EXPECT_RET(wait_ports(fd, MAPPED, &arg, true), 0);
		return;
	}
	if (number)
		write_ports(fd, &number, 1);
	EXPECT_RET(raw_notify(fd, end), 0);
}

/* Sends as much as it takes, so that somebody always has something to take. */
static bool use_shared(struct worker *w)
{
	unsigned int i, number, got = 0;

	rearm_and_send(w, 0, arena->mapped_ends[pick(w, MAPPED_ENDS)]);
	for (i = pick(w, 8); i && take_mapped(&number); i--) {
		got++;
		if (which_end(number) < MAPPED_ENDS)
			rearm_and_send(w, number, arena->mapped_ends[pick(w, MAPPED_ENDS)]);
	}
	if (!got)
		readable(fd_of(w, MAPPED), (int)pick(w, 3));
	return got;
}

/* Others have the file as well: what they do to it, and to its ring, is their affair. */
static bool use_ring(struct worker *w, int fd)
{
	unsigned int i, number, got = 0;
	bool unmap_first = pick(w, 2);
	struct mapping m;

	mapped_open(&m, fd, PAGES);
	for (i = pick(w, 8); i; i--) {
		if (!readable(fd, (int)pick(w, 3)) || !mapped_take(&m, &number))
			continue;
		got++;
		write_ports(fd, &number, 1);
	}
	if (unmap_first)
		mapped_close(&m);
	EXPECT_RET(close(fd), 0);
	if (!unmap_first)
		mapped_close(&m);
	return got;
}

static bool run_map(struct worker *w)
{
	unsigned int place = pick(w, FRESH);
	int fd;

	switch (pick(w, 4)) {
	case 0:
		/* A file that others are in. */
		fd = dup(arena->fresh[place]);
		EXPECT(fd >= 0, "dup: %s", errno_name(errno));
		return use_ring(w, fd);
	case 1:
		fd = fresh_file();
		EXPECT_RET(dup2(fd, arena->fresh[place]), arena->fresh[place]);
		return use_ring(w, fd);
	default:
		return use_shared(w);
	}
}

const struct op op_map = { .name = "map", .run = run_map, .until = QUIET };
