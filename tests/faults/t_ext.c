// SPDX-License-Identifier: GPL-2.0
/* F18 to F22: the commands beyond the stock ABI, and mmap. F23, F24: one port by vectors. */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"
#include "extension.h"
#include "hypervisor.h"
#include "mapped.h"
#include "proc.h"
#include "sweep.h"

#define TIME		LIMIT(300)
#define SEGMENTS	10	/* more than the kernel has room for on the stack */
#define MAP_PAGES	5

/* End b has been read, and its next event waits for it to be written back. */
static void before_held(struct bench *bench)
{
	before_pair(bench);
	notify(&bench->other.a);
	expect_event(&bench->other.b);
	notify(&bench->other.a);
	expect_silence(bench->file.fd);
}

/* Of the port: EVTCHN_PENDING_*. */
static unsigned int pending_of(const struct end *end)
{
	return status_of(end->fd, end->port).pending;
}

#define UNTOUCHED	77

static struct evtchn_notify many[2];

static void before_many(struct bench *bench)
{
	before_pair(bench);
	many[0] = (struct evtchn_notify){ bench->other.b.port, UNTOUCHED };
	many[1] = (struct evtchn_notify){ ABSURD, UNTOUCHED };
}

static long call_many(struct bench *bench)
{
	struct ioctl_evtchn_notify_many arg = {
		.count = ARRAY_SIZE(many),
		.ports = (uintptr_t)many,
	};

	return ioctl(bench->file.fd, IOCTL_EVTCHN_NOTIFY_MANY, &arg);
}

static void failed_many(struct bench *bench)
{
	EXPECT_EQ(many[0].result, UNTOUCHED);
	EXPECT_EQ(many[1].result, UNTOUCHED);
	failed_pair(bench);
}

static void passed_many(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 1);
	EXPECT_EQ(many[0].result, 0);
	EXPECT_EQ(many[1].result, -ENOTCONN);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
}

/* The list is taken by get_user(), and the results given by put_user(). */
static const struct sweep sweep_many = {
	.what = "NOTIFY_MANY",
	.must = COPY,
	.before = before_many,
	.call = call_many,
	.failed = failed_many,
	.passed = passed_many,
	.after = after_pair,
};

TEST_CASE(notify_many, "F18 NOTIFY_MANY that fails sends nothing", TIME)
{
	begin();
	run_sweep(&sweep_many);
}

static unsigned int *wait_into;
/* How often it failed with nothing done, and with all but the ports. */
static unsigned int early, late;
/* How often STATUS says that end b was written back, before the call. */
static unsigned int rearms;

static void before_wait(struct bench *bench)
{
	before_held(bench);
	rearms = status_of(bench->other.b.fd, bench->other.b.port).rearms;
	wait_into = (unsigned int *)(void *)absent_pages();
}

static long call_wait(struct bench *bench)
{
	struct ioctl_evtchn_wait arg = {
		.nr_rearm = 1,
		.nr_notify = 1,
		.nr_ports = 1,
		.rearm = (uintptr_t)&bench->other.b.port,
		.notify = (uintptr_t)&bench->other.b.port,
		.ports = (uintptr_t)wait_into,
		.timeout = -1,
	};

	return ioctl(bench->file.fd, IOCTL_EVTCHN_WAIT, &arg);
}

/* Either its argument was not read, or it was done but for the ports. */
static void failed_wait(struct bench *bench)
{
	const struct end *end = &bench->other.b;
	bool done = status_of(end->fd, end->port).rearms != rearms;

	EXPECT_EQ(pending_of(&bench->witness.b), EVTCHN_PENDING_QUEUED);
	if (!done) {
		early++;
		EXPECT_EQ(pending_of(end), 0);
		expect_silence(bench->other.a.fd);
		return;
	}
	late++;
	wait_queued(end);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
}

static void passed_wait(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 1);
	EXPECT_EQ(*wait_into, bench->witness.b.port);
	unmask(&bench->witness.b);
	expect_event(&bench->other.b);
	unmask(&bench->other.b);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
	expect_silence(bench->file.fd);
}

