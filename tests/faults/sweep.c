// SPDX-License-Identifier: GPL-2.0
/* The n-th step fails, n = 1, 2, ..., until there are no more. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"
#include "sweep.h"

#define MANY	3000	/* steps that no call has */
#define TIMES	3	/* sweeps for a fault that has to come */

/* The calls of a sweep, by what was injected and what they answered. */
struct tally {
	unsigned int faults[FAULT_KINDS];	/* calls with such a fault */
	unsigned int enomem, efault, passed;	/* calls with a fault, by answer */
};

/* One call and all around it. */
struct pass {
	const struct sweep *sweep;
	struct bench *bench;
	struct channels start;
	struct pair bystander;
	bool has_bystander;
};

/*
 * Two pages that are not there, and have to be brought in. Into memory that is there,
 * the driver writes where the kernel injects no fault.
 */
unsigned char *absent_pages(void)
{
	static unsigned char *pages;
	size_t size = 2 * (size_t)sysconf(_SC_PAGESIZE);

	if (!pages) {
		pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		EXPECT(pages != MAP_FAILED, "mmap: %s", errno_name(errno));
		/* For the kernel to have made all it needs but the pages. */
		memset(pages, 0, size);
		/* All else of this program stays in memory. */
		EXPECT_RET(munlock(pages, size), 0);
	}
	EXPECT_RET(madvise(pages, size, MADV_DONTNEED), 0);
	return pages;
}

struct end end_of(const struct end *file, unsigned int port)
{
	struct end end = { file->xce, file->fd, port };

	return end;
}

void expect_port_works(const struct end *end)
{
	struct pair p = { .a = *end };

	p.b.xce = open_device();
	p.b.fd = xenevtchn_fd(p.b.xce);
	p.b.port = bind_peer(p.b.xce, end->port);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
}

void give_up(const struct end *end)
{
	EXPECT_RET(raw_unbind(end->fd, end->port), 0);
	expect_state(end->port, EVTCHNSTAT_closed);
	EXPECT_ERR(raw_notify(end->fd, end->port), ENOTCONN);
}

static void bench_open(struct bench *bench, const struct sweep *sweep)
{
	unsigned long count;

	bench->file.xce = open_device();
	bench->file.fd = xenevtchn_fd(bench->file.xce);
	pair_bind(&bench->witness, open_device(), bench->file.xce);
	if (sweep->before)
		sweep->before(bench);
	if (sweep->quiet)
		return;
	count = irqs_of(COMM).count;
	notify(&bench->witness.a);
	wait_irqs(COMM, count + 1);
}

/* The event that was in the ring is there still, and is the first. */
static void hear_witness(const struct pass *pass)
{
	if (pass->sweep->quiet || pass->sweep->takes_witness)
		return;
	expect_event(&pass->bench->witness.b);
	unmask(&pass->bench->witness.b);
}

/* An error is the one of the fault, and there was a fault. */
static void check_errno(const struct outcome *out)
{
	bool memory = out->faults[FAULT_SLAB] || out->faults[FAULT_PAGE];

	EXPECT(out->injected, "without a fault it says %s", errno_name(out->err));
	EXPECT((memory && out->err == ENOMEM) ||
	       (out->faults[FAULT_COPY] && out->err == EFAULT),
	       "%s, after faults: %u slab, %u page, %u copy",
	       errno_name(out->err), out->faults[FAULT_SLAB],
	       out->faults[FAULT_PAGE], out->faults[FAULT_COPY]);
}

/*
 * Others are given the numbers that are free now. If the call has left one of them
 * with the file, it shows: here, or when the file is closed.
 */
static void let_others_bind(struct pass *pass)
{
	int fd = pass->bench->file.fd;

	pair_open(&pass->bystander);
	pass->has_bystander = true;
	EXPECT_ERR(raw_notify(fd, pass->bystander.a.port), ENOTCONN);
	EXPECT_ERR(raw_notify(fd, pass->bystander.b.port), ENOTCONN);
	EXPECT_ERR(raw_unbind(fd, pass->bystander.a.port), ENOTCONN);
	EXPECT_ERR(raw_unbind(fd, pass->bystander.b.port), ENOTCONN);
	expect_pair_works(&pass->bystander);
}

static void call_failed(struct pass *pass, const struct outcome *out,
			unsigned int irqs)
{
	const struct sweep *sweep = pass->sweep;
	struct bench *bench = pass->bench;
	long ret;

	check_errno(out);
	if (sweep->tolerate)
		sweep->tolerate(bench, out);
	expect_channels(&bench->before, "after the call failed");
	EXPECT_EQ(irqs_of(COMM).lines, irqs);
	hear_witness(pass);
	let_others_bind(pass);
	if (sweep->failed)
		sweep->failed(bench);
	ret = sweep->call(bench);
	EXPECT(ret >= 0, "it fails once more, without a fault: %s",
	       errno_name(errno));
	sweep->passed(bench, ret);
}

static void call_passed(struct pass *pass, long ret)
{
	hear_witness(pass);
	pass->sweep->passed(pass->bench, ret);
}

