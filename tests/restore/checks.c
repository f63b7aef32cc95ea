// SPDX-License-Identifier: GPL-2.0
/* What holds after a restore, the first or another one. */
#include <unistd.h>

#include "harness.h"
#include "checks.h"

#define NR_AGAIN	36	/* pairs; twice as many ports reach all old numbers */

static bool is_reader(const struct client *client)
{
	return client->kind == READS;
}

void check_clients_woke(bool readers)
{
	struct client *client;
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		if (is_reader(client) != readers)
			continue;
		EXPECT(client_wakes(client), "%s does not wake",
		       client_name(client));
	}
	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		if (is_reader(client) != readers)
			continue;
		EXPECT(client_got_its_own(client),
		       "%s returned %d %s, and got %u", client_name(client),
		       client->ret, errno_name(client->err), client->got);
	}
}

void check_notify_refused(void)
{
	struct end ends[MAX_ENDS];
	unsigned int nr = old_ends(ends), i;

	for (i = 0; i < nr; i++)
		EXPECT_ERR(raw_notify(ends[i].fd, ends[i].port), ENOTCONN);
}

void check_write_ignored(void)
{
	struct end ends[MAX_ENDS];
	unsigned int nr = old_ends(ends), i;

	for (i = 0; i < nr; i++)
		EXPECT_RET(write(ends[i].fd, &ends[i].port, 4), 4);
}

void check_unbind_once(const struct end *end)
{
	EXPECT_RET(raw_unbind(end->fd, end->port), 0);
	EXPECT_ERR(raw_unbind(end->fd, end->port), ENOTCONN);
}

void check_numbers_reused(void)
{
	struct end ends[MAX_ENDS];
	unsigned int nr = old_ends(ends), reused = 0, i;

	for (i = 0; i < nr; i++)
		reused += is_fresh(ends[i].port);
	note("%u of %u old numbers are another client's now", reused, nr);
	EXPECT(reused > nr / 2, "only %u of %u old numbers were given out again",
	       reused, nr);
}

void check_holder(struct holder *holder, enum order order)
{
	unsigned int reused = 0, i;

	for (i = 0; i < 2 * NR_FEW; i++)
		reused += is_fresh(holder->ports[i]);
	EXPECT(reused, "none of its numbers is another client's now");
	EXPECT(holder_ends(holder, order), "it does not come to an end");
	EXPECT(order != ORDER_CLOSE || !holder->ret, "close: %s",
	       errno_name(holder->err));
	expect_fresh_work();
}

static void unbind_pair(const struct pair *p)
{
	check_unbind_once(&p->a);
	check_unbind_once(&p->b);
}

/* The lowest free number is given out: those of fresh, once fresh is unbound. */
void check_rebind(void)
{
	struct pair pairs[NR_AGAIN];
	unsigned int again = 0, i, j;

	unbind_fresh();
	drain(fd_of(FILE_MANY));
	for (i = 0; i < NR_AGAIN; i++) {
		pair_bind(&pairs[i], file_of(FILE_MANY), file_of(FILE_MANY));
		for (j = 0; j < NR_MANY; j++)
			again += sc->many[j].b.port == pairs[i].a.port ||
				sc->many[j].b.port == pairs[i].b.port;
	}
	note("%u numbers were given to the file again", again);
	EXPECT(again, "no number was given to the file again");
	for (i = 0; i < NR_AGAIN; i++)
		expect_pair_works(&pairs[i]);
	expect_silence(fd_of(FILE_MANY));
	for (i = 0; i < NR_AGAIN; i++)
		unbind_pair(&pairs[i]);
}

void check_new_kinds(void)
{
	xenevtchn_handle *xce = file_of(FILE_NEW);
	unsigned int virq_port, port;
	struct pair p;

	pair_bind(&p, xce, xce);
	expect_pair_works(&p);
	unbind_pair(&p);

	/* The old VIRQ's port has been unbound, or has not: it is free in Xen. */
	bind_free_virq(xce, &virq_port);
	EXPECT_RET(raw_unbind(fd_of(FILE_NEW), virq_port), 0);

	port = bind_unbound(xce);
	EXPECT_RET(raw_unbind(fd_of(FILE_NEW), port), 0);
}

void check_dom0(void)
{
	int port = xenevtchn_bind_interdomain(file_of(FILE_NEW), 0,
					      dom0_port(false));
	struct end end = { .xce = file_of(FILE_NEW), .fd = fd_of(FILE_NEW) };
	unsigned int i;

	EXPECT(port > 0, "bind_interdomain(0, %u): %s", dom0_port(false),
	       errno_name(errno));
	end.port = (unsigned int)port;
	expect_event(&end);
	unmask(&end);
	for (i = 0; i < 10; i++) {
		notify(&end);
		expect_event(&end);
		unmask(&end);
	}
	check_unbind_once(&end);
}
