// SPDX-License-Identifier: GPL-2.0
/* The same suspends, by which eventfds and a mapped ring went along. */
#include "harness.h"
#include "beyond.h"
#include "checks.h"
#include "extension.h"

static void need_extensions(void)
{
	EXPECT(beyond_there(), "the driver has no extensions");
}

TEST_CASE(cancelled_beyond,
	  "A11 eventfds and a mapped ring deliver after a suspend that is cancelled",
	  NEW)
{
	need_extensions();
	beyond_expect_works();
}

TEST_CASE(restored_told,
	  "B21 each old port is put into the mapped ring, and raises its eventfd, once",
	  NEW)
{
	need_extensions();
	beyond_expect_told();
}

TEST_CASE(restored_powerless,
	  "B22 eventfds and write backs of old ports do nothing to who has their numbers",
	  NEW, LIMIT(60))
{
	need_extensions();
	bind_fresh();
	beyond_expect_powerless();
	beyond_unbind_old();
	expect_fresh_work();
	unbind_fresh();
}

TEST_CASE(restored_beyond,
	  "B23 new ports can have eventfds, and a mapped file new ports", NEW)
{
	need_extensions();
	beyond_bind();
	beyond_expect_works();
}

TEST_CASE(again_told, "C09 each old port is told of once more in the same ways", NEW)
{
	need_extensions();
	beyond_expect_told();
}

TEST_CASE(again_beyond, "C10 new ports can have eventfds, and a mapped file new ports",
	  NEW)
{
	need_extensions();
	beyond_bind();
	beyond_expect_works();
}