static long call_on_bench(void *arg)
{
	struct pass *pass = arg;

	return pass->sweep->call(pass->bench);
}

static struct outcome one_pass(struct pass *pass, enum fault_mode mode,
			       unsigned int n)
{
	const struct sweep *sweep = pass->sweep;
	struct bench *bench = pass->bench;
	struct outcome out;
	unsigned int irqs;

	pass->has_bystander = false;
	channels_from(&pass->start, sweep->from ? sweep->from() : 1);
	bench_open(bench, sweep);
	channels_now(&bench->before, &pass->start);
	irqs = irqs_of(COMM).lines;

	out = call_with_fault(mode, n, call_on_bench, pass);
	if (out.ret < 0)
		call_failed(pass, &out, irqs);
	else
		call_passed(pass, out.ret);

	if (!sweep->closes) {
		expect_pair_works(&bench->witness);
		EXPECT_RET(xenevtchn_close(bench->file.xce), 0);
	}
	EXPECT_RET(xenevtchn_close(bench->witness.a.xce), 0);
	if (sweep->after)
		sweep->after(bench);
	if (pass->has_bystander) {
		expect_pair_works(&pass->bystander);
		pair_close(&pass->bystander);
	}
	expect_channels(&pass->start, "after all files were closed");
	EXPECT_EQ(irqs_of(COMM).lines, 0);
	return out;
}

static void count(struct tally *tally, const struct outcome *out)
{
	int kind;

	for (kind = 0; kind < FAULT_KINDS; kind++)
		tally->faults[kind] += out->faults[kind] != 0;
	if (out->ret >= 0)
		tally->passed++;
	else if (out->err == ENOMEM)
		tally->enomem++;
	else
		tally->efault++;
}

static const char *const mode_names[FAULT_MODES] = {
	[FAULT_ONE] = "the n-th fails",
	[FAULT_REST] = "and all slabs after it",
	[FAULT_PAGES] = "the n-th page fails",
	[FAULT_PAGES_REST] = "and all pages after it",
};

/* What a sweep lacks to have shown something, or NULL. */
static const char *lacking(const struct sweep *sweep, const struct tally *tally)
{
	static const char *const kinds[FAULT_KINDS] = {
		[FAULT_SLAB] = "no slab allocation failed",
		[FAULT_PAGE] = "no page allocation failed",
		[FAULT_COPY] = "no copy failed",
	};
	int kind;

	for (kind = 0; kind < FAULT_KINDS; kind++)
		if ((sweep->must & MASK(kind)) && !tally->faults[kind])
			return kinds[kind];
	if ((sweep->must & COPY) && !tally->efault)
		return "it never said EFAULT";
	if ((sweep->must & (SLAB | PAGE)) && !tally->enomem)
		return "it never said ENOMEM";
	return NULL;
}

static void sweep_once(struct pass *pass, enum fault_mode mode,
		       struct tally *tally)
{
	struct outcome out;
	unsigned int n;

	for (n = 1; ; n++) {
		EXPECT(n < MANY, "there is no end");
		out = one_pass(pass, mode, n);
		if (!out.injected)
			break;
		count(tally, &out);
	}
}

/*
 * A call has not the same steps each time: a slab that is full takes a page more. So the
 * n of a sweep may pass over one of them, and it is swept again.
 */
static void run_mode(struct pass *pass, enum fault_mode mode)
{
	const struct sweep *sweep = pass->sweep;
	struct tally tally = {};
	const char *lacks;
	int times = 0;

	do {
		sweep_once(pass, mode, &tally);
		lacks = lacking(sweep, &tally);
	} while (lacks && ++times < TIMES);

	note("%s, %s: faults: %u slab, %u page, %u copy: ENOMEM %u, EFAULT %u, passed %u",
	     sweep->what, mode_names[mode], tally.faults[FAULT_SLAB],
	     tally.faults[FAULT_PAGE], tally.faults[FAULT_COPY],
	     tally.enomem, tally.efault, tally.passed);
	EXPECT(!lacks, "%s, in %d sweeps", lacks, times);
}

void begin(void)
{
	need_faults();
	need_hypercalls();
	set_comm(COMM);
}

void before_pair(struct bench *bench)
{
	pair_bind(&bench->other, open_device(), bench->file.xce);
}

void after_pair(struct bench *bench)
{
	EXPECT_RET(xenevtchn_close(bench->other.a.xce), 0);
}

void failed_pair(struct bench *bench)
{
	expect_silence(bench->other.a.fd);
	expect_pair_works(&bench->other);
}

void run_sweep(const struct sweep *sweep)
{
	unsigned int mode, modes = sweep->modes ? sweep->modes : ONE | REST;
	static struct bench bench;
	static struct pass pass;

	pass.sweep = sweep;
	pass.bench = &bench;
	make_room();
	for (mode = 0; mode < FAULT_MODES; mode++)
		if (modes & MASK(mode))
			run_mode(&pass, mode);
	drain();
	expect_irqs_at_start();
}
