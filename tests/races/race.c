// SPDX-License-Identifier: GPL-2.0
/* One race, from its start to the look at what it left behind. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "ledger.h"
#include "proc.h"
#include "race.h"
#include "hypervisor.h"

#define COMM		"races"	/* by which the irqs of its files are known */
#define ENOUGH		3	/* times that each operation has to succeed */
#define EFFECTS_MS	(40000 * (int)slowness)	/* with ten workers on a slow machine */
#define DELIVERIES	4	/* see expect_survivors() */

static unsigned int processes_left;
static int64_t deadline;
static int patience;

static void new_deadline(int ms)
{
	deadline = now_ms() + ms;
	patience = ms;
}

/* One round of waiting for something; it is an error if that takes too long. */
static void tick(const char *what)
{
	processes_left -= ended_workers();
	EXPECT(now_ms() < deadline, "not within %d ms: %s", patience, what);
	sleep_ms(1);
}

static bool pending(unsigned int file)
{
	struct pollfd pfd = { .fd = arena->file[file], .events = POLLIN };

	EXPECT(poll(&pfd, 1, 0) >= 0, "poll: %s", errno_name(errno));
	return pfd.revents;
}

static void write_all(unsigned int file)
{
	unsigned int list[ENDS], nr = 0, i;

	for (i = 0; i < ENDS; i++)
		if (arena->ends[i].file == file)
			list[nr++] = arena->ends[i].number;
	write_ports(arena->file[file], list, nr);
}

static void notify_all(void)
{
	struct port end;
	unsigned int i;

	for (i = 0; i < ENDS; i++) {
		end = arena->ends[i];
		EXPECT_RET(raw_notify(arena->file[end.file], end.number), 0);
	}
}

/*
 * RESET may take the events that sleepers wait for. If there are none at all, they get
 * another one; if there are some and nobody wakes, that is what is looked for.
 */
static void keep_going(void)
{
	static unsigned int turn;
	struct port from;
	unsigned int i;

	for (i = 0; i < arena->files; i++) {
		if (pending(i))
			continue;
		write_all(i);
		from = arena->ends[turn++ % ENDS];
		EXPECT_RET(raw_notify(arena->file[from.file], from.number), 0);
	}
}

static bool enough(const char **missing)
{
	unsigned int i;

	for (i = 0; i < arena->nr_ops; i++) {
		*missing = arena->ops[i]->name;
		if (atomic_load(&arena->done[i]) < ENOUGH)
			return false;
	}
	return true;
}

static void let_them_race(void)
{
	int64_t end = now_ms() + race_ms;
	const char *missing = NULL;
	char what[64];

	new_deadline((int)race_ms + EFFECTS_MS);
	atomic_store(&arena->phase, RUNNING);
	while (!enough(&missing) || now_ms() < end) {
		snprintf(what, sizeof(what), "%d effects of %s", ENOUGH, missing);
		tick(what);
		keep_going();
	}
}

static void wait_for_workers(enum phase until, const char *what)
{
	new_deadline(DEADLINE_MS);
	while (atomic_load(&arena->active[until]))
		tick(what);
}

/*
 * First all end who make or unmake events. Then readers have to empty the files
 * that they are at home in: one that sleeps on a pending port does not. Then
 * pollers have to wake on files where events are pending and stay so.
 */
static void stop_the_race(void)
{
	unsigned int i;

	atomic_store(&arena->phase, QUIET);
	wait_for_workers(QUIET, "the end of the last operation");
	for (i = 0; i < arena->files; i++) {
		new_deadline(DEADLINE_MS);
		while (arena->readers[i] && pending(i))
			tick("readers, though a port is pending, read it");
	}
	atomic_store(&arena->phase, NO_READERS);
	wait_for_workers(NO_READERS, "readers are interrupted by a signal");
	atomic_store(&arena->phase, NO_POLLERS);
	if (arena->maps)
		raise_mapped();
	for (i = 0; i < arena->files; i++) {
		if (!pending(i)) {
			write_all(i);
			notify_all();
		}
		new_deadline(DEADLINE_MS);
		while (!pending(i))
			tick("an event for a file where none was pending");
	}
	wait_for_workers(NO_POLLERS, "pollers, though a port is pending, wake");
	new_deadline(DEADLINE_MS);
	while (processes_left)
		tick("the end of all processes");
}

/* Takes what is pending, and notes which survivors that were. */
static void collect(bool seen[ENDS])
{
	unsigned int list[64], file, e;
	int i, got;

	for (file = 0; file < arena->files; file++) {
		got = read_ports(arena->file[file], file, list, ARRAY_SIZE(list));
		for (i = 0; i < got; i++) {
			for (e = 0; e < ENDS; e++)
				if (arena->ends[e].number == list[i])
					break;
			EXPECT(e < ENDS && arena->ends[e].file == file,
			       "file %u: port %u was read, which is not bound",
			       file, list[i]);
			seen[e] = true;
		}
	}
}

