// SPDX-License-Identifier: GPL-2.0
/* What a run says: the trace of its last steps, and why it failed. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

struct progress *progress;

static char *trace_line(void)
{
	return progress->trace[progress->step % TRACE_STEPS];
}

void step_begin(unsigned int step, const char *op)
{
	progress->step = step;
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
		line = progress->trace[(progress->step + i) % TRACE_STEPS];
		if (*line)
			printf("#   %s\n", line);
	}
}
