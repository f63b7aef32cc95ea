// SPDX-License-Identifier: GPL-2.0
/*
 * Two domains send each other events over the stock libxenevtchn and count them.
 *
 * usage: evtchn-pingpong serve DOMID ROUNDS
 *        evtchn-pingpong connect DOMID DATA-PORT DONE-PORT ROUNDS
 *
 * serve makes two channels for the other domain and prints their ports; connect
 * binds to them. Over the first, "data", ROUNDS events go each way in turn. Then
 * the server holds one event back, that is, does not unmask its port, while the
 * client sends BURST more; the second channel, "done", says that they were sent.
 * None may arrive before the unmask, and then exactly one.
 *
 * Each side prints what it counted, "done" last, and then keeps its channels until
 * it is killed. Any surprise, and two minutes without an event (the
 * time in which a domain boots), end it with status 1.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenevtchn.h>

#define BURST 5
#define PATIENCE_MS 120000
#define QUIET_MS 300

static xenevtchn_handle *xce;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* The port of the next event, or -1 if there is none in time. */
static int event_within(int ms)
{
	struct pollfd pfd = { .fd = xenevtchn_fd(xce), .events = POLLIN };
	int n = poll(&pfd, 1, ms);
	int port = -1;

	check(n >= 0, "poll");
	if (n) {
		port = xenevtchn_pending(xce);
		check(port >= 0, "xenevtchn_pending");
	}
	return port;
}

static void expect(int port, int wanted, const char *where)
{
	if (port == wanted)
		return;
	printf("%s: port %d instead of %d\n", where, port, wanted);
	exit(1);
}

static void await(int port, const char *where)
{
	expect(event_within(PATIENCE_MS), port, where);
}

static void unmask(int port)
{
	check(!xenevtchn_unmask(xce, port), "xenevtchn_unmask");
}

static void notify(int port)
{
	check(!xenevtchn_notify(xce, port), "xenevtchn_notify");
}

static void serve(int domid, int rounds)
{
	int data, done, i;

	data = xenevtchn_bind_unbound_port(xce, domid);
	check(data >= 0, "xenevtchn_bind_unbound_port");
	done = xenevtchn_bind_unbound_port(xce, domid);
	check(done >= 0, "xenevtchn_bind_unbound_port");
	printf("ports %d %d\n", data, done);

	for (i = 0; i < rounds; i++) {
		await(data, "ping");
		unmask(data);
		notify(data);
	}
	printf("%d events came from domain %d, %d went back\n", i, domid, i);

	await(data, "the event that is held back");
	notify(data);
	await(done, "the end of the burst");
	unmask(done);
	expect(event_within(QUIET_MS), -1, "while the port is masked");
	printf("port masked: %d more notifies, 0 events in %d ms\n",
	       BURST, QUIET_MS);

	unmask(data);
	await(data, "after the unmask");
	unmask(data);
	expect(event_within(QUIET_MS), -1, "after the held event");
	printf("port unmasked: 1 event, then 0 in %d ms\n", QUIET_MS);
	notify(data);
}

/* A channel is pending once as it is bound. */
static int connect_port(int domid, int remote)
{
	int port = xenevtchn_bind_interdomain(xce, domid, remote);

	check(port >= 0, "xenevtchn_bind_interdomain");
	if (event_within(QUIET_MS) == port)
		unmask(port);
	return port;
}

static void connect_to(int domid, int remote_data, int remote_done, int rounds)
{
	int data = connect_port(domid, remote_data);
	int done = connect_port(domid, remote_done);
	int i;

	for (i = 0; i < rounds; i++) {
		notify(data);
		await(data, "pong");
		unmask(data);
	}
	printf("%d events went to domain %d, %d came back\n", i, domid, i);

	notify(data);
	await(data, "the word that the event is held back");
	unmask(data);
	for (i = 0; i < BURST; i++)
		notify(data);
	notify(done);
	await(data, "the end");
	unmask(data);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	xce = xenevtchn_open(NULL, 0);
	check(xce, "xenevtchn_open");

	if (argc == 4 && !strcmp(argv[1], "serve")) {
		serve(atoi(argv[2]), atoi(argv[3]));
	} else if (argc == 6 && !strcmp(argv[1], "connect")) {
		connect_to(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
			   atoi(argv[5]));
	} else {
		fprintf(stderr, "usage: %s serve DOMID ROUNDS | connect DOMID DATA DONE ROUNDS\n",
			argv[0]);
		return 2;
	}
	printf("done\n");
	pause();
	return 0;
}
