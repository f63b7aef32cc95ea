/* SPDX-License-Identifier: GPL-2.0 */
/* What the processes of a test say, and how they fail. */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

#include <errno.h>
#include <stddef.h>

enum verdict { NONE, PASS, FAIL, SKIP, VERDICTS };

/* What a test's processes tell who judges it; shared memory outlives them. */
struct report {
	enum verdict verdict;
	size_t len;
	char text[8192];
};

extern struct report *report;

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
