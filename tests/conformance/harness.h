/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small TAP harness: each test runs in a process of its own under a time
 * limit, so a test that hangs or crashes is one failure and the run goes on.
 */
#ifndef CONFORMANCE_HARNESS_H
#define CONFORMANCE_HARNESS_H

#include <errno.h>
#include <stdbool.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum test_group {
	GROUP_MAIN,
	/* Known to make an in-tree kernel warn or die: on request only. */
	GROUP_HAZARD,
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

/* So many times as long as usual may things take: --slow. */
extern unsigned int slowness;

/* All of these work from a test and from the processes and threads it makes. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void expect_eq_at(const char *file, int line, const char *what,
		  long long got, long long want);
void expect_ret_at(const char *file, int line, const char *what,
		   long long got, int got_errno, long long want,
		   int want_errno);

/* The test ends as failed, with the text as its diagnostic. */
#define fail(...)	fail_at(__FILE__, __LINE__, __VA_ARGS__)

#define EXPECT(cond, ...)						\
	do {								\
		if (!(cond))						\
			fail_at(__FILE__, __LINE__, __VA_ARGS__);	\
	} while (0)

#define EXPECT_EQ(got, want)						\
	expect_eq_at(__FILE__, __LINE__, #got, (long long)(got),	\
		     (long long)(want))

/* A system or library call returns want; errno is shown if it does not. */
#define EXPECT_RET(call, want)						\
	do {								\
		long long got_;						\
									\
		errno = 0;						\
		got_ = (call);						\
		expect_ret_at(__FILE__, __LINE__, #call, got_, errno,	\
			      (want), 0);				\
	} while (0)

/* A system or library call returns -1 with this errno. */
#define EXPECT_ERR(call, want_errno)					\
	do {								\
		long long got_;						\
									\
		errno = 0;						\
		got_ = (call);						\
		expect_ret_at(__FILE__, __LINE__, #call, got_, errno,	\
			      -1, (want_errno));			\
	} while (0)

/* "ENOTCONN" for ENOTCONN; "0" for 0. */
const char *errno_name(int err);

#endif
