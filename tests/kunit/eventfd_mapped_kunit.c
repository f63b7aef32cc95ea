// SPDX-License-Identifier: GPL-2.0
/*
 * Eventfds of ports whose file is mapped.
 */

#include <kunit/test.h>

#include "eventfd_fixture.h"
#include "ring_fixture.h"

/* A number that was taken, or not, is no more the port's when its events go elsewhere. */
static void eventfd_of_mapped_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	u32 c = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = mapped_attach(test, &fx->f->ring, 8);
	int fd;
	u32 port;

	fake_raise(a);
	fake_raise(b);
	fake_raise(c);
	KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
	KUNIT_EXPECT_EQ(test, port, a);
	/* Its number was taken, and is written back by this. */
	fd = eventfd_connect(test, fx->f, 0, a);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
	/* Its number was not. */
	fd = eventfd_connect(test, fx->f, HOLD, b);
	KUNIT_EXPECT_EQ(test, fake_eventfd_count(fd), 1);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, a), 0);
	KUNIT_EXPECT_EQ(test, fixture_unbind(fx->f, b), 0);
	MAPPED_EXPECT(test, m, 0, c);
}

/* Where there is no room for the 0, nothing is done. */
static void eventfd_of_full_mapped_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 a = fixture_bind_unbound(test, fx->f);
	u32 b = fixture_bind_unbound(test, fx->f);
	struct evtchn_mapped *m = mapped_attach(test, &fx->f->ring, 2);
	int fd = fake_eventfd(test, 0);

	fake_raise(a);
	fake_raise(b);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, a, fd), -ENOBUFS);
	KUNIT_EXPECT_EQ(test, fake_eventfd_refs(fd), 1);
	MAPPED_EXPECT(test, m, a, b);
	KUNIT_EXPECT_EQ(test, eventfd_call(test, fx->f, 0, a, fd), 0);
	KUNIT_EXPECT_FALSE(test, fake_is_masked(a));
}

static struct kunit_case eventfd_mapped_cases[] = {
	KUNIT_CASE(eventfd_of_mapped_file),
	KUNIT_CASE(eventfd_of_full_mapped_file),
	{}
};

static struct kunit_suite eventfd_mapped_suite = {
	.name = "xen_evtchn_eventfd_mapped",
	.init = fixture_init,
	.exit = eventfd_exit,
	.test_cases = eventfd_mapped_cases,
};

kunit_test_suite(eventfd_mapped_suite);
