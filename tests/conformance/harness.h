/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small TAP harness: each test runs in a process of its own under a time
 * limit, so a test that hangs or crashes is one failure and the run goes on.
 */
#ifndef CONFORMANCE_HARNESS_H
#define CONFORMANCE_HARNESS_H

#include <stdbool.h>

#include "report.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum test_group {
	GROUP_MAIN,
	/* Known to make an in-tree kernel warn or die: on request only. */
	GROUP_HAZARD,
	/* Of a guest that has 20,000 events in a second: on request only. */
	GROUP_FAST,
};

struct test {
	const char *name;
	void (*run)(void);
	/* Why the in-tree driver fails this one, or NULL if it passes. */
	const char *stock_fails;
	enum test_group group;
	/* Seconds until the test counts as hung; 0 stands for the default. */
	unsigned int limit;
	struct test *next;
};

#define STOCK_FAILS(reason)	.stock_fails = (reason)
#define HAZARD			.group = GROUP_HAZARD
#define FAST			.group = GROUP_FAST
#define LIMIT(seconds)		.limit = (seconds)

/*
 * TEST_CASE(function, "C07 what a user sees" [, STOCK_FAILS(...)] [, HAZARD]) { }
 * The title starts with its row of the conformance table and is unique.
 */
#define TEST_CASE(fn, title, ...)					\
	static void fn(void);						\
	static struct test fn##_test = {				\
		.name = (title), .run = (fn), ##__VA_ARGS__		\
	};								\
	__attribute__((constructor)) static void fn##_register(void)	\
	{								\
		test_register(&fn##_test);				\
	}								\
	static void fn(void)

void test_register(struct test *test);
int harness_main(int argc, char **argv);

#endif
