// SPDX-License-Identifier: GPL-2.0
/* What the processes of a test say, and how they fail. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

struct report *report;
unsigned int slowness = 1;

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "an unknown errno";
}

static void report_add(const char *fmt, va_list args)
{
	size_t room = sizeof(report->text) - report->len;
	int len;

	if (room < 2)
		return;
	len = vsnprintf(report->text + report->len, room - 1, fmt, args);
	if (len < 0)
		return;
	report->len += (size_t)len < room - 2 ? (size_t)len : room - 2;
	report->text[report->len++] = '\n';
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_add(fmt, args);
	va_end(args);
}

void skip(const char *fmt, ...)
{
	va_list args;

	/* The reason has to stand on the result line alone. */
	report->len = 0;
	va_start(args, fmt);
	report_add(fmt, args);
	va_end(args);
	report->verdict = SKIP;
	_exit(0);
}

void fail_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	note("%s:%d:", file, line);
	va_start(args, fmt);
	report_add(fmt, args);
	va_end(args);
	report->verdict = FAIL;
	_exit(1);
}

void expect_eq_at(const char *file, int line, const char *what,
		  long long got, long long want)
{
	if (got == want)
		return;
	fail_at(file, line, "%s: expected %lld, got %lld", what, want, got);
}

void expect_ret_at(const char *file, int line, const char *what,
		   long long got, int got_errno, long long want,
		   int want_errno)
{
	char expected[64], was[64];

	if (got == want && (got != -1 || got_errno == want_errno))
		return;
	snprintf(expected, sizeof(expected), "%lld%s%s", want,
		 want == -1 ? " " : "", want == -1 ? errno_name(want_errno) : "");
	snprintf(was, sizeof(was), "%lld%s%s", got, got == -1 ? " " : "",
		 got == -1 ? errno_name(got_errno) : "");
	fail_at(file, line, "%s: expected %s, got %s", what, expected, was);
}
