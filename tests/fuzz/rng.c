// SPDX-License-Identifier: GPL-2.0
/* Random numbers: Sebastiano Vigna's splitmix64. */
#include "fuzz.h"

static uint64_t state;

void rng_seed(uint64_t seed)
{
	state = seed;
}

uint64_t rng_next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

unsigned int below(unsigned int n)
{
	return (unsigned int)((rng_next() >> 32) * n >> 32);
}

bool chance(unsigned int percent)
{
	return below(100) < percent;
}
