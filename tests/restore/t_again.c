// SPDX-License-Identifier: GPL-2.0
/* C: the domain is restored once more. K: what the kernel had to say. */
#include "harness.h"
#include "beyond.h"
#include "checks.h"

TEST_CASE(again, "C01 this domain goes on after it is restored once more",
	  LIMIT(300))
{
	scenario_bind();
	start_clients();
	beyond_disturb();
	be_suspended("restore");
	sc->restores++;
}

TEST_CASE(again_readers, "C02 every blocked reader wakes and gets its port",
	  STOCK_FAILS("it blocks for ever"), LIMIT(60))
{
	check_clients_woke(true);
}

TEST_CASE(again_pollers,
	  "C03 poll and epoll wake with POLLIN, WAIT with its port, and SIGIO comes",
	  STOCK_FAILS("they wait for ever"), LIMIT(60))
{
	check_clients_woke(false);
}

TEST_CASE(again_notify, "C04 NOTIFY on an old port is ENOTCONN",
	  STOCK_FAILS("it says 0"))
{
	check_notify_refused();
}

TEST_CASE(again_unbind, "C05 UNBIND of old ports touches nobody who has their numbers",
	  STOCK_FAILS("it is a kernel BUG, or frees another client's irq"), LIMIT(60))
{
	struct end ends[MAX_ENDS];
	unsigned int nr = old_ends(ends), i;

	bind_fresh();
	check_numbers_reused();
	for (i = 0; i < nr; i++)
		check_unbind_once(&ends[i]);
	expect_fresh_work();
}

TEST_CASE(again_kinds, "C06 new ports of each kind can be bound")
{
	check_new_kinds();
}

TEST_CASE(again_dom0, "C07 a new channel to dom0 delivers in both directions")
{
	check_dom0();
}

TEST_CASE(after_cancelled,
	  "C08 a suspend that is cancelled after that changes nothing of it",
	  LIMIT(240))
{
	be_suspended("cancel");
	expect_fresh_work();
	EXPECT_ERR(raw_notify(fd_of(FILE_RESET), sc->few[0].a.port), ENOTCONN);
	EXPECT_RET(raw_unbind(fd_of(FILE_RESET), sc->few[0].a.port), 0);
}

TEST_CASE(no_warning, "K01 the kernel has not logged a warning",
	  STOCK_FAILS("see there"))
{
	EXPECT_EQ(note_warnings(), 0);
}
