/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for the suites of ports that are connected to eventfds.
 */
#ifndef _TESTS_KUNIT_EVENTFD_FIXTURE_H
#define _TESTS_KUNIT_EVENTFD_FIXTURE_H

#include "ext_fixture.h"
#include "fake_eventfd.h"

#define SEND	EVTCHN_EVENTFD_SEND
#define HOLD	EVTCHN_EVENTFD_HOLD
#define REMOVE	EVTCHN_EVENTFD_REMOVE

/* As eventfd.c has it: what more comes in one jiffy is a storm. */
#define EVENTFD_STORM	max(20000 / HZ, 1)

static inline long eventfd_call(struct kunit *test, struct evtchn_file *f,
				u32 flags, u32 port, s32 fd)
{
	struct ioctl_evtchn_eventfd arg = {
		.flags = flags,
		.port = port,
		.fd = fd,
	};

	return EXT_CALL(test, f, EVENTFD, &arg);
}

/* A new eventfd that is connected to a port. */
static inline int eventfd_connect(struct kunit *test, struct evtchn_file *f,
				  u32 flags, u32 port)
{
	int fd = fake_eventfd(test, 0);

	KUNIT_ASSERT_EQ(test, eventfd_call(test, f, flags, port, fd), 0);
	return fd;
}

static inline void eventfd_remove(struct kunit *test, struct evtchn_file *f,
				  u32 flags, u32 port)
{
	KUNIT_EXPECT_EQ(test, eventfd_call(test, f, flags | REMOVE, port, -1), 0);
}

/* After the files are closed, nobody has any of the eventfds. */
static inline void eventfd_exit(struct kunit *test)
{
	fixture_exit(test);
	fake_eventfd_check_all(test);
}

#endif /* _TESTS_KUNIT_EVENTFD_FIXTURE_H */
