/* SPDX-License-Identifier: GPL-2.0 */
/* A libxenvchan and what goes over it; any surprise ends the program. */
#ifndef TOOLSTACK_VCHAN_H
#define TOOLSTACK_VCHAN_H

#include <stdbool.h>

#include <libxenvchan.h>

/* What waits for an event, and so may never come back from it. */
enum way { WAIT, POLL, SELECT, RECV, WAYS };

struct channel {
	struct libxenvchan *vchan;
	bool server;
	enum way way;
	unsigned int waits;
};

void check(bool ok, const char *what);

void channel_open(struct channel *channel, bool server, int domid,
		  const char *path);
/* Waits once for an event, and takes it. */
void channel_wait(struct channel *channel);

/* Data both ways: in turns, or both at once if the way is POLL or SELECT. */
void channel_exchange(struct channel *channel);

/* Says when it sleeps, and when it was told that the other side has gone. */
void channel_outlive(struct channel *channel);

#endif
