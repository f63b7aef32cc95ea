// SPDX-License-Identifier: GPL-2.0
/* F02 to F05: each way to bind a port. F06: what grows as ports are bound. */
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"
#include "sweep.h"

#define TIME		LIMIT(400)
#define LAST_ROW	(30 * 1024)

/*
 * A bind has many steps, and each takes up to a second in an emulated guest with
 * KASAN. So only BIND_UNBOUND_PORT is swept in both modes, and the others, which do
 * most of it alike, in one.
 */

static long call_unbound(struct bench *bench)
{
	return raw_bind_unbound(bench->file.fd, SELF);
}

static void passed_unbound(struct bench *bench, long ret)
{
	struct end end = end_of(&bench->file, (unsigned int)ret);

	expect_state(end.port, EVTCHNSTAT_unbound);
	expect_port_works(&end);
	give_up(&end);
}

static const struct sweep sweep_unbound = {
	.what = "BIND_UNBOUND_PORT",
	.must = SLAB | COPY,
	.call = call_unbound,
	.passed = passed_unbound,
};

TEST_CASE(unbound, "F02 BIND_UNBOUND_PORT that fails leaves nothing", TIME)
{
	begin();
	run_sweep(&sweep_unbound);
}

/* A file of its own beside the witness'. */
static void before_other(struct bench *bench)
{
	bench->other.a.xce = open_device();
	bench->other.a.fd = xenevtchn_fd(bench->other.a.xce);
}

static void before_interdomain(struct bench *bench)
{
	before_other(bench);
	bench->other.a.port = bind_unbound(bench->other.a.xce);
}

static long call_interdomain(struct bench *bench)
{
	return raw_bind_interdomain(bench->file.fd, SELF, bench->other.a.port);
}

static void passed_interdomain(struct bench *bench, long ret)
{
	struct pair *other = &bench->other;

	other->b = end_of(&bench->file, (unsigned int)ret);
	expect_state(other->b.port, EVTCHNSTAT_interdomain);
	expect_event(&other->b);
	unmask(&other->b);
	expect_pair_works(other);
	give_up(&other->b);
	expect_state(other->a.port, EVTCHNSTAT_unbound);
}

static void after_other(struct bench *bench)
{
	EXPECT_RET(xenevtchn_close(bench->other.a.xce), 0);
}

static const struct sweep sweep_interdomain = {
	.what = "BIND_INTERDOMAIN",
	.must = SLAB | COPY,
	.modes = REST,
	.before = before_interdomain,
	.call = call_interdomain,
	.passed = passed_interdomain,
	.after = after_other,
};

TEST_CASE(interdomain, "F03 BIND_INTERDOMAIN that fails leaves nothing, and the peer unbound",
	  TIME)
{
	begin();
	run_sweep(&sweep_interdomain);
}

static void before_virq(struct bench *bench)
{
	unsigned int port;

	if (bench->virq)
		return;
	bench->virq = bind_free_virq(bench->file.xce, &port);
	EXPECT_RET(raw_unbind(bench->file.fd, port), 0);
}

static long call_virq(struct bench *bench)
{
	return raw_bind_virq(bench->file.fd, bench->virq);
}

static void passed_virq(struct bench *bench, long ret)
{
	struct end end = end_of(&bench->file, (unsigned int)ret);

	expect_state(end.port, EVTCHNSTAT_virq);
	EXPECT_ERR(raw_notify(end.fd, end.port), EINVAL);
	give_up(&end);
}

static const struct sweep sweep_virq = {
	.what = "BIND_VIRQ",
	.must = SLAB | COPY,
	.modes = ONE,
	.before = before_virq,
	.call = call_virq,
	.passed = passed_virq,
};

TEST_CASE(virq, "F04 BIND_VIRQ that fails leaves nothing, and the VIRQ free", TIME)
{
	begin();
	run_sweep(&sweep_virq);
}

static void before_static(struct bench *bench)
{
	bench->file.port = xen_alloc_unbound();
}

static long call_static(struct bench *bench)
{
	return raw_bind_static(bench->file.fd, bench->file.port);
}

/* It is not ours, and anybody can have it. */
static void failed_static(struct bench *bench)
{
	unsigned int port = bench->file.port;
	int fd;

	if (!port) {
		before_static(bench);	/* see tolerate_close() */
		return;
	}
	fd = raw_open(O_RDWR);
	EXPECT_ERR(raw_notify(bench->file.fd, port), ENOTCONN);
	EXPECT_ERR(raw_unbind(bench->file.fd, port), ENOTCONN);
	EXPECT_RET(raw_bind_static(fd, port), 0);
	close(fd);
	expect_state(port, EVTCHNSTAT_unbound);
}

