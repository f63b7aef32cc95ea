// SPDX-License-Identifier: GPL-2.0
/* Registration of tests, their processes and time limits, TAP output. */
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define DEFAULT_LIMIT	60	/* seconds a test may take */
#define KILL_GRACE	3	/* seconds a killed test may take to go */

struct options {
	const char *only[16], *skip[16];
	size_t nr_only, nr_skip;
	bool list, verbose, stock;
	unsigned int groups;	/* a bit for each */
};

static struct test *tests;
static struct options opt = { .groups = 1U << GROUP_MAIN };

/* The last of them asks for both that any machine can run. */
static const struct {
	const char *name;
	unsigned int groups;
} groups[] = {
	[GROUP_MAIN] = { "main", 1U << GROUP_MAIN },
	[GROUP_HAZARD] = { "hazard", 1U << GROUP_HAZARD },
	[GROUP_FAST] = { "fast", 1U << GROUP_FAST },
	{ "all", 1U << GROUP_MAIN | 1U << GROUP_HAZARD },
};

void test_register(struct test *test)
{
	struct test **at = &tests;

	/* Rows in order; within a row as they stand in the source. */
	while (*at && strncmp((*at)->name, test->name, 3) <= 0)
		at = &(*at)->next;
	test->next = *at;
	*at = test;
}

static void run_child(const struct test *test, const sigset_t *mask)
{
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	test->run();
	if (report->verdict == NONE)
		report->verdict = PASS;
	_exit(report->verdict == FAIL);
}

static bool wait_child(pid_t pid, unsigned int seconds, int *status)
{
	struct timespec tick = { .tv_nsec = 100 * 1000 * 1000 };
	struct timespec now, end;
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	for (;;) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > end.tv_sec ||
		    (now.tv_sec == end.tv_sec && now.tv_nsec > end.tv_nsec))
			return false;
		sigtimedwait(&chld, NULL, &tick);
	}
}

static void judge(int status)
{
	if (WIFSIGNALED(status)) {
		note("killed by signal %d (%s)", WTERMSIG(status),
		     strsignal(WTERMSIG(status)));
		report->verdict = FAIL;
	} else if (report->verdict == NONE) {
		note("ended with status %d and without a verdict",
		     WEXITSTATUS(status));
		report->verdict = FAIL;
	}
}

static enum verdict run_test(const struct test *test)
{
	unsigned int limit = test->limit ? test->limit : DEFAULT_LIMIT;
	sigset_t chld, old;
	int status = 0;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &old);
	pid = fork();
	if (pid == 0)
		run_child(test, &old);
	if (pid < 0) {
		note("fork: %s", errno_name(errno));
		report->verdict = FAIL;
	} else if (wait_child(pid, limit * slowness, &status)) {
		judge(status);
	} else {
		note("did not finish within %u s", limit * slowness);
		report->verdict = FAIL;
		kill(-pid, SIGKILL);
		if (!wait_child(pid, KILL_GRACE * slowness, &status))
			note("can not be killed: stuck in the kernel");
	}
	if (pid > 0)
		kill(-pid, SIGKILL);	/* what the test left behind */
	sigprocmask(SIG_SETMASK, &old, NULL);
	return report->verdict;
}

static void print_result(const struct test *test, unsigned int nr)
{
	bool known = opt.stock && test->stock_fails;
	enum verdict verdict = report->verdict;
	char *line, *rest = report->text;

	printf("%s %u - %s", verdict == FAIL ? "not ok" : "ok", nr, test->name);
	if (verdict == SKIP)
		printf(" # SKIP %s", strsep(&rest, "\n"));
	else if (verdict == FAIL && known)
		printf(" # XFAIL %s", test->stock_fails);
	putchar('\n');
	if (verdict == PASS && known)
		printf("# passes, though known to fail: %s\n",
		       test->stock_fails);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("# %s\n", line);
	fflush(stdout);
}

static long ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000 +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

static bool matches(const char *name, const char *const *patterns, size_t nr)
{
	char anywhere[256];
	size_t i;

	for (i = 0; i < nr; i++) {
		snprintf(anywhere, sizeof(anywhere), "*%s*", patterns[i]);
		if (!fnmatch(anywhere, name, FNM_CASEFOLD))
			return true;
	}
	return false;
}

