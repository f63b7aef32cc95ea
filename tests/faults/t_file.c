// SPDX-License-Identifier: GPL-2.0
/* F01: open. F07 to F10: commands on a bound port. F14 to F17: waiting, closing. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"
#include "sweep.h"

#define TIME	LIMIT(120)
#define POLLED	40	/* more than poll() has room for on the stack */

static long call_open(struct bench *bench)
{
	(void)bench;
	return open(DEVICE, O_RDWR | O_CLOEXEC);
}

static void passed_open(struct bench *bench, long ret)
{
	int fd = (int)ret, port = raw_bind_unbound(fd, SELF);

	(void)bench;
	EXPECT(port > 0, "the file can not bind: %s", errno_name(errno));
	EXPECT_RET(close(fd), 0);
	expect_state((unsigned int)port, EVTCHNSTAT_closed);
}

static const struct sweep sweep_open = {
	.what = "open",
	.must = SLAB | COPY,
	.call = call_open,
	.passed = passed_open,
};

TEST_CASE(open_file, "F01 open that fails leaves nothing", TIME)
{
	begin();
	run_sweep(&sweep_open);
}

static long call_unbind(struct bench *bench)
{
	return raw_unbind(bench->file.fd, bench->other.b.port);
}

static void passed_unbind(struct bench *bench, long ret)
{
	const struct end *end = &bench->other.b;

	EXPECT_EQ(ret, 0);
	expect_state(end->port, EVTCHNSTAT_closed);
	expect_state(bench->other.a.port, EVTCHNSTAT_unbound);
	EXPECT_ERR(raw_unbind(end->fd, end->port), ENOTCONN);
}

static const struct sweep sweep_unbind = {
	.what = "UNBIND",
	.must = COPY,
	.before = before_pair,
	.call = call_unbind,
	.failed = failed_pair,
	.passed = passed_unbind,
	.after = after_pair,
};

TEST_CASE(unbind, "F07 UNBIND that fails leaves the port bound", TIME)
{
	begin();
	run_sweep(&sweep_unbind);
}

static long call_notify(struct bench *bench)
{
	return raw_notify(bench->file.fd, bench->other.b.port);
}

static void passed_notify(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_event(&bench->other.a);
	unmask(&bench->other.a);
	expect_silence(bench->other.a.fd);
}

/* Its argument is taken by get_user(), where the kernel injects no fault (in 6.12). */
static const struct sweep sweep_notify = {
	.what = "NOTIFY",
	.before = before_pair,
	.call = call_notify,
	.failed = failed_pair,
	.passed = passed_notify,
	.after = after_pair,
};

TEST_CASE(notify_peer, "F08 NOTIFY allocates nothing, and sends", TIME)
{
	begin();
	run_sweep(&sweep_notify);
}

/* Two ports of the file are in its ring, this one and the witness. */
static void before_reset(struct bench *bench)
{
	unsigned long count;

	before_pair(bench);
	count = irqs_of(COMM).count;
	notify(&bench->other.a);
	wait_irqs(COMM, count + 1);
}

static long call_reset(struct bench *bench)
{
	return raw_reset(bench->file.fd);
}

static void passed_reset(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_silence(bench->file.fd);
	expect_pair_works(&bench->other);
}

static const struct sweep sweep_reset = {
	.what = "RESET",
	.before = before_reset,
	.call = call_reset,
	.passed = passed_reset,
	.after = after_pair,
	.takes_witness = true,
};

TEST_CASE(reset, "F09 RESET can not fail, and leaves no port deaf", TIME)
{
	begin();
	run_sweep(&sweep_reset);
}

static long call_restrict(struct bench *bench)
{
	return raw_restrict(bench->file.fd, 1);
}

static void failed_restrict(struct bench *bench)
{
	int port = raw_bind_unbound(bench->file.fd, SELF);

	EXPECT(port > 0, "the file is restricted: %s", errno_name(errno));
	EXPECT_RET(raw_unbind(bench->file.fd, (unsigned int)port), 0);
}

static void passed_restrict(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	EXPECT_ERR(raw_bind_unbound(bench->file.fd, SELF), EACCES);
}

static const struct sweep sweep_restrict = {
	.what = "RESTRICT_DOMID",
	.must = COPY,
	.call = call_restrict,
	.failed = failed_restrict,
	.passed = passed_restrict,
};

