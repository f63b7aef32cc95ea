// SPDX-License-Identifier: GPL-2.0
/* How long something takes, in instructions of the whole machine. */
#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

/*
 * QEMU with -icount shift=4: one instruction is 16 ns of the guest's time, and a tick of its
 * TSC is one.
 */
#define TICKS_PER_INSTRUCTION	16

#define LOOPS	2000

#define SETTLED_MS	200

#define PROFILED_TICKS	(6ULL * 1000 * 1000 * 1000)	/* 375 million instructions */

bool measure_profiled;

uint64_t ticks(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

void measure_settle(void)
{
	/* With nothing to run, the emulator skips the time. */
	sleep_ms(SETTLED_MS);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t middle_of(uint64_t *samples, unsigned int nr)
{
	qsort(samples, nr, sizeof(*samples), compare);
	return samples[nr / 2];
}

/* "# bench NAME CHEAPEST MIDDLE DEAREST", in hundredths of an instruction. */
void measure_samples(const char *name, uint64_t *samples, unsigned int nr,
		     unsigned int units)
{
	unsigned int i;

	EXPECT(nr > 0, "nothing was measured");
	qsort(samples, nr, sizeof(*samples), compare);
	for (i = 0; i < nr; i++)
		samples[i] = samples[i] * 100 / TICKS_PER_INSTRUCTION / units;
	note("rounds %s %llu %llu %llu", name, (unsigned long long)samples[0],
	     (unsigned long long)samples[nr / 2],
	     (unsigned long long)samples[nr - 1]);
}

void measure_value(const char *name, uint64_t value)
{
	note("bench %s %llu", name, (unsigned long long)value);
}

/* For who looks on from outside, as long as that takes; see profile.sh. */
static void run_profiled(const struct work *work)
{
	uint64_t end;

	work->run(work->arg);
	printf("XEN-EVTCHN-RIG: profile %s\n", work->name);
	fflush(stdout);
	for (end = ticks() + PROFILED_TICKS; ticks() < end;)
		work->run(work->arg);
	printf("XEN-EVTCHN-RIG: profiled %s\n", work->name);
	fflush(stdout);
}

static void run_rounds(const struct work *work, uint64_t *samples)
{
	unsigned int round, call;
	uint64_t start;

	if (measure_profiled)
		run_profiled(work);

	EXPECT(work->rounds <= MAX_ROUNDS, "%u rounds", work->rounds);
	/* The first is to fill caches: the kernel's slabs, page tables. */
	for (round = 0; round <= work->rounds; round++) {
		measure_settle();
		start = ticks();
		for (call = 0; call < work->calls; call++)
			work->run(work->arg);
		if (round)
			samples[round - 1] = ticks() - start;
	}
	measure_samples(work->name, samples, work->rounds,
			work->calls * work->units);
}

void measure_cheapest(const struct work *work)
{
	uint64_t samples[MAX_ROUNDS];

	run_rounds(work, samples);
	measure_value(work->name, samples[0] / 100);
}

void measure_middle(const struct work *work)
{
	uint64_t samples[MAX_ROUNDS];

	run_rounds(work, samples);
	measure_value(work->name, samples[work->rounds / 2] / 100);
}

/* Two instructions each time round. */
static void count_down(void *arg)
{
	unsigned int loops = *(unsigned int *)arg;

	asm volatile("1: dec %0; jnz 1b" : "+r" (loops) : : "cc");
}

TEST_CASE(clock_counts, "B00 the guest's clock is a count of instructions")
{
	unsigned int loops = LOOPS;
	struct work work = { "clock", count_down, &loops, LOOPS, 1, 25 };
	uint64_t samples[MAX_ROUNDS];

	run_rounds(&work, samples);
	EXPECT(samples[0] >= 200 && samples[0] <= 202,
	       "two instructions took %llu hundredths of one: is it QEMU with -icount shift=4?",
	       (unsigned long long)samples[0]);
}
