/* SPDX-License-Identifier: GPL-2.0 */
/* A run of one seed: its random numbers, its steps, and what it says in the end. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness.h"

/* An event that has not come after this long is lost. */
#define DEADLINE_MS	15000

#define TRACE_STEPS	20	/* shown when a run fails */
#define TRACE_LINE	240

/* rng.c: splitmix64, so that a seed means the same everywhere. */
void rng_seed(uint64_t seed);
uint64_t rng_next(void);
unsigned int below(unsigned int n);	/* 0 to n - 1 */
bool chance(unsigned int percent);

#define PICK(array)	((array)[below(ARRAY_SIZE(array))])

/* What came of a step. */
enum outcome {
	NOT_NOW,	/* nothing to do it with, and nothing was done */
	REFUSED,	/* it failed, as it had to */
	DONE,		/* it did what it is there for */
};

/* A class of steps; weight says how often it is picked. */
struct op {
	const char *name;
	unsigned int weight;
	enum outcome (*run)(void);
};

extern const struct op bind_ops[], channel_ops[], file_ops[], io_ops[];
extern const struct op ioctl_ops[], wait_ops[], timing_ops[];
/* Of the extensions; a driver that lacks them is not asked for these. */
extern const struct op status_ops[], seal_ops[], priority_ops[], affinity_ops[];
extern const struct op batch_ops[], eventfd_ops[], mapped_ops[];

#define MAX_OPS		64

/*
 * What the process that runs a seed leaves for the one that judges it, besides the
 * report; memory that both have.
 */
struct progress {
	uint64_t features;	/* EVTCHN_FEATURE_*, 0 of a driver without extensions */
	unsigned int step;
	char trace[TRACE_STEPS][TRACE_LINE];
	struct {
		unsigned int done, refused;
	} count[MAX_OPS];
};

extern struct progress *progress;

/* trace.c: one line of the trace a step; say() adds to it. */
void step_begin(unsigned int step, const char *op);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void step_show(void);
void report_print(void);

/* run.c: one seed, in the process that calls it. Leaves out what skip lists. */
struct run {
	uint64_t seed;
	unsigned int steps;
	const char *skip;
	bool verbose;
};

void run_seed(const struct run *run);
unsigned int op_count(void);
const char *op_name(unsigned int i);
bool op_skipped(unsigned int i, const char *skip);

#endif
