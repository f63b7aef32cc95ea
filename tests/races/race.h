/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a race is made of: files, ports on them, and workers, threads of one or of
 * several processes, each of which does one operation over and over.
 */
#ifndef RACES_RACE_H
#define RACES_RACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "extension.h"
#include "mapped.h"

#define MAX_OPS		16
#define MAX_WORKERS	16
#define MAX_FILES	3
#define SURVIVORS	4	/* pairs that are bound before and live on */
#define ENDS		(2 * SURVIVORS)
#define LOOSE		16	/* ports that anybody may unbind */
#define FRESH		2	/* descriptors whose file is replaced at any time */
#define EVENTFDS	3	/* that ports are connected to */
#define MAPPED		MAX_FILES	/* the file whose ring is mapped */
#define MAPPED_ENDS	4	/* that are bound on it before and live on */
#define ELSEWHERE	(MAX_FILES + 1)	/* the file of a descriptor of FRESH */
#define LIST		64	/* numbers taken at once */

/* For whatever has to happen. */
#define DEADLINE_MS	(10000 * (int)slowness)

/* In this order; see op.until. */
enum phase {
	STARTING,
	RUNNING,
	QUIET,		/* only who waits for events goes on */
	NO_READERS,
	NO_POLLERS,
};

struct worker;

/* run() is done again and again, and says whether it has had its effect. */
struct op {
	const char *name;
	bool (*run)(struct worker *w);
	enum phase until;
};

extern const struct op op_bind, op_unbind, op_notify, op_write, op_reset;
extern const struct op op_read, op_poll, op_close, op_fork, op_pass;
extern const struct op op_eventfd, op_wait, op_map;

struct mode {
	const char *name;
	unsigned int files, processes;
};

/* The end of a channel: its port, and its place in the arena's files. */
struct port {
	unsigned int file, number;
};

/* Shared by all workers, in memory that they have in common. */
struct arena {
	const struct op *ops[MAX_OPS];
	unsigned int nr_ops;
	unsigned int files;
	/*
	 * The same numbers in each process. Those of files stay open; an alias is
	 * one of a file, too, but is closed and made anew; fresh ones are now of
	 * this file and then of that.
	 */
	int file[MAX_FILES + 1], alias[MAX_FILES + 1], fresh[FRESH];
	int eventfd[EVENTFDS];
	int post[2];			/* a socket to pass files by, or -1 */
	/* The peer of ends[i] is ends[i ^ 1]. */
	struct port ends[ENDS];
	/*
	 * With op_map there is MAPPED, and fresh ones may be mapped as well. All
	 * processes have the mapping at the same address.
	 */
	bool maps;
	struct mapping mapping;
	atomic_flag taking;		/* held by who takes from it */
	unsigned int mapped_ends[MAPPED_ENDS];
	atomic_ullong loose[LOOSE];	/* a struct port each, or 0 */
	atomic_int phase;		/* an enum phase */
	atomic_uint active[NO_POLLERS + 1];	/* workers, by op.until */
	atomic_uint tried[MAX_OPS], done[MAX_OPS];
	unsigned int readers[MAX_FILES];
};

extern struct arena *arena;

struct worker {
	const struct op *op;
	unsigned int slot;	/* of op in arena.ops */
	unsigned int home;	/* the file whose events it reads */
	unsigned int seed;
	bool child;		/* of op_fork: must not wait for long */
	unsigned int held[LIST], nr_held;	/* by op_wait, until its next turn */
	atomic_bool over;
};

/* --seed, --pair-ms, --all-modes */
extern unsigned int race_seed, race_ms;
extern bool race_all_modes;

/* race.c: the test of some operations against each other. */
void run_race(const struct op *const *ops, unsigned int nr_ops,
	      unsigned int nr_workers, const struct mode *mode);

/* process.c: starts the processes of all workers; each runs its threads. */
void start_workers(struct worker *workers, unsigned int nr,
		   unsigned int processes);
/* Those that have ended, or the test fails if one did with an error. */
unsigned int ended_workers(void);

/* arena.c */
void arena_open(const struct mode *mode);
void arena_end_guests(void);
void arena_close(void);
unsigned int pick(struct worker *w, unsigned int choices);
/* A descriptor, and the file it is of: one of the arena's, or ELSEWHERE. */
int some_fd(struct worker *w, unsigned int *file);
int fd_of(struct worker *w, unsigned int file);
/* The same, or MAPPED, whose ports only who took them writes back. */
unsigned int some_file(struct worker *w);
int any_fd(struct worker *w, unsigned int *file);
bool may_be_mapped(unsigned int file);
struct port some_loose(struct worker *w);
/* A file with a connected pair and events on it, that nobody else knows. */
int fresh_file(void);

/* ops_map.c: MAPPED, from before the race to a look at it after. */
void open_mapped(void);
void raise_mapped(void);
void end_mapped(void);

/* use.c: calls that check what they are answered, and keep the ledger. */
struct port bind_end(struct worker *w, unsigned int file);
struct port bind_end_to(struct worker *w, unsigned int file, struct port peer);
bool unbind_end(int fd, struct port port);
void let_loose(struct worker *w, struct port port);
bool notify_if_bound(int fd, unsigned int number);
int read_ports(int fd, unsigned int file, unsigned int *list, unsigned int max);
int wait_ports(int fd, unsigned int file, struct ioctl_evtchn_wait *arg,
	       bool all_bound);
bool take_mapped(unsigned int *number);
void write_ports(int fd, const unsigned int *list, unsigned int nr);

#endif
