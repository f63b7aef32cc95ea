// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of a domU's channels, in its dom0.
 *
 * usage: evtchn-echo DOMID...
 *
 * Makes three channels for each of the domids that the domU will have, one after the
 * other, and prints their ports: "ports ECHO:SPARE:LAST ECHO:SPARE:LAST ...". Each event
 * on a first channel is sent back. SIGUSR1 sends an event on each of the second ones.
 * Whether it arrives is the domU's matter: of these domains one at a time is there. An
 * event on a third one closes it.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenevtchn.h>

#define MAX_DOMAINS 8

static volatile sig_atomic_t wanted;

static void on_signal(int sig)
{
	(void)sig;
	wanted = 1;
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

struct channels {
	int echo, spare, last;
};

static struct channels channels[MAX_DOMAINS];

static bool is_last(int port)
{
	int i;

	for (i = 0; i < MAX_DOMAINS; i++)
		if (channels[i].last == port)
			return true;
	return false;
}

static void echo_one(xenevtchn_handle *xce)
{
	int port = xenevtchn_pending(xce);

	check(port >= 0, "xenevtchn_pending");
	if (is_last(port)) {
		check(!xenevtchn_unbind(xce, (evtchn_port_t)port), "xenevtchn_unbind");
		return;
	}
	check(!xenevtchn_unmask(xce, (evtchn_port_t)port), "xenevtchn_unmask");
	xenevtchn_notify(xce, (evtchn_port_t)port);
}

static int bind_for(xenevtchn_handle *xce, const char *domid)
{
	int port = xenevtchn_bind_unbound_port(xce, (uint32_t)atoi(domid));

	check(port >= 0, "xenevtchn_bind_unbound_port");
	return port;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int n = argc - 1, i;
	xenevtchn_handle *xce = xenevtchn_open(NULL, 0);
	struct pollfd pfd = { .events = POLLIN };
	sigset_t usr1, others;

	check(!!xce, "xenevtchn_open");
	check(n > 0 && n <= MAX_DOMAINS, "usage: evtchn-echo DOMID...");
	/* Taken in ppoll() alone, so that none comes just before it. */
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &others);
	sigaction(SIGUSR1, &action, NULL);

	printf("ports");
	for (i = 0; i < n; i++) {
		channels[i] = (struct channels){
			.echo = bind_for(xce, argv[i + 1]),
			.spare = bind_for(xce, argv[i + 1]),
			.last = bind_for(xce, argv[i + 1]),
		};
		printf(" %d:%d:%d", channels[i].echo, channels[i].spare,
		       channels[i].last);
	}
	printf("\n");
	fflush(stdout);

	pfd.fd = xenevtchn_fd(xce);
	for (;;) {
		int got = ppoll(&pfd, 1, NULL, &others);

		check(got >= 0 || errno == EINTR, "ppoll");
		if (got > 0)
			echo_one(xce);
		for (i = 0; wanted && i < n; i++)
			xenevtchn_notify(xce, (evtchn_port_t)channels[i].spare);
		wanted = 0;
	}
}
