// SPDX-License-Identifier: GPL-2.0
/* D14: the memory of files and ports is their client's. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

/*
 * Before 5.13 a CPU keeps what it has charged to itself until it is 128 KiB, and all
 * of that shows at once.
 */
#define PORTS		1000
#define MOST		4000
#define BYTES		40	/* a port, at the least */
#define FILES		4000
#define FILE_BYTES	100	/* what the driver has for one, at the least */
#define SETTLED_MS	(5000 * (int)slowness)	/* the kernel sums up every 2 s */
#define TRIES		3	/* if it was late by more than that */

/* A memory cgroup of the test's own, below a hierarchy that it mounts. */
static char root[64], group[80];

static bool write_to(const char *dir, const char *name, const char *text)
{
	char path[128];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

/* So that no other CPU keeps a part of what is charged. */
static void pin_to_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	EXPECT_RET(sched_setaffinity(0, sizeof(one), &one), 0);
}

/* One of the group's figures of memory.stat, -1 if there is none. */
static long figure(const char *name)
{
	char path[128], line[128], *at;
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/memory.stat", group);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file)) {
		at = strchr(line, ' ');
		if (!at)
			continue;
		*at = '\0';
		if (!strcmp(line, name))
			value = atol(at + 1);
	}
	fclose(file);
	return value;
}

static void group_remove(void)
{
	rmdir(group);
	umount2(root, MNT_DETACH);
	rmdir(root);
}

static void group_make(void)
{
	snprintf(root, sizeof(root), "/tmp/evtchn-cgroup.XXXXXX");
	EXPECT(mkdtemp(root), "mkdtemp: %s", errno_name(errno));
	if (mount("none", root, "cgroup2", 0, NULL)) {
		rmdir(root);
		skip("no cgroups: %s", errno_name(errno));
	}
	snprintf(group, sizeof(group), "%s/ports", root);
	write_to(root, "cgroup.subtree_control", "+memory");
	if (mkdir(group, 0700) || figure("slab_unreclaimable") < 0) {
		group_remove();
		skip("no cgroup that accounts for kernel memory");
	}
}

static int bind_ports(int fd, int from, int to)
{
	for (; from < to; from++)
		EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind of port %d: %s", from,
		       errno_name(errno));
	return to;
}

/* What is charged since then, as soon as that is enough, or else after the time. */
static long charged_since(long before, long enough, int ms)
{
	int64_t end = now_ms() + ms;
	long charged;

	do {
		sleep_ms(50);
		charged = figure("slab_unreclaimable") - before;
	} while (charged < enough && now_ms() < end);
	return charged;
}

static void bind_in_group(void)
{
	long before, charged;
	int fd, bound;

	EXPECT(write_to(group, "cgroup.procs", "0"), "cgroup.procs: %s",
	       errno_name(errno));
	pin_to_cpu();
	fd = raw_open(O_RDWR);
	before = figure("slab_unreclaimable");
	bound = bind_ports(fd, 0, PORTS);
	charged = charged_since(before, PORTS * BYTES, SETTLED_MS);
	while (charged < bound * BYTES && bound < MOST) {
		bound = bind_ports(fd, bound, bound + 100);
		charged = figure("slab_unreclaimable") - before;
	}
	if (charged < bound * BYTES)
		charged = charged_since(before, bound * BYTES, TRIES * SETTLED_MS);
	note("%d ports, %ld bytes", bound, charged);
	EXPECT(charged >= bound * BYTES,
	       "%d ports, but its cgroup is charged %ld bytes", bound, charged);
}

static void in_group(void (*run)(void))
{
	siginfo_t info;
	pid_t pid;

	group_make();
	pid = fork_child();
	if (pid == 0) {
		run();
		_exit(0);
	}
	EXPECT_RET(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	/* A zombie holds its cgroup no more. */
	group_remove();
	join_child(pid);
}

/* How much so many open files of a device cost the group. */
static long cost_of_files(const char *path)
{
	long before = figure("slab_unreclaimable");
	static int fds[FILES];
	long charged;
	int i;

	for (i = 0; i < FILES; i++) {
		fds[i] = open(path, O_RDWR | O_CLOEXEC);
		EXPECT(fds[i] >= 0, "%s: %s", path, errno_name(errno));
	}
	sleep_ms(SETTLED_MS);
	charged = figure("slab_unreclaimable") - before;
	for (i = 0; i < FILES; i++)
		close(fds[i]);
	return charged;
}

/* The kernel's own part of an open file is charged in any case. */
static void open_in_group(void)
{
	struct rlimit limit = { FILES + 64, FILES + 64 };
	long ours, others;
	int tries = 0;

	EXPECT(write_to(group, "cgroup.procs", "0"), "cgroup.procs: %s",
	       errno_name(errno));
	pin_to_cpu();
	EXPECT_RET(setrlimit(RLIMIT_NOFILE, &limit), 0);
	do {
		others = cost_of_files("/dev/null");
		/* What is given back comes to light no sooner than what is taken. */
		sleep_ms(SETTLED_MS);
		ours = cost_of_files(DEVICE);
		note("%d files, %ld bytes; of /dev/null %ld bytes", FILES, ours, others);
		if (ours - others >= FILES * FILE_BYTES)
			return;
		sleep_ms(SETTLED_MS);
	} while (++tries < TRIES);
	fail("%d files, but its cgroup is charged %ld bytes for them, and %ld for /dev/null",
	     FILES, ours, others);
}

TEST_CASE(charged, "D14 a client's ports are charged to its memory cgroup",
	  STOCK_FAILS("D14: they are nobody's"), LIMIT(120))
{
	in_group(bind_in_group);
}

TEST_CASE(file_charged, "D14 a client's open files are charged to its memory cgroup",
	  STOCK_FAILS("D14: they are nobody's"), LIMIT(300))
{
	in_group(open_in_group);
}
