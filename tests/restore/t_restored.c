// SPDX-License-Identifier: GPL-2.0
/* B: the domain was restored as another, and its channels are gone. */
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "beyond.h"
#include "checks.h"

#define MAX_PORTS	(4 * NR_MANY)

TEST_CASE(restored, "B01 this domain goes on after it is saved and restored",
	  LIMIT(300))
{
	unsigned int i;
	int port;

	scenario_bind();
	start_holders();
	for (i = 0; i < NR_HIGH; i++) {
		port = raw_bind_unbound(fd_of(FILE_HIGH), SELF);
		EXPECT(port > 0, "bind of port %u of %u: %s", i, NR_HIGH,
		       errno_name(errno));
		sc->high[i] = (unsigned int)port;
	}
	EXPECT_RET(raw_restrict(fd_of(FILE_RESTRICTED), 1), 0);
	start_clients();
	/* One event is unread and one port is not written back. */
	notify(&sc->many[0].a);
	expect_event(&sc->many[0].b);
	notify(&sc->many[1].a);
	beyond_disturb();
	be_suspended("restore");
	sc->restores++;
}

TEST_CASE(restored_readers, "B02 every blocked reader wakes and gets its port",
	  STOCK_FAILS("it blocks for ever"), LIMIT(60))
{
	check_clients_woke(true);
}

TEST_CASE(restored_pollers,
	  "B03 poll and epoll wake with POLLIN, WAIT with its port, and SIGIO comes",
	  STOCK_FAILS("they wait for ever"), LIMIT(60))
{
	check_clients_woke(false);
}

TEST_CASE(restored_queue, "B04 each port is handed out once",
	  STOCK_FAILS("none is"))
{
	unsigned int got[MAX_PORTS], seen[2 * NR_MANY] = { }, i, j;
	ssize_t len;

	set_nonblock(fd_of(FILE_MANY), true);
	len = read(fd_of(FILE_MANY), got, sizeof(got));
	EXPECT_EQ(len, sizeof(unsigned int) * 2 * NR_MANY);
	for (i = 0; i < 2 * NR_MANY; i++) {
		for (j = 0; j < 2 * NR_MANY; j++) {
			const struct pair *p = &sc->many[j / 2];

			seen[j] += got[i] == (j % 2 ? p->a.port : p->b.port);
		}
	}
	for (j = 0; j < 2 * NR_MANY; j++)
		EXPECT_EQ(seen[j], 1);
	expect_silence(fd_of(FILE_MANY));
}

TEST_CASE(restored_notify, "B05 NOTIFY on an old port is ENOTCONN",
	  STOCK_FAILS("it says 0"))
{
	check_notify_refused();
}

TEST_CASE(restored_write, "B06 writing an old port back is taken and does nothing")
{
	check_write_ignored();
	expect_silence(fd_of(FILE_MANY));
}

TEST_CASE(restored_reuse, "B07 another client is given old numbers, and they work",
	  LIMIT(60))
{
	bind_fresh();
	check_numbers_reused();
	expect_fresh_work();
}

TEST_CASE(restored_reuse_notify,
	  "B08 NOTIFY on an old port does not reach who has its number now",
	  STOCK_FAILS("it says 0, and the other's peer gets an event"))
{
	check_notify_refused();
	expect_silence(fd_of(FILE_OTHER));
}

TEST_CASE(restored_reuse_write,
	  "B09 writing an old port back does not unmask who has its number now",
	  LIMIT(60))
{
	struct pair *p;
	unsigned int i;

	for (i = 0; i < NR_FRESH; i++) {
		notify(&sc->fresh[i].a);
		expect_event(&sc->fresh[i].b);
		notify(&sc->fresh[i].a);
	}
	check_write_ignored();
	expect_silence(fd_of(FILE_OTHER));
	for (i = 0; i < NR_FRESH; i++) {
		p = &sc->fresh[i];
		unmask(&p->b);
		expect_event(&p->b);
		unmask(&p->b);
	}
}

/* The in-tree driver passes this, and has freed the irqs of somebody else. */
TEST_CASE(restored_unbind, "B10 UNBIND of an old port succeeds once")
{
	unsigned int i;

	for (i = 0; i < NR_MANY; i++)
		check_unbind_once(&sc->many[i].a);
	check_unbind_once(&sc->read.b);
	check_unbind_once(&sc->lone);
	check_unbind_once(&sc->virq);
	check_unbind_once(&sc->dom0);
}

TEST_CASE(restored_unbind_others, "B11 others' channels deliver after that",
	  STOCK_FAILS("their irqs were freed"), LIMIT(60))
{
	expect_fresh_work();
}

TEST_CASE(restored_unbind_high,
	  "B12 UNBIND takes an old port beyond what Xen has numbers for now",
	  STOCK_FAILS("it is EINVAL"))
{
	unsigned int i;

	for (i = NR_HIGH - 32; i < NR_HIGH; i++) {
		EXPECT(sc->high[i] > 1023, "port %u is not a high one",
		       sc->high[i]);
		EXPECT_RET(raw_unbind(fd_of(FILE_HIGH), sc->high[i]), 0);
		EXPECT_ERR(raw_notify(fd_of(FILE_HIGH), sc->high[i]), ENOTCONN);
	}
}

TEST_CASE(restored_close, "B13 closing a file with old ports hurts nobody",
	  STOCK_FAILS("it is a kernel BUG"), LIMIT(60))
{
	check_holder(&sc->holders[0], ORDER_CLOSE);
}

TEST_CASE(restored_exit, "B14 a client with old ports that ends hurts nobody",
	  STOCK_FAILS("it is a kernel BUG"), LIMIT(60))
{
	check_holder(&sc->holders[1], ORDER_EXIT);
}

TEST_CASE(restored_kill, "B15 a client with old ports that is killed hurts nobody",
	  STOCK_FAILS("it is a kernel BUG"), LIMIT(60))
{
	check_holder(&sc->holders[2], ORDER_NONE);
}

TEST_CASE(restored_reset, "B16 RESET of a file with old ports leaves it usable",
	  STOCK_FAILS("a port that is bound after all that is deaf"))
{
	unsigned int i;
	struct pair p;

	EXPECT_RET(raw_reset(fd_of(FILE_RESET)), 0);
	expect_silence(fd_of(FILE_RESET));
	pair_bind(&p, file_of(FILE_RESET), file_of(FILE_RESET));
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(fd_of(FILE_RESET)), 0);
	expect_silence(fd_of(FILE_RESET));
	expect_pair_works(&p);
	for (i = 0; i < NR_FEW; i++)
		EXPECT_ERR(raw_notify(p.a.fd, sc->few[i].a.port), ENOTCONN);
}

TEST_CASE(restored_rebind,
	  "B17 a file can be given a number again that it still has an old port of",
	  STOCK_FAILS("UNBIND is a kernel BUG"), LIMIT(60))
{
	check_rebind();
}

TEST_CASE(restored_kinds, "B18 new ports of each kind can be bound")
{
	check_new_kinds();
}

TEST_CASE(restored_dom0, "B19 a new channel to dom0 delivers in both directions")
{
	check_dom0();
}

TEST_CASE(restored_restricted, "B20 a file that was restricted still is")
{
	int fd = fd_of(FILE_RESTRICTED);

	EXPECT_ERR(raw_bind_unbound(fd, SELF), EACCES);
	EXPECT_ERR(raw_bind_interdomain(fd, 0, dom0_port(false)), EACCES);
	EXPECT_ERR(raw_restrict(fd, 1), EACCES);
}