static bool all_seen(const bool seen[ENDS], char *what, size_t size)
{
	unsigned int e;

	for (e = 0; e < ENDS; e++) {
		if (seen[e])
			continue;
		snprintf(what, size, "an event for port %u of file %u",
			 arena->ends[e].number, arena->ends[e].file);
		return false;
	}
	return true;
}

/*
 * Each gets an event, again and again. The race may have left one in the ring, one
 * that is held until the port is written back, and one in Xen: more than those have
 * to come, so that one that is deaf is found.
 */
static void expect_survivors(void)
{
	unsigned int round, file;
	char what[64];

	for (file = 0; file < arena->files; file++)
		set_nonblock(arena->file[file], true);
	for (round = 0; round < DELIVERIES; round++) {
		bool seen[ENDS] = {};

		for (file = 0; file < arena->files; file++)
			write_all(file);
		notify_all();
		new_deadline(DEADLINE_MS);
		for (;;) {
			collect(seen);
			if (all_seen(seen, what, sizeof(what)))
				break;
			tick(what);
		}
	}
}

/* Files that were in a socket are closed some time after it. */
static void expect_irqs(unsigned int lines, const char *when)
{
	char what[128];
	unsigned int got;

	new_deadline(DEADLINE_MS);
	while ((got = irqs_of(COMM).lines) != lines) {
		snprintf(what, sizeof(what), "%u irqs %s (there are %u)", lines,
			 when, got);
		tick(what);
	}
}

static void expect_channels(unsigned int channels)
{
	unsigned int got;
	char what[128];

	new_deadline(DEADLINE_MS);
	while ((got = xen_channels()) != channels) {
		snprintf(what, sizeof(what),
			 "%u channels in Xen, as before (there are %u)", channels,
			 got);
		tick(what);
	}
}

static void note_counts(const struct mode *mode, unsigned int workers,
			int64_t ms)
{
	char line[512];
	size_t len;
	unsigned int i;

	len = (size_t)snprintf(line, sizeof(line), "%s, %u workers, %lld ms:",
			       mode->name, workers, (long long)ms);
	for (i = 0; i < arena->nr_ops && len < sizeof(line); i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
					" %s %u/%u", arena->ops[i]->name,
					atomic_load(&arena->done[i]),
					atomic_load(&arena->tried[i]));
	note("%s", line);
}

static void hire(struct worker *workers, unsigned int nr)
{
	unsigned int i, seed = race_seed;
	const char *c;

	for (i = 0; i < arena->nr_ops; i++)
		for (c = arena->ops[i]->name; *c; c++)
			seed = seed * 31 + (unsigned char)*c;
	for (i = 0; i < nr; i++) {
		workers[i] = (struct worker){
			.op = arena->ops[i % arena->nr_ops],
			.slot = i % arena->nr_ops,
			.home = i / 2 % arena->files,
			.seed = seed + i,
		};
		if (workers[i].op->until == NO_READERS)
			arena->readers[workers[i].home]++;
	}
}

/* Where there are no sockets a file can not be passed: all but that is raced. */
static void choose_ops(const struct op *const *ops, unsigned int nr_ops)
{
	unsigned int i;

	for (i = 0; i < nr_ops; i++) {
		if (ops[i] == &op_pass && arena->post[0] < 0) {
			if (nr_ops < 3)
				skip("this kernel has no unix sockets");
			note("without pass: this kernel has no unix sockets");
			continue;
		}
		arena->ops[arena->nr_ops++] = ops[i];
		if (ops[i] == &op_map)
			open_mapped();
	}
}

void run_race(const struct op *const *ops, unsigned int nr_ops,
	      unsigned int nr_workers, const struct mode *mode)
{
	struct worker workers[MAX_WORKERS];
	unsigned int channels;
	int64_t start;

	need_hypercalls();
	set_comm(COMM);
	expect_irqs(0, "before the race");
	channels = xen_channels();
	arena_open(mode);
	choose_ops(ops, nr_ops);
	hire(workers, nr_workers);
	processes_left = mode->processes;
	start_workers(workers, nr_workers, mode->processes);
	start = now_ms();
	let_them_race();
	stop_the_race();
	note_counts(mode, nr_workers, now_ms() - start);
	arena_end_guests();
	expect_irqs(ENDS, "of the survivors");
	expect_survivors();
	ledger_settle();
	arena_close();
	expect_irqs(0, "after the race");
	expect_channels(channels);
}
