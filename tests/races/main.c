// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-races: all that a client can do with the device, at the same time.
 *
 * usage: evtchn-races [--seed N] [--pair-ms MS] [--all-modes] [OPTION...]
 *
 * --seed N      of all random choices; printed                [20260101]
 * --pair-ms MS  how long each race lasts at least             [250]
 * --all-modes   each pair by threads, by processes and on several files; else in one
 *               of these, that the seed decides on
 *
 * and the harness's own: --list, --only PATTERN, --skip PATTERN, --verbose.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "race.h"

unsigned int race_seed = 20260101, race_ms = 250;
bool race_all_modes;

static bool number(const char *text, unsigned int *value)
{
	unsigned long got;
	char *end;

	errno = 0;
	got = strtoul(text, &end, 10);
	*value = (unsigned int)got;
	return !errno && end != text && !*end && got <= 0xffffffffUL;
}

/* Takes its own options out of the list, and leaves the harness's. */
static bool parse(int *argc, char **argv)
{
	unsigned int *value;
	int i, left = 1;

	for (i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--seed"))
			value = &race_seed;
		else if (!strcmp(argv[i], "--pair-ms"))
			value = &race_ms;
		else
			value = NULL;
		if (!strcmp(argv[i], "--all-modes"))
			race_all_modes = true;
		else if (!value)
			argv[left++] = argv[i];
		else if (++i == *argc || !number(argv[i], value))
			return false;
	}
	argv[left] = NULL;
	*argc = left;
	return true;
}

int main(int argc, char **argv)
{
	if (!parse(&argc, argv)) {
		fprintf(stderr, "usage: %s [--seed N] [--pair-ms MS] [--all-modes] [OPTION...]\n",
			argv[0]);
		return 2;
	}
	printf("# seed %u, %u ms for each race\n", race_seed, race_ms);
	fflush(stdout);
	return harness_main(argc, argv);
}
