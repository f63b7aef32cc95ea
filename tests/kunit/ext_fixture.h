/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for the suites of the commands beyond the stock ABI.
 */
#ifndef _TESTS_KUNIT_EXT_FIXTURE_H
#define _TESTS_KUNIT_EXT_FIXTURE_H

#include <linux/ioctl.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

/* A command with an argument in the caller's memory, where it is again after it. */
#define EXT_CALL(test, f, cmd, arg) \
	ext_call(test, f, IOCTL_EVTCHN_##cmd, arg)

long ext_call(struct kunit *test, struct evtchn_file *f, unsigned int cmd,
	      void *arg);
struct ioctl_evtchn_status ext_status(struct kunit *test, struct evtchn_file *f,
				      u32 port);
u32 ext_bind_interdomain(struct kunit *test, struct evtchn_file *f, u16 domid,
			 u32 remote_port);

#endif /* _TESTS_KUNIT_EXT_FIXTURE_H */