static void passed_static(struct bench *bench, long ret)
{
	const struct end *end = &bench->file;

	EXPECT_EQ(ret, 0);
	expect_port_works(end);
	EXPECT_RET(raw_unbind(end->fd, end->port), 0);
	expect_state(end->port, EVTCHNSTAT_unbound);
	EXPECT_ERR(raw_notify(end->fd, end->port), ENOTCONN);
}

static void after_static(struct bench *bench)
{
	EXPECT_RET(xen_close(bench->file.port), 0);
}

static const struct sweep sweep_static = {
	.what = "BIND_STATIC",
	.must = SLAB | COPY,
	.modes = ONE,
	.before = before_static,
	.call = call_static,
	.failed = failed_static,
	.passed = passed_static,
	.after = after_static,
};

TEST_CASE(bind_static, "F05 BIND_STATIC that fails leaves the channel open, and nobody's",
	  TIME)
{
	begin();
	run_sweep(&sweep_static);
}

/*
 * The event core has a page of irqs and a page of events for each 1,024 ports, and
 * keeps them. The first number whose pages it has not is told by UNBIND: no
 * port can have it yet.
 */
static unsigned int fresh_row(void)
{
	int fd = raw_open(O_RDWR);
	unsigned int port = 0;

	do {
		port += 1024;
		EXPECT(port <= LAST_ROW, "the event core has all pages");
		EXPECT(raw_unbind(fd, port), "port %u is bound", port);
	} while (errno == ENOTCONN);
	EXPECT_EQ(errno, EINVAL);
	close(fd);
	return port;
}

/* The two ports of the witness come first, and then the call is given this one. */
static unsigned int from_fresh(void)
{
	unsigned int port = fresh_row() - 2;

	fill_up_to(port);
	return port;
}

static const struct sweep sweep_fresh = {
	.what = "BIND_UNBOUND_PORT of the first of 1,024",
	.must = PAGE,
	.modes = PAGES,
	.from = from_fresh,
	.call = call_unbound,
	.passed = passed_unbound,
};

TEST_CASE(fresh, "F06 a bind that the event core needs more pages for leaves nothing as it fails",
	  TIME)
{
	begin();
	run_sweep(&sweep_fresh);
}

/*
 * If there is no memory for the event core's own record of a port, it closes the
 * channel (bind_evtchn_to_irq_chip() calls __unbind_from_irq()), before it
 * could have been told that this one is static.
 */
static void tolerate_close(struct bench *bench, const struct outcome *out)
{
	unsigned int port = bench->file.port;

	if (!out->faults[FAULT_PAGE] ||
	    xen_status(port).status != EVTCHNSTAT_closed)
		return;
	bench->before.state[port - bench->before.from] = EVTCHNSTAT_closed;
	bench->file.port = 0;
}

static const struct sweep sweep_fresh_static = {
	.what = "BIND_STATIC of the first of 1,024",
	.must = PAGE,
	.modes = PAGES,
	.from = from_fresh,
	.before = before_static,
	.call = call_static,
	.failed = failed_static,
	.passed = passed_static,
	.after = after_static,
	.tolerate = tolerate_close,
};

TEST_CASE(fresh_static, "F06 BIND_STATIC that the event core needs more pages for", TIME)
{
	begin();
	run_sweep(&sweep_fresh_static);
}

/* A file without a port has no table, so it can't be the witness'. */
static long call_first(struct bench *bench)
{
	return raw_bind_unbound(bench->other.a.fd, SELF);
}

static void passed_first(struct bench *bench, long ret)
{
	struct end end = end_of(&bench->other.a, (unsigned int)ret);

	expect_state(end.port, EVTCHNSTAT_unbound);
	expect_port_works(&end);
	give_up(&end);
}

static const struct sweep sweep_first = {
	.what = "BIND_UNBOUND_PORT, the first of a file",
	.must = SLAB | COPY,
	.before = before_other,
	.call = call_first,
	.passed = passed_first,
	.after = after_other,
};

TEST_CASE(first, "F06 the first bind of a file, as it gets its table, leaves nothing as it fails",
	  TIME)
{
	begin();
	run_sweep(&sweep_first);
}

/* The smallest table is full with 11 ports; one of them is the witness. */
#define TABLE_FULL	11

static void before_grows(struct bench *bench)
{
	int i;

	for (i = 1; i < TABLE_FULL; i++)
		bind_unbound(bench->file.xce);
}

static const struct sweep sweep_grows = {
	.what = "BIND_UNBOUND_PORT, the twelfth of a file",
	.must = SLAB | COPY,
	.modes = REST,
	.before = before_grows,
	.call = call_unbound,
	.passed = passed_unbound,
};

TEST_CASE(grows, "F06 a bind that the file's table grows for leaves nothing as it fails",
	  TIME)
{
	begin();
	run_sweep(&sweep_grows);
}