static const struct sweep sweep_wait = {
	.what = "WAIT",
	.must = COPY,
	.before = before_wait,
	.call = call_wait,
	.failed = failed_wait,
	.passed = passed_wait,
	.after = after_pair,
	.takes_witness = true,
};

TEST_CASE(wait_ports, "F19 WAIT that fails leaves the events, and does nothing or all the rest",
	  TIME)
{
	begin();
	run_sweep(&sweep_wait);
	note("with nothing done %u times, without ports %u times", early, late);
	EXPECT(early && late, "it did not fail both ways");
}

static unsigned int receive_flags;

static void before_receive(struct bench *bench)
{
	bench->own = new_eventfd(0, 0);
}

static long call_receive(struct bench *bench)
{
	return raw_eventfd(bench->file.fd, receive_flags, bench->witness.b.port,
			   bench->own);
}

/* It would have gone to the eventfd. */
static void failed_receive(struct bench *bench)
{
	EXPECT(readable(bench->file.fd, 0), "the event is lost");
	expect_not_raised(bench->own);
	EXPECT_ERR(raw_eventfd(bench->file.fd, EVTCHN_EVENTFD_REMOVE,
			       bench->witness.b.port, -1), ENOENT);
}

static void passed_receive(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_raised(bench->own, 1);
	unmask(&bench->witness.b);
	notify(&bench->witness.a);
	expect_raised(bench->own, 1);
	expect_silence(bench->file.fd);
	remove_eventfd(&bench->witness.b, 0);
	unmask(&bench->witness.b);
}

static void after_own(struct bench *bench)
{
	EXPECT_RET(close(bench->own), 0);
}

static const struct sweep sweep_receive = {
	.what = "EVENTFD to receive",
	.must = SLAB | COPY,
	.before = before_receive,
	.call = call_receive,
	.failed = failed_receive,
	.passed = passed_receive,
	.after = after_own,
	.takes_witness = true,
};

TEST_CASE(eventfd_receive, "F20 EVENTFD that fails leaves the events to be read", TIME)
{
	begin();
	run_sweep(&sweep_receive);
}

TEST_CASE(eventfd_hold, "F20 so it does with HOLD", TIME)
{
	begin();
	receive_flags = EVTCHN_EVENTFD_HOLD;
	run_sweep(&sweep_receive);
}

/* What was written to it before is the first event. */
static void before_send(struct bench *bench)
{
	before_pair(bench);
	bench->own = new_eventfd(1, 0);
}

static long call_send(struct bench *bench)
{
	return raw_eventfd(bench->file.fd, EVTCHN_EVENTFD_SEND,
			   bench->other.b.port, bench->own);
}

static void failed_send(struct bench *bench)
{
	expect_silence(bench->other.a.fd);
	expect_raised(bench->own, 1);
	write_eventfd(bench->own, 1);
	failed_pair(bench);
	EXPECT_ERR(raw_eventfd(bench->file.fd,
			       EVTCHN_EVENTFD_SEND | EVTCHN_EVENTFD_REMOVE,
			       bench->other.b.port, -1), ENOENT);
}

static void passed_send(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
	expect_not_raised(bench->own);
	write_eventfd(bench->own, 1);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
	remove_eventfd(&bench->other.b, EVTCHN_EVENTFD_SEND);
}

static void after_send(struct bench *bench)
{
	after_own(bench);
	after_pair(bench);
}

static const struct sweep sweep_send = {
	.what = "EVENTFD to send",
	.must = SLAB | COPY,
	.before = before_send,
	.call = call_send,
	.failed = failed_send,
	.passed = passed_send,
	.after = after_send,
};

TEST_CASE(eventfd_send, "F21 EVENTFD that fails has no event sent", TIME)
{
	begin();
	run_sweep(&sweep_send);
}

static long call_mmap(struct bench *bench)
{
	return (long)mapped_try(bench->file.fd, MAP_PAGES, PROT_READ | PROT_WRITE,
				MAP_SHARED, 0);
}

