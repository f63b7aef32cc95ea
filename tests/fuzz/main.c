// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-fuzz: random steps over /dev/xen/evtchn, checked against a model; see
 * README.md. Each seed runs in a process of its own, is a test, and can be had again
 * by its number.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "model.h"
#include "observe.h"

#define STALL_MS	120000	/* no step takes longer, or it hangs */
#define MAX_FAILURES	3

struct options {
	struct run run;
	unsigned long seconds;
	unsigned int seeds;
	bool list;
};

/* The channels that were open before the first seed; see sweep(). */
static bool *known;

static void *shared(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return at;
}

static void look(bool *open)
{
	struct evtchn_status status;
	unsigned int port;

	for (port = 1; port < MAX_PORTS && xen_try_status(port, &status); port++)
		open[port] = status.status != EVTCHNSTAT_closed;
}

static void look_first(void)
{
	look(known);
}

/*
 * A seed that failed leaves channels that it made behind the driver's back, and for a
 * moment a child with a file open.
 */
static void sweep(void)
{
	static bool open[MAX_PORTS];
	struct irq_count counts[NR_FILES];
	unsigned int port, slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		do {
			sleep_ms(10);
			observe_counts(counts);
		} while (counts[slot].irqs);
	}
	look(open);
	for (port = 1; port < MAX_PORTS; port++)
		if (open[port] && !known[port])
			xen_close(port);
}

/* Whether it came to its end: nothing failed, and nothing had to be skipped. */
static bool in_child(void (*run)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		run();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && !status &&
	       report->verdict == NONE;
}

/* Whether it ended; it is killed if its steps do not go on. */
static bool await(pid_t pid, int *status)
{
	int64_t since = now_ms();
	unsigned int step = 0;

	while (!waitpid(pid, status, WNOHANG)) {
		if (progress->step != step) {
			step = progress->step;
			since = now_ms();
		}
		if (now_ms() - since > STALL_MS) {
			note("no step for %d s: it hangs", STALL_MS / 1000);
			kill(pid, SIGKILL);
			since = now_ms() + STALL_MS;
		}
		sleep_ms(20);
	}
	return WIFEXITED(*status) && !WEXITSTATUS(*status);
}

static bool test_seed(const struct run *run, unsigned int nr)
{
	int64_t start = now_ms();
	int status = 0;
	bool passed;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	memset(progress->trace, 0, sizeof(progress->trace));
	progress->step = 0;
	pid = fork();
	if (!pid) {
		run_seed(run);
		_exit(0);
	}
	passed = pid > 0 && await(pid, &status) && report->verdict == NONE;
	if (WIFSIGNALED(status))
		note("killed by signal %d (%s)", WTERMSIG(status),
		     strsignal(WTERMSIG(status)));
	printf("%sok %u - seed %llu: %u steps\n", passed ? "" : "not ", nr,
	       (unsigned long long)run->seed, run->steps);
	if (passed) {
		printf("# seed %llu took %lld ms\n",
		       (unsigned long long)run->seed,
		       (long long)(now_ms() - start));
	} else {
		printf("# in step %u; again: --seed %llu --steps %u\n",
		       progress->step, (unsigned long long)run->seed, run->steps);
		report_print();
		in_child(sweep);
	}
	fflush(stdout);
	return passed;
}

/* A kind of step that never did what it is there for tests nothing. */
static bool test_kinds(const char *skip, unsigned int nr)
{
	unsigned int i, done, n = op_count(), missing = 0;

	for (i = 0; i < n; i++)
		missing += !progress->count[i].done && !op_skipped(i, skip);
	printf("%sok %u - each kind of step was done\n", missing ? "not " : "",
	       nr);
	for (i = 0; i < n; i++) {
		done = progress->count[i].done;
		if (!op_skipped(i, skip))
			printf("# %-18s %6u done %6u refused%s\n", op_name(i),
			       done, progress->count[i].refused,
			       done ? "" : "  <- never done");
	}
	return !missing;
}

static int run_seeds(const struct options *opt)
{
	int64_t end = now_ms() + (int64_t)opt->seconds * 1000;
	struct run run = opt->run;
	unsigned int nr = 0, failures = 0;
	bool more = true;

	printf("TAP version 13\n");
	while (more && failures < MAX_FAILURES) {
		if (!test_seed(&run, ++nr))
			failures++;
		run.seed++;
		more = opt->seconds ? now_ms() < end : nr < opt->seeds;
	}
	if (nr > 1 && !failures && !test_kinds(run.skip, ++nr))
		failures++;
	printf("1..%u\n", nr);
	return failures ? 1 : 0;
}

static int usage(const char *program, FILE *to)
{
	fprintf(to,
		"Usage: %s [OPTION]...\n"
		"Random steps over /dev/xen/evtchn, checked against a model.\n\n"
		"  --seed N       the first seed [1]\n"
		"  --seeds N      so many of them [1]\n"
		"  --seconds N    instead of that, start new ones for so long\n"
		"  --steps N      of each seed [1000]\n"
		"  --skip OPS     leave out these kinds of steps, divided by commas\n"
		"  --list         print their names\n"
		"  --verbose      print each step\n", program);
	return to == stderr ? 2 : 0;
}

static bool number(unsigned long long *value)
{
	char *end;

	errno = 0;
	*value = strtoull(optarg, &end, 0);
	return *optarg && !*end && !errno;
}

static bool parse(int c, struct options *opt)
{
	unsigned long long value = 0;

	if (strchr("snSt", c) && !number(&value))
		return false;
	switch (c) {
	case 's':
		opt->run.seed = value;
		return true;
	case 'n':
		opt->seeds = (unsigned int)value;
		return value > 0;
	case 'S':
		opt->seconds = (unsigned long)value;
		return value > 0;
	case 't':
		opt->run.steps = (unsigned int)value;
		return true;
	case 'k':
		opt->run.skip = optarg;
		return true;
	case 'l':
		opt->list = true;
		return true;
	case 'v':
		opt->run.verbose = true;
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seeds", required_argument, NULL, 'n' },
		{ "seconds", required_argument, NULL, 'S' },
		{ "steps", required_argument, NULL, 't' },
		{ "skip", required_argument, NULL, 'k' },
		{ "list", no_argument, NULL, 'l' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	struct options opt = { .run = { .seed = 1, .steps = 1000 }, .seeds = 1 };
	unsigned int i;
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'h')
			return usage(argv[0], stdout);
		if (!parse(c, &opt))
			return usage(argv[0], stderr);
	}
	if (optind != argc)
		return usage(argv[0], stderr);
	for (i = 0; opt.list && i < op_count(); i++)
		printf("%s\n", op_name(i));
	if (opt.list)
		return 0;
	report = shared(sizeof(*report));
	progress = shared(sizeof(*progress));
	known = shared(MAX_PORTS * sizeof(*known));
	if (!in_child(look_first)) {
		printf("Bail out! Xen can not be asked by privcmd\n");
		report_print();
		return 1;
	}
	return run_seeds(&opt);
}