static bool selected(const struct test *test)
{
	if (!(opt.groups & 1U << test->group))
		return false;
	if (opt.nr_only && !matches(test->name, opt.only, opt.nr_only))
		return false;
	return !matches(test->name, opt.skip, opt.nr_skip);
}

static int run_all(void)
{
	unsigned int nr = 0, plan = 0, total[VERDICTS] = {}, known = 0;
	struct timespec start;
	struct test *test;
	enum verdict got;

	for (test = tests; test; test = test->next)
		plan += selected(test);
	printf("TAP version 13\n1..%u\n", plan);
	fflush(stdout);
	for (test = tests; test; test = test->next) {
		if (!selected(test))
			continue;
		if (opt.verbose) {
			printf("# running: %s\n", test->name);
			fflush(stdout);
		}
		clock_gettime(CLOCK_MONOTONIC, &start);
		got = run_test(test);
		if (opt.verbose)
			note("took %ld ms", ms_since(&start));
		total[got]++;
		known += got == FAIL && opt.stock && test->stock_fails;
		print_result(test, ++nr);
	}
	printf("# Totals: pass:%u fail:%u xfail:%u xpass:0 skip:%u error:0\n",
	       total[PASS], total[FAIL] - known, known, total[SKIP]);
	if (!plan)
		fprintf(stderr, "no test has such a name\n");
	return plan && total[FAIL] == known ? 0 : 1;
}

static void list_all(void)
{
	struct test *test;

	for (test = tests; test; test = test->next) {
		if (!selected(test))
			continue;
		printf("%s%s%s%s\n", test->name,
		       test->group == GROUP_HAZARD ? " [hazard]" : "",
		       test->stock_fails ? " [in-tree fails: " : "",
		       test->stock_fails ? test->stock_fails : "");
	}
}

static int usage(const char *program, FILE *to)
{
	fprintf(to,
		"Usage: %s [OPTION]...\n"
		"Test the driver behind /dev/xen/evtchn against its contract.\n\n"
		"  --list            print the names of the tests, run none\n"
		"  --only PATTERN    only tests in whose name this shell pattern is found\n"
		"  --skip PATTERN    no tests in whose name it is; both may be repeated\n"
		"  --group GROUP     main (default), hazard (tests that make an in-tree\n"
		"                    kernel warn or die), all (of both), or fast (those of\n"
		"                    a guest that has 20,000 events in a second)\n"
		"  --driver DRIVER   ours (default) or stock: the known failures of the\n"
		"                    in-tree driver are marked XFAIL and do not count\n"
		"  --slow FACTOR     events and tests may take so many times as long\n"
		"  --verbose         print each test's name before it runs, and its time\n",
		program);
	return to == stderr ? 2 : 0;
}

static bool set_group(const char *group)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strcmp(group, groups[i].name))
			continue;
		opt.groups = groups[i].groups;
		return true;
	}
	return false;
}

static bool add_pattern(const char **patterns, size_t *nr)
{
	if (*nr == ARRAY_SIZE(opt.only))
		return false;
	patterns[(*nr)++] = optarg;
	return true;
}

static bool parse(int c)
{
	switch (c) {
	case 'l':
		opt.list = true;
		return true;
	case 'v':
		opt.verbose = true;
		return true;
	case 'o':
		return add_pattern(opt.only, &opt.nr_only);
	case 's':
		return add_pattern(opt.skip, &opt.nr_skip);
	case 'g':
		return set_group(optarg);
	case 'f':
		slowness = (unsigned int)atoi(optarg);
		return slowness >= 1 && slowness <= 100;
	case 'd':
		opt.stock = !strcmp(optarg, "stock");
		return opt.stock || !strcmp(optarg, "ours");
	default:
		return false;
	}
}

int harness_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ "skip", required_argument, NULL, 's' },
		{ "group", required_argument, NULL, 'g' },
		{ "driver", required_argument, NULL, 'd' },
		{ "slow", required_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h')
			return usage(argv[0], stdout);
		if (!parse(c))
			return usage(argv[0], stderr);
	}
	if (optind != argc)
		return usage(argv[0], stderr);
	if (opt.list) {
		list_all();
		return 0;
	}
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	return run_all();
}
