// SPDX-License-Identifier: GPL-2.0
/*
 * What fdinfo says of a file, to the letter.
 */

#include <kunit/test.h>

#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "include/uapi/xen/evtchn.h"

#include "bind_types.h"
#include "fixture.h"

/* What the kernel gives the reader of a small file. */
#define FDINFO_ROOM	PAGE_SIZE
#define FDINFO_MANY	100

/* What fdinfo says of the first file, a string in m->buf, with room for so much. */
static void fdinfo_of(struct kunit *test, struct seq_file *m, size_t room)
{
	struct fixture *fx = test->priv;

	memset(m, 0, sizeof(*m));
	m->buf = kunit_kzalloc(test, room + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->buf);
	m->size = room;
	evtchn_fops.show_fdinfo(m, fx->file[0]);
}

/* All that there is; the first line is the number of the file. */
static void fdinfo_expect(struct kunit *test, const char *want)
{
	struct fixture *fx = test->priv;
	struct seq_file m;
	char file[32];

	fdinfo_of(test, &m, FDINFO_ROOM);
	snprintf(file, sizeof(file), "file:\t%u\n", fx->f->id);
	KUNIT_ASSERT_EQ(test, strncmp(m.buf, file, strlen(file)), 0);
	KUNIT_EXPECT_STREQ(test, m.buf + strlen(file), want);
}

/* The line of a port, whose irq the test need not know. */
static void fdinfo_expect_port(struct kunit *test, u32 port, const char *channel,
			       const char *counts)
{
	unsigned int irq = fake_core_irq(port);
	struct seq_file m;
	char *want;

	want = kasprintf(GFP_KERNEL, "port:\t%u %s irq %u %s\n", port, channel,
			 irq, counts);
	KUNIT_ASSERT_NOT_NULL(test, want);
	fdinfo_of(test, &m, FDINFO_ROOM);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(m.buf, want), "no line '%s' in\n%s",
			      want, m.buf);
	kfree(want);
}

static void fdinfo_of_a_fresh_file(struct kunit *test)
{
	struct fixture *fx = test->priv;

	KUNIT_EXPECT_EQ(test, fx->f->id, 0);
	fdinfo_expect(test, "restricted:\tno\nseals:\tnone\nports:\t0\n");
}

static void fdinfo_numbers_files(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 id;

	evtchn_file_join(fx->f);
	id = fx->f->id;
	KUNIT_EXPECT_NE(test, id, 0);
	evtchn_file_join(fx->g);
	evtchn_file_join(fx->f);
	KUNIT_EXPECT_EQ(test, fx->f->id, id);
	KUNIT_EXPECT_EQ(test, fx->g->id, id + 1);
	fdinfo_expect(test, "restricted:\tno\nseals:\tnone\nports:\t0\n");
}

static void fdinfo_tells_restriction_and_seals(struct kunit *test)
{
	struct fixture *fx = test->priv;

	fx->f->restrict_domid = 7;
	fx->f->seals = EVTCHN_SEAL_BIND;
	fdinfo_expect(test, "restricted:\t7\nseals:\tbind\nports:\t0\n");
	fx->f->seals = EVTCHN_SEAL_NOTIFY;
	fdinfo_expect(test, "restricted:\t7\nseals:\tnotify\nports:\t0\n");
	fx->f->seals = EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY;
	fdinfo_expect(test, "restricted:\t7\nseals:\tbind notify\nports:\t0\n");
}

static void fdinfo_tells_each_kind(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 ports[BIND_TYPES];
	struct seq_file m;
	unsigned int i;

	for (i = 0; i < BIND_TYPES; i++) {
		bind_type_prepare(&bind_types[i]);
		ports[i] = bind_type_bind(test, fx->f, &bind_types[i]);
	}
	fdinfo_expect_port(test, ports[EVTCHN_CHANNEL_UNBOUND],
			   "unbound 7 vcpu 0",
			   "armed 1 queued 0 events 0 rearms 0");
	/* Raised by Xen as it was bound. */
	fdinfo_expect_port(test, ports[EVTCHN_CHANNEL_INTERDOMAIN],
			   "interdomain 8:77 vcpu 0",
			   "armed 0 queued 1 events 1 rearms 0");
	fdinfo_expect_port(test, ports[EVTCHN_CHANNEL_VIRQ], "virq 3 vcpu 0",
			   "armed 1 queued 0 events 0 rearms 0");
	fdinfo_expect_port(test, ports[EVTCHN_CHANNEL_STATIC],
			   "interdomain 0:0 vcpu 0",
			   "armed 1 queued 0 events 0 rearms 0");

	fdinfo_of(test, &m, FDINFO_ROOM);
	KUNIT_EXPECT_TRUE(test, strstr(m.buf, "\nports:\t4\nport:\t"));
	fixture_close(test, 0);
	fake_close_foreign(BIND_STATIC_PORT);
}

static void fdinfo_follows_an_event(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_unbound(test, fx->f);
	static const char channel[] = "unbound 1 vcpu 2";

	fake_channels[port].vcpu = 2;
	fake_raise(port);
	fdinfo_expect_port(test, port, channel,
			   "armed 0 queued 1 events 1 rearms 0");
	FIXTURE_EXPECT_PENDING(test, fx->f, port);
	fdinfo_expect_port(test, port, channel,
			   "armed 0 queued 0 events 1 rearms 0");
	fixture_rearm(fx->f, port);
	fdinfo_expect_port(test, port, channel,
			   "armed 1 queued 0 events 1 rearms 1");
}

