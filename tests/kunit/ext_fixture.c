// SPDX-License-Identifier: GPL-2.0
/*
 * Commands beyond the stock ABI, as a client calls them.
 */

#include <kunit/test.h>

#include <linux/uaccess.h>

#include "ext_fixture.h"

long ext_call(struct kunit *test, struct evtchn_file *f, unsigned int cmd,
	      void *arg)
{
	void __user *memory = user_memory(test, PAGE_SIZE);
	struct fixture *fx = test->priv;
	struct file *file = fx->file[f == fx->g];
	size_t size = _IOC_SIZE(cmd);
	long rc;

	KUNIT_ASSERT_EQ(test, copy_to_user(memory, arg, size), 0);
	rc = evtchn_fops.unlocked_ioctl(file, cmd, (unsigned long)memory);
	KUNIT_ASSERT_EQ(test, copy_from_user(arg, memory, size), 0);
	return rc;
}

/* What STATUS says of a port. */
struct ioctl_evtchn_status ext_status(struct kunit *test, struct evtchn_file *f,
				      u32 port)
{
	struct ioctl_evtchn_status status = { .port = port };

	KUNIT_ASSERT_EQ(test, EXT_CALL(test, f, STATUS, &status), 0);
	return status;
}

u32 ext_bind_interdomain(struct kunit *test, struct evtchn_file *f, u16 domid,
			 u32 remote_port)
{
	struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_INTERDOMAIN,
		.remote_domain = domid,
		.remote_port = remote_port,
	};
	int port = fixture_bind(f, &ch);

	KUNIT_ASSERT_GT(test, port, 0);
	return port;
}
