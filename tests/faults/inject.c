// SPDX-License-Identifier: GPL-2.0
/* Arming the kernel's fault injection for this task, and counting what it did. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "inject.h"

#define KNOBS		"/sys/kernel/debug"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define MAKE_IT_FAIL	"/proc/thread-self/make-it-fail"

#define PLENTY		1000000000

/*
 * With fail-nth a task is not asked for anything else; what else is set here is for a
 * task with make-it-fail, and used by all modes but FAULT_ONE. Which slab
 * caches can fail the init script has said.
 */
static const struct knob {
	const char *name, *value;
} knobs[] = {
	{ "failslab/ignore-gfp-wait", "N" },
	{ "failslab/cache-filter", "Y" },
	{ "failslab/task-filter", "Y" },
	{ "failslab/probability", "100" },
	{ "failslab/verbose", "0" },
	{ "fail_page_alloc/ignore-gfp-wait", "N" },
	{ "fail_page_alloc/ignore-gfp-highmem", "Y" },
	{ "fail_page_alloc/min-order", "0" },
	{ "fail_page_alloc/task-filter", "Y" },
	{ "fail_page_alloc/probability", "0" },
	{ "fail_page_alloc/space", "0" },
	{ "fail_page_alloc/verbose", "0" },
	{ "fail_usercopy/verbose", "0" },
};

/* Each fault takes one off these. */
static const char *const counters[FAULT_KINDS] = {
	[FAULT_SLAB] = "failslab/times",
	[FAULT_PAGE] = "fail_page_alloc/times",
	[FAULT_COPY] = "fail_usercopy/times",
};

static bool required;
static int fail_nth = -1, make_it_fail = -1;

void require_faults(void)
{
	required = true;
}

static int open_knob(const char *name, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), KNOBS "/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	EXPECT(fd >= 0, "%s: %s", path, errno_name(errno));
	return fd;
}

static void set_knob(const char *name, const char *value)
{
	ssize_t len = (ssize_t)strlen(value);
	int fd = open_knob(name, O_WRONLY);

	EXPECT_RET(write(fd, value, (size_t)len), len);
	close(fd);
}

static void set_knob_to(const char *name, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	set_knob(name, text);
}

static unsigned int get_knob(const char *name)
{
	int fd = open_knob(name, O_RDONLY);
	char text[16] = "";

	EXPECT(read(fd, text, sizeof(text) - 1) > 0, "%s: %s", name,
	       errno_name(errno));
	close(fd);
	return (unsigned int)strtoul(text, NULL, 10);
}

static void set_knobs(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		set_knob(knobs[i].name, knobs[i].value);
	for (i = 0; i < FAULT_KINDS; i++)
		set_knob_to(counters[i], PLENTY);
}

void need_faults(void)
{
	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0 && !required)
		skip("this kernel has no fault injection");
	EXPECT(fail_nth >= 0, FAIL_NTH ": %s", errno_name(errno));
	make_it_fail = open(MAKE_IT_FAIL, O_RDWR | O_CLOEXEC);
	EXPECT(make_it_fail >= 0, MAKE_IT_FAIL ": %s", errno_name(errno));
	set_knobs();
	/* A page fault would allocate, and be what fails. */
	EXPECT_RET(mlockall(MCL_CURRENT | MCL_FUTURE), 0);
}

void fail_any_page(void)
{
	set_knob("fail_page_alloc/ignore-gfp-highmem", "N");
}

static void arm_nth(bool rest, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (rest)
		EXPECT_RET(pwrite(make_it_fail, "1", 1, 0), 1);
	EXPECT_RET(pwrite(fail_nth, text, (size_t)len, 0), len);
}

/*
 * Whether the n-th was reached. The copies in here count as well: if the next thing
 * was to fail, it is the one of the first read, which so tells that it was not
 * reached before.
 */
static bool disarm_nth(bool rest)
{
	char left[16] = "";
	bool injected;

	injected = pread(fail_nth, left, sizeof(left), 0) > 0 && !atoi(left);
	while (pwrite(fail_nth, "0", 1, 0) != 1)
		EXPECT_EQ(errno, EFAULT);
	if (rest)
		EXPECT_RET(pwrite(make_it_fail, "0", 1, 0), 1);
	return injected;
}

/* The space is what may be allocated before one fails. */
static void arm_pages(unsigned int times, unsigned int n)
{
	set_knob("failslab/probability", "0");
	set_knob("fail_page_alloc/probability", "100");
	set_knob_to("fail_page_alloc/space", n);
	set_knob_to("fail_page_alloc/times", times);
	EXPECT_RET(pwrite(make_it_fail, "1", 1, 0), 1);
}

static bool disarm_pages(unsigned int times)
{
	unsigned int failed;

	EXPECT_RET(pwrite(make_it_fail, "0", 1, 0), 1);
	failed = times - get_knob("fail_page_alloc/times");
	/* As if it had been counted down from there. */
	set_knob_to("fail_page_alloc/times", PLENTY - failed);
	set_knob("fail_page_alloc/probability", "0");
	set_knob("failslab/probability", "100");
	return failed;
}

struct outcome call_with_fault(enum fault_mode mode, unsigned int n,
			       long (*call)(void *arg), void *arg)
{
	bool pages = mode == FAULT_PAGES || mode == FAULT_PAGES_REST;
	unsigned int times = mode == FAULT_PAGES ? 1 : PLENTY;
	struct outcome out = {};
	int kind;

	for (kind = 0; kind < FAULT_KINDS; kind++)
		set_knob_to(counters[kind], PLENTY);
	if (pages)
		arm_pages(times, n);
	else
		arm_nth(mode == FAULT_REST, n);
	out.ret = call(arg);
	out.err = errno;
	if (pages)
		out.injected = disarm_pages(times);
	else
		out.injected = disarm_nth(mode == FAULT_REST);
	/* Else it was one of the disarming's own. */
	for (kind = 0; out.injected && kind < FAULT_KINDS; kind++)
		out.faults[kind] = PLENTY - get_knob(counters[kind]);
	return out;
}
