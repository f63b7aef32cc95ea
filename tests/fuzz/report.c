// SPDX-License-Identifier: GPL-2.0
/*
 * What a run says: the trace of its last steps, and why it failed. It has the
 * functions of the conformance harness that device.c and its like fail by.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

struct report *report;

/* Of the conformance harness: its waits are long enough as they are. */
unsigned int slowness = 1;

const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "an unknown errno";
}

__attribute__((format(printf, 1, 0)))
static void add_text(const char *fmt, va_list args)
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
	add_text(fmt, args);
	va_end(args);
}

void fail_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	note("%s:%d:", file, line);
	va_start(args, fmt);
	add_text(fmt, args);
	va_end(args);
	report->failed = true;
	_exit(1);
}

/* The shared code skips where Xen can not be asked: no model without that. */
void skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_text(fmt, args);
	va_end(args);
	report->failed = true;
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
	if (got == want && (got != -1 || got_errno == want_errno))
		return;
	fail_at(file, line, "%s: expected %lld %s, got %lld %s", what, want,
		want == -1 ? errno_name(want_errno) : "", got,
		got == -1 ? errno_name(got_errno) : "");
}

static char *trace_line(void)
{
	return report->trace[report->step % TRACE_STEPS];
}

void step_begin(unsigned int step, const char *op)
{
	report->step = step;
	trace_line()[0] = '\0';
	say("%u %s:", step, op);
}

void say(const char *fmt, ...)
{
	char *line = trace_line();
	size_t len = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line + len, TRACE_LINE - len, fmt, args);
	va_end(args);
}

void step_show(void)
{
	printf("# %s\n", trace_line());
	fflush(stdout);
}

void report_print(void)
{
	char *line, *rest = report->text;
	unsigned int i;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s\n", line);
	printf("# the last steps were:\n");
	for (i = 1; i <= TRACE_STEPS; i++) {
		line = report->trace[(report->step + i) % TRACE_STEPS];
		if (*line)
			printf("#   %s\n", line);
	}
}
