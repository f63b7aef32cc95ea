// SPDX-License-Identifier: GPL-2.0
/* Asking uname(2), reading /proc/interrupts and /dev/kmsg, loading modules. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "proc.h"

#define LOGLEVEL_WARNING	4

bool linux_at_least(long major, long minor)
{
	struct utsname name;
	long got;
	char *end;

	EXPECT_RET(uname(&name), 0);
	got = strtol(name.release, &end, 10);
	EXPECT(*end == '.', "kernel release %s", name.release);
	if (got != major)
		return got > major;
	return strtol(end + 1, NULL, 10) >= minor;
}

void set_comm(const char *comm)
{
	EXPECT_RET(prctl(PR_SET_NAME, comm), 0);
}

static unsigned long sum_cpus(const char *line)
{
	const char *at = strchr(line, ':');
	unsigned long sum = 0, one;
	char *end;

	for (at = at ? at + 1 : ""; ; at = end) {
		one = strtoul(at, &end, 10);
		if (end == at || (*end && !isspace((unsigned char)*end)))
			return sum;
		sum += one;
	}
}

struct irqs irqs_of(const char *comm)
{
	FILE *file = fopen("/proc/interrupts", "re");
	struct irqs irqs = {};
	char line[512], want[64], *name;

	EXPECT(file, "/proc/interrupts: %s", errno_name(errno));
	snprintf(want, sizeof(want), "evtchn:%s", comm);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		name = strstr(line, "evtchn:");
		if (!name || strcmp(name, want))
			continue;
		irqs.lines++;
		irqs.count += sum_cpus(line);
		irqs.irq = (unsigned int)strtoul(line, NULL, 10);
		memcpy(irqs.last, line, sizeof(line));
	}
	fclose(file);
	return irqs;
}

void wait_irqs(const char *comm, unsigned long count)
{
	int64_t end = now_ms() + EVENT_MS;
	unsigned long got;

	while ((got = irqs_of(comm).count) < count) {
		EXPECT(now_ms() < end, "only %lu of %lu events came", got,
		       count);
		sleep_ms(1);
	}
	wait_handlers();	/* it is counted before it is handled */
}

bool kmsg_is_noise(const char *text)
{
	static const char *const noise[] = {
		"hrtimer: interrupt took", "clocksource: ", "workqueue: ",
		"perf: interrupt took", "sched: ",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(noise); i++)
		if (!strncmp(text, noise[i], strlen(noise[i])))
			return true;
	return false;
}

int kmsg_from_here(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		skip("no /dev/kmsg: %s", errno_name(errno));
	EXPECT_RET(lseek(fd, 0, SEEK_END), 0);
	return fd;
}

void expect_kmsg_quiet(int fd)
{
	char record[8192], *text;
	ssize_t len;
	int level;

	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EAGAIN)
			return;
		if (len < 0 && errno == EPIPE)
			continue;	/* overwritten before it was read */
		EXPECT(len > 0, "/dev/kmsg: %s", errno_name(errno));
		record[len] = '\0';
		level = atoi(record) & 7;
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		text[strcspn(text, "\n")] = '\0';
		EXPECT((level > LOGLEVEL_WARNING || kmsg_is_noise(text)) &&
		       !strstr(text, "evtchn"),
		       "the kernel logged, at level %d: %s", level, text);
	}
}

void run_module(const char *name, const char *parameters)
{
	char text[64];
	int fd;

	snprintf(text, sizeof(text), "/lib/modules/evtchn-%s.ko", name);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		skip("no module %s", text);
	EXPECT_RET(syscall(SYS_finit_module, fd, parameters, 0), 0);
	close(fd);
	snprintf(text, sizeof(text), "evtchn_%s", name);
	EXPECT_RET(syscall(SYS_delete_module, text, O_NONBLOCK), 0);
}