TEST_CASE(restrict_file, "F10 RESTRICT_DOMID that fails leaves the file unrestricted", TIME)
{
	begin();
	run_sweep(&sweep_restrict);
}

static long call_poll(struct bench *bench)
{
	struct pollfd pfd[POLLED];
	int i;

	for (i = 0; i < POLLED; i++)
		pfd[i] = (struct pollfd){ bench->file.fd, POLLIN, 0 };
	return poll(pfd, POLLED, 1);
}

static void passed_poll(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_pair_works(&bench->witness);
}

static const struct sweep sweep_poll = {
	.what = "poll",
	.must = SLAB | PAGE | COPY,
	.call = call_poll,
	.passed = passed_poll,
	.quiet = true,
};

TEST_CASE(poll_file, "F14 poll that fails leaves nobody queued", TIME)
{
	begin();
	run_sweep(&sweep_poll);
}

static void before_epoll(struct bench *bench)
{
	bench->own = epoll_create1(EPOLL_CLOEXEC);
	EXPECT(bench->own >= 0, "epoll_create1: %s", errno_name(errno));
}

static long call_epoll(struct bench *bench)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	return epoll_ctl(bench->own, EPOLL_CTL_ADD, bench->file.fd, &event);
}

static void passed_epoll(struct bench *bench, long ret)
{
	struct epoll_event event;

	EXPECT_EQ(ret, 0);
	notify(&bench->witness.a);
	EXPECT_RET(epoll_wait(bench->own, &event, 1, EVENT_MS), 1);
	expect_event(&bench->witness.b);
	unmask(&bench->witness.b);
	EXPECT_RET(epoll_wait(bench->own, &event, 1, SETTLE_MS), 0);
}

static void after_epoll(struct bench *bench)
{
	close(bench->own);
}

static const struct sweep sweep_epoll = {
	.what = "epoll_ctl",
	.must = SLAB | COPY,
	.before = before_epoll,
	.call = call_epoll,
	.passed = passed_epoll,
	.after = after_epoll,
};

TEST_CASE(epoll_file, "F15 epoll_ctl that fails adds nothing", TIME)
{
	begin();
	run_sweep(&sweep_epoll);
}

static bool sigio_comes(int ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	return sigtimedwait(&set, NULL, &limit) == SIGIO;
}

static void before_fasync(struct bench *bench)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	EXPECT_RET(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	/* The last pass may have left one. */
	while (sigio_comes(0))
		;
	EXPECT_RET(fcntl(bench->file.fd, F_SETOWN, getpid()), 0);
}

static long call_fasync(struct bench *bench)
{
	return fcntl(bench->file.fd, F_SETFL, O_RDWR | O_ASYNC);
}

/* It had its events as it was seen that the witness works, and no signal. */
static void failed_fasync(struct bench *bench)
{
	EXPECT_EQ(fcntl(bench->file.fd, F_GETFL) & O_ASYNC, 0);
	EXPECT(!sigio_comes(SETTLE_MS), "SIGIO came");
}

static void passed_fasync(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	while (sigio_comes(0))
		;
	expect_delivery(&bench->witness.a, &bench->witness.b);
	EXPECT(sigio_comes(EVENT_MS), "no SIGIO came");
}

static const struct sweep sweep_fasync = {
	.what = "fasync",
	.must = SLAB,
	.before = before_fasync,
	.call = call_fasync,
	.failed = failed_fasync,
	.passed = passed_fasync,
};

TEST_CASE(fasync, "F16 O_ASYNC that fails sends no signal", TIME)
{
	begin();
	run_sweep(&sweep_fasync);
}

static long call_close(struct bench *bench)
{
	return close(bench->file.fd);
}

static void passed_close(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 0);
	expect_state(bench->other.b.port, EVTCHNSTAT_closed);
	expect_state(bench->witness.b.port, EVTCHNSTAT_closed);
	expect_state(bench->other.a.port, EVTCHNSTAT_unbound);
	expect_state(bench->witness.a.port, EVTCHNSTAT_unbound);
}

static const struct sweep sweep_close = {
	.what = "close",
	.before = before_reset,
	.call = call_close,
	.passed = passed_close,
	.after = after_pair,
	.takes_witness = true,
	.closes = true,
};

TEST_CASE(close_file, "F17 close can not fail, and closes every channel", TIME)
{
	begin();
	run_sweep(&sweep_close);
}
