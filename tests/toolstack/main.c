// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-toolstack: the stock libxenvchan between two domains, and text by seed.
 *
 * usage: evtchn-toolstack text SEED BYTES
 *        evtchn-toolstack exchange|outlive|hold server|client DOMID PATH [WAY]
 *
 * text prints so many bytes of printable lines that only the seed decides. The
 * others are one side of a vchan to DOMID, that is named by PATH in xenstore:
 *
 * exchange  512 KiB each way; wait: in turns, with calls that block; poll, select:
 *           both ways at once, with calls that do not
 * outlive   sleeps until the other side gets killed, by wait, poll or recv
 * hold      waits to be killed
 *
 * Any surprise, and three minutes, end it with another status than 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"
#include "vchan.h"

#define PATIENCE_S 180

static const char *const ways[WAYS] = {
	[WAIT] = "wait", [POLL] = "poll", [SELECT] = "select", [RECV] = "recv",
};

static int usage(const char *program)
{
	fprintf(stderr,
		"Usage: %s text SEED BYTES\n"
		"       %s exchange|outlive|hold server|client DOMID PATH [wait|poll|select|recv]\n",
		program, program);
	return 2;
}

static enum way way_of(const char *name)
{
	enum way way = WAIT;

	while (way < WAYS && strcmp(ways[way], name))
		way++;
	return way;
}

static int run(const char *what, struct channel *channel)
{
	if (!strcmp(what, "exchange"))
		channel_exchange(channel);
	else if (!strcmp(what, "outlive"))
		channel_outlive(channel);
	else
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	struct channel channel = { .way = WAIT };

	if (argc == 4 && !strcmp(argv[1], "text"))
		return stream_text((unsigned int)atoi(argv[2]),
				   strtoul(argv[3], NULL, 0));
	if (argc < 5 || argc > 6 ||
	    (strcmp(argv[2], "server") && strcmp(argv[2], "client")))
		return usage(argv[0]);
	if (strcmp(argv[1], "exchange") && strcmp(argv[1], "outlive") &&
	    strcmp(argv[1], "hold"))
		return usage(argv[0]);
	if (argc == 6)
		channel.way = way_of(argv[5]);
	if (channel.way == WAYS)
		return usage(argv[0]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(PATIENCE_S);
	channel_open(&channel, !strcmp(argv[2], "server"), atoi(argv[3]),
		     argv[4]);
	return run(argv[1], &channel);
}
