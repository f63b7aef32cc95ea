// SPDX-License-Identifier: GPL-2.0
/* A libxenvchan: how it comes about, and how one waits for the other side. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

#include "vchan.h"

/*
 * The server reads from a ring of two pages of its own, and writes to one of
 * 1 KiB beside the indexes: the least and the most usual kind.
 */
#define SERVER_READS	8192
#define SERVER_WRITES	1024

#define TRIES	300
#define TRY_US	100000

void check(bool ok, const char *what)
{
	if (ok)
		return;
	fflush(stdout);
	perror(what);
	exit(1);
}

static struct libxenvchan *connect_in_time(int domid, const char *path)
{
	struct libxenvchan *vchan;
	unsigned int i;

	/* The server may be about to say where it is. */
	for (i = 0; i < TRIES; i++) {
		vchan = libxenvchan_client_init(NULL, domid, path);
		if (vchan)
			return vchan;
		usleep(TRY_US);
	}
	return NULL;
}

void channel_open(struct channel *channel, bool server, int domid,
		  const char *path)
{
	struct libxenvchan *vchan;

	channel->server = server;
	if (server) {
		vchan = libxenvchan_server_init(NULL, domid, path, SERVER_READS,
						SERVER_WRITES);
		check(vchan, "libxenvchan_server_init");
		while (libxenvchan_is_open(vchan) == 2)
			check(!libxenvchan_wait(vchan), "libxenvchan_wait");
	} else {
		vchan = connect_in_time(domid, path);
		check(vchan, "libxenvchan_client_init");
	}
	check(libxenvchan_is_open(vchan) == 1, "libxenvchan_is_open");
	channel->vchan = vchan;
	printf("connected\n");
}

static void select_fd(int fd)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	check(select(fd + 1, &set, NULL, NULL, NULL) == 1, "select");
}

void channel_wait(struct channel *channel)
{
	struct pollfd pfd = {
		.fd = libxenvchan_fd_for_select(channel->vchan),
		.events = POLLIN,
	};

	if (channel->way == POLL) {
		check(poll(&pfd, 1, -1) == 1, "poll");
		check(pfd.revents == POLLIN, "revents");
	} else if (channel->way == SELECT) {
		select_fd(pfd.fd);
	}
	check(!libxenvchan_wait(channel->vchan), "libxenvchan_wait");
	channel->waits++;
}