/* A file that is not mapped is read. */
static void failed_mmap(struct bench *bench)
{
	expect_event(&bench->witness.b);
	unmask(&bench->witness.b);
	notify(&bench->witness.a);
	EXPECT(readable(bench->file.fd, EVENT_MS), "no event came");
}

/* The event has moved to the ring, and the next one goes there. */
static void passed_mmap(struct bench *bench, long ret)
{
	const struct pair *p = &bench->witness;
	struct mapping m = {
		.fd = bench->file.fd,
		.length = MAP_PAGES * (size_t)sysconf(_SC_PAGESIZE),
		.ring = (struct evtchn_mapped_ring *)ret,
	};

	mapped_expect(&m, p->b.port);
	unmask(&p->b);
	notify(&p->a);
	mapped_expect(&m, p->b.port);
	unmask(&p->b);
	mapped_expect_silence(&m);
	notify(&p->b);
	expect_event(&p->a);
	mapped_close(&m);
	EXPECT_RET(xenevtchn_close(bench->file.xce), 0);
	expect_state(p->b.port, EVTCHNSTAT_closed);
}

static const struct sweep sweep_mmap = {
	.what = "mmap",
	.must = SLAB | PAGE,
	.call = call_mmap,
	.failed = failed_mmap,
	.passed = passed_mmap,
	.takes_witness = true,
	.closes = true,
};

/* vmalloc() makes a second attempt at a page. */
static const struct sweep sweep_mmap_pages = {
	.what = "mmap",
	.must = PAGE,
	.modes = PAGES_REST,
	.call = call_mmap,
	.failed = failed_mmap,
	.passed = passed_mmap,
	.takes_witness = true,
	.closes = true,
};

TEST_CASE(mmap_ring, "F22 mmap that fails leaves the events to be read", TIME)
{
	begin();
	fail_any_page();
	run_sweep(&sweep_mmap);
	run_sweep(&sweep_mmap_pages);
}

static unsigned int cut_port;

/* Four pieces of a number, and others of nothing. */
static void cut_up(struct iovec *iov)
{
	int i;

	for (i = 0; i < SEGMENTS; i++)
		iov[i] = (struct iovec){ (char *)&cut_port + i % 4, i < 4 };
}

static long call_readv(struct bench *bench)
{
	struct iovec iov[SEGMENTS];

	cut_up(iov);
	return readv(bench->file.fd, iov, SEGMENTS);
}

static void failed_readv(struct bench *bench)
{
	EXPECT(readable(bench->file.fd, 0), "the event is lost");
}

static void passed_readv(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 4);
	EXPECT_EQ(cut_port, bench->witness.b.port);
	expect_silence(bench->file.fd);
	unmask(&bench->witness.b);
}

static const struct sweep sweep_readv = {
	.what = "readv of one port",
	.must = SLAB | COPY,
	.call = call_readv,
	.failed = failed_readv,
	.passed = passed_readv,
	.takes_witness = true,
};

TEST_CASE(readv_one, "F23 readv that fails leaves the event", TIME)
{
	begin();
	run_sweep(&sweep_readv);
}

static long call_writev(struct bench *bench)
{
	struct iovec iov[SEGMENTS];

	cut_up(iov);
	cut_port = bench->other.b.port;
	return writev(bench->file.fd, iov, SEGMENTS);
}

static void failed_writev(struct bench *bench)
{
	EXPECT_EQ(pending_of(&bench->other.b), 0);
	expect_silence(bench->file.fd);
}

static void passed_writev(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 4);
	expect_event(&bench->other.b);
	unmask(&bench->other.b);
	expect_pair_works(&bench->other);
}

static const struct sweep sweep_writev = {
	.what = "writev of one port",
	.must = SLAB | COPY,
	.before = before_held,
	.call = call_writev,
	.failed = failed_writev,
	.passed = passed_writev,
	.after = after_pair,
};

TEST_CASE(writev_one, "F24 writev that fails leaves the port masked", TIME)
{
	begin();
	run_sweep(&sweep_writev);
}
