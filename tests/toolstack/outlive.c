// SPDX-License-Identifier: GPL-2.0
/*
 * The other side of a libxenvchan gets killed while this one sleeps: that it is woken
 * is what gntalloc and gntdev do, who send an event over the port of the dead one
 * as its pages are unmapped.
 */
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vchan.h"

#define LOOKS	1000
#define LOOK_US	50000

/* Whether pid is in this system call, with that as its first argument. */
static bool sleeps_in(pid_t pid, long nr, unsigned long fd)
{
	unsigned long arg = 0;
	char path[64];
	long in = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	/* "running" while it is. */
	if (fscanf(file, "%ld 0x%lx", &in, &arg) != 2)
		in = -1;
	fclose(file);
	return in == nr && (nr != SYS_read || arg == fd);
}

static void watch_sleeper(const struct channel *channel)
{
	long nr = channel->way == POLL ? SYS_poll : SYS_read;
	int fd = libxenvchan_fd_for_select(channel->vchan);
	pid_t sleeper = getppid();
	unsigned int i;

	for (i = 0; i < LOOKS; i++) {
		usleep(LOOK_US);
		if (sleeps_in(sleeper, nr, (unsigned long)fd)) {
			printf("sleeps in %s\n", nr == SYS_read ? "read" : "poll");
			return;
		}
	}
	printf("does not sleep\n");
}

void channel_outlive(struct channel *channel)
{
	struct libxenvchan *vchan = channel->vchan;
	char byte;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		watch_sleeper(channel);
		fflush(stdout);
		_exit(0);
	}
	if (channel->way == RECV) {
		vchan->blocking = 1;
		check(libxenvchan_recv(vchan, &byte, 1) == -1, "libxenvchan_recv");
	} else {
		while (libxenvchan_is_open(vchan))
			channel_wait(channel);
	}
	check(!libxenvchan_is_open(vchan), "libxenvchan_is_open");
	printf("closed\n");
}
