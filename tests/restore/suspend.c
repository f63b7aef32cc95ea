// SPDX-License-Identifier: GPL-2.0
/* dom0 is asked to suspend this domain; the kernel log tells when it goes on. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "proc.h"
#include "scenario.h"

#define PATIENCE_MS	150000
#define LOUDEST		4	/* KERN_WARNING */
#define MAX_NOTED	10	/* lines */

static int whole_log = -1;

static int open_log(int whence)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		perror("open /dev/kmsg");
		_exit(2);
	}
	lseek(fd, 0, whence);
	return fd;
}

/* One record, without its end; false if there is none now. */
static bool next_line(int fd, char *line, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, line, size - 1);
	} while (got < 0 && errno == EPIPE);	/* some were overwritten */
	if (got <= 0)
		return false;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool said_within(int fd, const char *what, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t end = now_ms() + ms;
	char line[1024];

	while (now_ms() < end) {
		while (next_line(fd, line, sizeof(line))) {
			if (strstr(line, what))
				return true;
		}
		poll(&pfd, 1, 500);
	}
	return false;
}

void be_suspended(const char *how)
{
	int fd = open_log(SEEK_END);

	dprintf(STDOUT_FILENO, "XEN-EVTCHN-RIG: suspend me: %s\n", how);
	EXPECT(said_within(fd, "Restarting tasks", PATIENCE_MS),
	       "this domain was not suspended within %d s",
	       PATIENCE_MS / 1000);
	/* User space runs; the last of the kernel's devices may not yet. */
	sleep_ms(500);
	close(fd);
}

void watch_kernel_log(void)
{
	whole_log = open_log(SEEK_END);
}

/* A record is "LEVEL,NUMBER,TIME,FLAGS;TEXT". */
static bool is_warning(const char *record)
{
	const char *text = strchr(record, ';');

	text = text ? text + 1 : record;
	return (atoi(record) & 7) <= LOUDEST && !kmsg_is_noise(text);
}

unsigned int note_warnings(void)
{
	unsigned int warnings = 0;
	char line[1024];

	while (next_line(whole_log, line, sizeof(line))) {
		if (is_warning(line) && warnings++ < MAX_NOTED)
			note("%s", line);
	}
	return warnings;
}

unsigned int dom0_port(bool spare)
{
	const char *ports = getenv("RESTORE_PORTS");
	unsigned int echo_port = 0, spare_port = 0, i;

	/* "E:S,E:S,...", one for each domid that this domain has in turn. */
	for (i = 0; ports && i < sc->restores; i++) {
		ports = strchr(ports, ',');
		ports = ports ? ports + 1 : NULL;
	}
	if (!ports || sscanf(ports, "%u:%u", &echo_port, &spare_port) != 2)
		fail("RESTORE_PORTS has no ports of dom0's for restore %u",
		     sc->restores);
	return spare ? spare_port : echo_port;
}
