// SPDX-License-Identifier: GPL-2.0
/* D04, D05: what happens behind the driver's back, to its channels and its irqs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"

#define IRQFIXUP	"/sys/module/spurious/parameters/irqfixup"
#define MAX_TRIES	64

/*
 * privcmd closes a channel that a file has bound, and Xen gives its number to the same
 * file again. If no port were bound to the number in the end, the event core would fail to
 * close it as the file is closed, which it takes for a bug of its own.
 */
TEST_CASE(number_again, "D04 a file that is given a number that it still has loses no other port",
	  HAZARD, STOCK_FAILS("D4: says EEXIST, and forgets the file's other ports"))
{
	xenevtchn_handle *xce = open_device();
	int kmsg = kmsg_from_here(), tries = 0;
	unsigned int old, other;
	struct pair p, again;

	pair_bind(&p, xce, xce);
	old = bind_unbound(xce);
	other = bind_unbound(xce);
	EXPECT_RET(xen_close(old), 0);
	do {
		EXPECT(++tries < MAX_TRIES, "number %u is not given out again",
		       old);
		again.a.port = bind_unbound(xce);
	} while (again.a.port != old);
	again.a.xce = xce;
	again.a.fd = xenevtchn_fd(xce);
	again.b = again.a;
	again.b.port = bind_peer(xce, again.a.port);
	expect_event(&again.b);
	unmask(&again.b);
	expect_pair_works(&again);
	expect_pair_works(&p);
	EXPECT_RET(xenevtchn_close(xce), 0);
	expect_state(p.a.port, EVTCHNSTAT_closed);
	expect_state(p.b.port, EVTCHNSTAT_closed);
	expect_state(old, EVTCHNSTAT_closed);
	expect_state(other, EVTCHNSTAT_closed);
	expect_kmsg_quiet(kmsg);
}

/*
 * The same, but another file is given the number. The event core's record of it is still
 * that of the first file, and its irq: shared by both, it would be freed twice.
 */
TEST_CASE(number_of_another, "D04 a number that another file has is EBUSY, and both go on",
	  HAZARD, STOCK_FAILS("D4: takes it, and is a kernel BUG as a file is closed"))
{
	xenevtchn_handle *owner = open_device(), *other = open_device();
	int kmsg = kmsg_from_here(), tries = 0, port;
	unsigned int old;
	struct pair p, q;

	pair_bind(&p, owner, owner);
	pair_bind(&q, other, other);
	old = bind_unbound(owner);
	EXPECT_RET(xen_close(old), 0);
	do {
		EXPECT(++tries < MAX_TRIES, "number %u is not given out again",
		       old);
		port = raw_bind_unbound(xenevtchn_fd(other), SELF);
		EXPECT(port != (int)old, "both files have number %u", old);
	} while (port >= 0);
	EXPECT_EQ(errno, EBUSY);
	EXPECT_ERR(raw_notify(xenevtchn_fd(other), old), ENOTCONN);
	EXPECT_ERR(raw_unbind(xenevtchn_fd(other), old), ENOTCONN);
	expect_pair_works(&p);
	expect_pair_works(&q);
	EXPECT_RET(xenevtchn_close(owner), 0);
	expect_state(old, EVTCHNSTAT_closed);
	expect_pair_works(&q);
	EXPECT_RET(xenevtchn_close(other), 0);
	expect_kmsg_quiet(kmsg);
}

/* Sets the kernel's parameter; returns what it was, -1 if there is none. */
static int set_irqfixup(int value)
{
	int fd = open(IRQFIXUP, O_RDWR | O_CLOEXEC), was = -1;
	char text[16] = "";

	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) > 0 && sscanf(text, "%d", &was) == 1) {
		snprintf(text, sizeof(text), "%d", value);
		if (pwrite(fd, text, strlen(text), 0) < 0)
			was = -1;
	}
	close(fd);
	return was;
}

static void drain(const struct end *end)
{
	while (readable(end->fd, SETTLE_MS)) {
		expect_event(end);
		unmask(end);
	}
}

static void expect_calls_harmless(int kmsg)
{
	struct pair idle, unread, unwritten;

	pair_open(&idle);
	pair_open(&unread);
	pair_open(&unwritten);
	notify(&unread.a);
	notify(&unwritten.a);
	expect_event(&unwritten.b);
	EXPECT(readable(unread.b.fd, EVENT_MS), "no event came");
	/* Each makes the kernel call the handlers of all shared irqs. */
	run_module("unhandled", "count=100");
	expect_event(&unread.b);
	expect_silence(unread.b.fd);
	expect_silence(unwritten.b.fd);
	unmask(&unread.b);
	unmask(&unwritten.b);
	/* An event too many is allowed, one too few is not. */
	drain(&idle.b);
	drain(&unread.b);
	drain(&unwritten.b);
	expect_pair_works(&idle);
	expect_pair_works(&unread);
	expect_pair_works(&unwritten);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(no_event, "D05 handlers called without an event, by irqfixup, make no kernel warning",
	  HAZARD, LIMIT(60),
	  STOCK_FAILS("D5: the kernel warns, for each call"))
{
	int was;
	pid_t pid;

	/* The first time the kernel may say that it does not know the module. */
	run_module("unhandled", "count=0");
	was = set_irqfixup(1);
	if (was < 0)
		skip("no " IRQFIXUP);
	pid = fork_child();
	if (pid == 0) {
		expect_calls_harmless(kmsg_from_here());
		_exit(0);
	}
	EXPECT_RET(waitid(P_PID, pid, NULL, WEXITED | WNOWAIT), 0);
	set_irqfixup(was);
	join_child(pid);
}
