// SPDX-License-Identifier: GPL-2.0
/* The matrix: each operation against each other one, and against itself. */
#include <unistd.h>

#include "harness.h"
#include "race.h"

#define WORKERS	4	/* two of each operation */
#define MODES	3

static const struct mode modes[MODES] = {
	{ "one file, threads", 1, 1 },
	{ "one file, processes", 1, WORKERS },
	{ "several files, threads of processes", MAX_FILES, 2 },
};

/* Each race in a process of its own: it leaves nothing for the next one. */
static void race_apart(const struct op *a, const struct op *b,
		       const struct mode *mode)
{
	const struct op *const ops[] = { a, b };
	pid_t pid = fork_child();

	if (pid == 0) {
		run_race(ops, a == b ? 1 : 2, WORKERS, mode);
		_exit(0);
	}
	join_child(pid);
}

/* One mode each, another one with the next seed; or all. */
static void race_two(const struct op *a, const struct op *b, unsigned int nr)
{
	unsigned int i;

	if (!race_all_modes) {
		race_apart(a, b, &modes[(nr + race_seed) % MODES]);
		return;
	}
	for (i = 0; i < MODES; i++)
		race_apart(a, b, &modes[i]);
}

static void race_all(const struct mode *mode)
{
	static const struct op *const ops[] = {
		&op_bind, &op_unbind, &op_notify, &op_read, &op_write,
		&op_poll, &op_reset, &op_close, &op_fork, &op_pass,
		&op_eventfd, &op_wait, &op_map,
	};

	run_race(ops, ARRAY_SIZE(ops), ARRAY_SIZE(ops), mode);
}

#define RACE(a, b)							\
	static void a##_##b(void);					\
	TEST_CASE(a##_##b, #a " against " #b, LIMIT(120))		\
	{								\
		race_two(&op_##a, &op_##b, __COUNTER__);		\
	}

RACE(bind, bind)
RACE(bind, unbind)
RACE(bind, notify)
RACE(bind, read)
RACE(bind, write)
RACE(bind, poll)
RACE(bind, reset)
RACE(bind, close)
RACE(bind, fork)
RACE(bind, pass)

RACE(unbind, unbind)
RACE(unbind, notify)
RACE(unbind, read)
RACE(unbind, write)
RACE(unbind, poll)
RACE(unbind, reset)
RACE(unbind, close)
RACE(unbind, fork)
RACE(unbind, pass)

RACE(notify, notify)
RACE(notify, read)
RACE(notify, write)
RACE(notify, poll)
RACE(notify, reset)
RACE(notify, close)
RACE(notify, fork)
RACE(notify, pass)

RACE(read, read)
RACE(read, write)
RACE(read, poll)
RACE(read, reset)
RACE(read, close)
RACE(read, fork)
RACE(read, pass)

RACE(write, write)
RACE(write, poll)
RACE(write, reset)
RACE(write, close)
RACE(write, fork)
RACE(write, pass)

RACE(poll, poll)
RACE(poll, reset)
RACE(poll, close)
RACE(poll, fork)
RACE(poll, pass)

RACE(reset, reset)
RACE(reset, close)
RACE(reset, fork)
RACE(reset, pass)

RACE(close, close)
RACE(close, fork)
RACE(close, pass)

RACE(fork, fork)
RACE(fork, pass)

RACE(pass, pass)

RACE(eventfd, eventfd)
RACE(eventfd, bind)
RACE(eventfd, unbind)
RACE(eventfd, notify)
RACE(eventfd, read)
RACE(eventfd, write)
RACE(eventfd, poll)
RACE(eventfd, reset)
RACE(eventfd, close)
RACE(eventfd, fork)
RACE(eventfd, pass)

RACE(wait, wait)
RACE(wait, bind)
RACE(wait, unbind)
RACE(wait, notify)
RACE(wait, read)
RACE(wait, write)
RACE(wait, poll)
RACE(wait, reset)
RACE(wait, close)
RACE(wait, fork)
RACE(wait, pass)
RACE(wait, eventfd)

RACE(map, map)
RACE(map, bind)
RACE(map, unbind)
RACE(map, notify)
RACE(map, read)
RACE(map, write)
RACE(map, poll)
RACE(map, reset)
RACE(map, close)
RACE(map, fork)
RACE(map, pass)
RACE(map, eventfd)
RACE(map, wait)

TEST_CASE(all_by_threads, "everything at once, on one file by threads",
	  LIMIT(120))
{
	race_all(&modes[0]);
}

TEST_CASE(all_by_processes, "everything at once, on one file by processes",
	  LIMIT(120))
{
	race_all(&modes[1]);
}

TEST_CASE(all_several, "everything at once, on several files", LIMIT(120))
{
	race_all(&modes[2]);
}
