/* SPDX-License-Identifier: GPL-2.0 */
/* How long something takes, in instructions of the whole machine. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_ROUNDS	64

/*
 * What is measured: run(arg) does it @units times, and is itself done @calls times a round.
 */
struct work {
	const char *name;
	void (*run)(void *arg);
	void *arg;
	unsigned int units;
	unsigned int calls;
	unsigned int rounds;
};

/*
 * Two ways to make one number of the rounds. The timer interrupts now and then: of rounds
 * that are shorter than a tick the cheapest had none. Where work is put off until later
 * (memory that RCU frees), the rounds are longer than many ticks, and the middle one counts.
 */
void measure_cheapest(const struct work *work);
void measure_middle(const struct work *work);

/* For what is timed otherwise: a number for each round. */
void measure_samples(const char *name, uint64_t *samples, unsigned int nr,
		     unsigned int units);

/* The middle one, of numbers that are sorted by this. */
uint64_t middle_of(uint64_t *samples, unsigned int nr);

/* A figure that is no time: bytes, say. */
void measure_value(const char *name, uint64_t value);

uint64_t ticks(void);

/* Waits until the kernel has done what it has put off, such as freeing memory. */
void measure_settle(void);

/* Each work is done for a while before it is measured, and this said. */
extern bool measure_profiled;

#endif
