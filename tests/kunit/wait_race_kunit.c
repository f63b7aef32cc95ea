// SPDX-License-Identifier: GPL-2.0
/*
 * WAIT: several threads on one file, whose time is over just as events come.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

#define WAIT_THREADS	3
#define WAIT_PORTS	4
#define WAIT_EVENTS	1500

/**
 * struct wait_crowd - threads in WAIT on one file, most of them for a moment only
 * @ports: the ports that are raised
 * @taken: how many events of each were handed out
 * @over: the threads are to end
 */
struct wait_crowd {
	u32 ports[WAIT_PORTS];
	atomic_t taken[WAIT_PORTS];
	bool over;
};

static struct wait_crowd wait_crowd;

/* The argument stands before @buf, which has the port to re-arm as well. */
static ssize_t wait_in_crowd(struct file *file, u32 __user *buf, size_t count)
{
	struct ioctl_evtchn_wait arg = {
		.nr_ports = 1,
		.ports = (unsigned long)buf,
		.rearm = (unsigned long)buf,
	};
	/* The first is patient, so that an event may be left to it. */
	s64 longest = count == 4 ? NSEC_PER_SEC : 40 * NSEC_PER_USEC;
	unsigned int n = 0, i;
	u32 port;
	long rc;

	while (!READ_ONCE(wait_crowd.over)) {
		arg.timeout = longest * (n++ % 16 + 1) / 16;
		if (copy_to_user(buf - 16, &arg, sizeof(arg)))
			return -EIO;
		rc = evtchn_fops.unlocked_ioctl(file, IOCTL_EVTCHN_WAIT,
						(unsigned long)(buf - 16));
		if (rc < 0)
			return rc;
		arg.nr_rearm = rc;
		if (!rc)
			continue;
		if (get_user(port, buf))
			return -EIO;
		for (i = 0; i < WAIT_PORTS; i++) {
			if (wait_crowd.ports[i] == port)
				atomic_inc(&wait_crowd.taken[i]);
		}
	}
	return 0;
}

static bool wait_taken(int i, unsigned int count)
{
	unsigned long end = jiffies + FIXTURE_LONG;

	while (atomic_read(&wait_crowd.taken[i]) != count) {
		if (time_after(jiffies, end))
			return false;
		cond_resched();
	}
	return true;
}

/* Each event is handed out once, and nobody sleeps while one is pending. */
static void wait_concurrent(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 __user *buf = user_memory(test, PAGE_SIZE);
	struct reader *r[WAIT_THREADS];
	unsigned int n, i;

	memset(&wait_crowd, 0, sizeof(wait_crowd));
	for (i = 0; i < WAIT_PORTS; i++)
		wait_crowd.ports[i] = fixture_bind_unbound(test, fx->f);
	for (i = 0; i < WAIT_THREADS; i++)
		r[i] = reader_start_by(test, wait_in_crowd, fx->file[0],
				       buf + 32 * (i + 1), i + 4);

	for (n = 0; n < WAIT_EVENTS; n++) {
		fake_raise(wait_crowd.ports[n % WAIT_PORTS]);
		udelay(n % 64);
		if (n >= WAIT_PORTS - 1 &&
		    !wait_taken((n + 1) % WAIT_PORTS, (n + 1) / WAIT_PORTS)) {
			KUNIT_FAIL(test, "nobody takes event %u", n);
			break;
		}
	}
	for (i = 0; i < WAIT_PORTS; i++)
		KUNIT_EXPECT_TRUE(test, wait_taken(i, (n + WAIT_PORTS - 1 - i) /
						      WAIT_PORTS));
	WRITE_ONCE(wait_crowd.over, true);
	for (i = 0; i < WAIT_THREADS; i++) {
		KUNIT_ASSERT_TRUE(test, reader_done(r[i], FIXTURE_LONG));
		KUNIT_EXPECT_EQ(test, r[i]->rc, 0);
	}
	FIXTURE_EXPECT_NOTHING_PENDING(test, fx->f);
}

static struct kunit_case wait_race_cases[] = {
	KUNIT_CASE(wait_concurrent),
	{}
};

static struct kunit_suite wait_race_suite = {
	.name = "xen_evtchn_wait_race",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = wait_race_cases,
};

kunit_test_suite(wait_race_suite);
