// SPDX-License-Identifier: GPL-2.0
/* A: the domain was to be suspended, and goes on where it was. */
#include <unistd.h>

#include "harness.h"
#include "scenario.h"

/* Pairs of many that are not at rest as the domain is suspended. */
#define UNREAD		0	/* has an event that nobody has read */
#define UNWRITTEN	1	/* one that was read, and not written back */

static bool can_be_raised(const struct client *client)
{
	return client->file != FILE_VIRQ && client->file != FILE_LONE;
}

TEST_CASE(cancelled, "A01 this domain goes on after a suspend that is cancelled",
	  LIMIT(240))
{
	struct end *unwritten = &sc->many[UNWRITTEN].b;

	scenario_bind();
	start_clients();
	notify(&sc->many[UNWRITTEN].a);
	expect_event(unwritten);
	notify(&sc->many[UNREAD].a);
	be_suspended("cancel");
}

TEST_CASE(cancelled_blocked, "A02 clients that were blocked are blocked still")
{
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++)
		EXPECT(client_waits(&sc->clients[i]), "%s has woken",
		       client_name(&sc->clients[i]));
}

TEST_CASE(cancelled_silent, "A03 the suspend itself has queued nothing")
{
	unsigned int i;

	for (i = 0; i < NR_FILES; i++) {
		/* In these two are events of the test's own. */
		if (i != FILE_MANY && i != FILE_SPARE)
			expect_silence(fd_of(i));
	}
}

TEST_CASE(cancelled_unread, "A04 an event that was not read before is there, once")
{
	expect_event(&sc->many[UNREAD].b);
	unmask(&sc->many[UNREAD].b);
	expect_silence(fd_of(FILE_MANY));
}

TEST_CASE(cancelled_unwritten,
	  "A05 a port that was not written back is silent until it is")
{
	notify(&sc->many[UNWRITTEN].a);
	expect_silence(fd_of(FILE_MANY));
	unmask(&sc->many[UNWRITTEN].b);
	expect_event(&sc->many[UNWRITTEN].b);
	unmask(&sc->many[UNWRITTEN].b);
}

TEST_CASE(cancelled_meanwhile, "A06 an event that dom0 sent meanwhile arrives")
{
	expect_event(&sc->spare);
	unmask(&sc->spare);
}

TEST_CASE(cancelled_wake, "A07 clients that are blocked get the next event")
{
	struct client *client;
	unsigned int i;

	notify(&sc->read.a);
	notify(&sc->two[0].a);
	notify(&sc->two[1].a);
	notify(&sc->poll.a);
	notify(&sc->epoll.a);
	notify(&sc->sigio.a);
	notify(&sc->wait.a);
	notify(&sc->dom0);
	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		if (!can_be_raised(client))
			continue;
		EXPECT(client_wakes(client), "%s does not wake",
		       client_name(client));
	}
	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		EXPECT(client_got_its_own(client) || !can_be_raised(client),
		       "%s returned %d %s, and got %u", client_name(client),
		       client->ret, errno_name(client->err), client->got);
	}
}

TEST_CASE(cancelled_pairs, "A08 all channels deliver in both directions")
{
	unsigned int i;

	for (i = 0; i < NR_MANY; i++)
		expect_pair_works(&sc->many[i]);
	for (i = 0; i < NR_FEW; i++)
		expect_pair_works(&sc->few[i]);
	unmask(&sc->read.b);
	expect_pair_works(&sc->read);
}

TEST_CASE(cancelled_dom0, "A09 the channel to dom0 delivers in both directions")
{
	unmask(&sc->dom0);
	notify(&sc->dom0);
	expect_event(&sc->dom0);
	unmask(&sc->dom0);
}

TEST_CASE(cancelled_bind, "A10 new channels can be bound and unbound")
{
	struct pair p;

	pair_bind(&p, file_of(FILE_NEW), file_of(FILE_NEW));
	expect_pair_works(&p);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	EXPECT_RET(raw_unbind(p.b.fd, p.b.port), 0);
}