static void fdinfo_of_lost_channels(struct kunit *test)
{
	struct fixture *fx = test->priv;
	u32 port = fixture_bind_static(test, fx->f, 20);
	unsigned int irq = fake_core_irq(port);
	char want[128];

	fake_close_behind(port);
	fdinfo_expect_port(test, port, "closed - vcpu -",
			   "armed 1 queued 0 events 0 rearms 0");
	fake_restore();
	evtchn_files_restored();
	snprintf(want, sizeof(want),
		 "restricted:\tno\nseals:\tnone\nports:\t1\n"
		 "port:\t20 stale - vcpu - irq %u armed 1 queued 1 events 0 rearms 0\n",
		 irq);
	fdinfo_expect(test, want);
}

static void fdinfo_lists_each_port_once(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned int lines = 0;
	struct seq_file m;
	char line[32];
	char *at;
	u32 port;
	int i;

	for (i = 0; i < FDINFO_MANY; i++) {
		port = fixture_bind_unbound(test, fx->f);
		if (i % 3 == 0)
			KUNIT_ASSERT_EQ(test, fixture_unbind(fx->f, port), 0);
	}
	fdinfo_of(test, &m, FDINFO_MANY * 100);
	for (at = m.buf; (at = strstr(at, "port:\t")); at++)
		lines++;
	KUNIT_EXPECT_EQ(test, lines, fixture_ports(fx->f));
	for (port = 1; port <= FDINFO_MANY; port++) {
		snprintf(line, sizeof(line), "\nport:\t%u ", port);
		KUNIT_EXPECT_EQ(test, !!strstr(m.buf, line), fake_is_open(port));
	}
}

/* It is asked again then, and what would not fit is not asked for in vain. */
static void fdinfo_stops_when_there_is_no_room(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct seq_file m;
	int i;

	for (i = 0; i < FDINFO_MANY; i++)
		fixture_bind_unbound(test, fx->f);
	fdinfo_of(test, &m, 500);
	KUNIT_EXPECT_TRUE(test, seq_has_overflowed(&m));
	KUNIT_EXPECT_GT(test, fake_calls(FAKE_STATUS), 0);
	KUNIT_EXPECT_LT(test, fake_calls(FAKE_STATUS), 12);
	KUNIT_EXPECT_TRUE(test, mutex_trylock(&fx->f->bind_mutex));
	mutex_unlock(&fx->f->bind_mutex);
}

static void fdinfo_of_a_busy_file(struct kunit *test)
{
	struct fixture *fx = test->priv;
	unsigned long start, took;
	struct holder *h;
	struct seq_file m;

	fixture_bind_unbound(test, fx->f);
	fx->f->restrict_domid = 7;
	h = holder_start(test, fx->f);
	start = jiffies;
	fdinfo_expect(test, "restricted:\t7\nseals:\tnone\nports:\tbusy\n");
	took = jiffies - start;
	KUNIT_EXPECT_GE(test, took, HZ);
	KUNIT_EXPECT_LT(test, took, FIXTURE_LONG);
	holder_stop(h);
	fdinfo_of(test, &m, FDINFO_ROOM);
	KUNIT_EXPECT_TRUE(test, strstr(m.buf, "ports:\t1\nport:\t"));
}

static void fdinfo_lets_a_killed_reader_go(struct kunit *test)
{
	struct fixture *fx = test->priv;
	struct holder *h;
	unsigned long took = HZ;
	int tries;

	fixture_bind_unbound(test, fx->f);
	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_TRUE(test, fatal_signal_pending(current));
	fdinfo_expect(test, "restricted:\tno\nseals:\tnone\nports:\t1\n");
	flush_signals(current);

	h = holder_start(test, fx->f);
	/* Who waits is late by a second each time; another one if there is much other work. */
	for (tries = 0; tries < 5 && took >= HZ / 2; tries++) {
		send_sig(SIGKILL, current, 1);
		took = jiffies;
		fdinfo_expect(test, "restricted:\tno\nseals:\tnone\nports:\tbusy\n");
		took = jiffies - took;
		flush_signals(current);
	}
	KUNIT_EXPECT_LT(test, took, HZ / 2);
	disallow_signal(SIGKILL);
	holder_stop(h);
}

static struct kunit_case fdinfo_cases[] = {
	KUNIT_CASE(fdinfo_of_a_fresh_file),
	KUNIT_CASE(fdinfo_numbers_files),
	KUNIT_CASE(fdinfo_tells_restriction_and_seals),
	KUNIT_CASE(fdinfo_tells_each_kind),
	KUNIT_CASE(fdinfo_follows_an_event),
	KUNIT_CASE(fdinfo_of_lost_channels),
	KUNIT_CASE(fdinfo_lists_each_port_once),
	KUNIT_CASE(fdinfo_stops_when_there_is_no_room),
	KUNIT_CASE(fdinfo_of_a_busy_file),
	KUNIT_CASE(fdinfo_lets_a_killed_reader_go),
	{}
};

static struct kunit_suite fdinfo_suite = {
	.name = "xen_evtchn_fdinfo",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = fdinfo_cases,
};

kunit_test_suite(fdinfo_suite);
