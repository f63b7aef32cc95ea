// SPDX-License-Identifier: GPL-2.0
/* F11 to F13: read and write, one port and many. F23, F24: many by vectors. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"
#include "sweep.h"

#define TIME	LIMIT(300)
#define PORTS	150	/* more than are handed out, or taken back, in two batches */
#define VECTOR	20	/* ports of a vector, of which each number is a copy */
#define BYTES(nr)	(4 * (long)(nr))

/* Channels between two files, and the events that came on file b. */
struct many {
	int nr, fd;
	struct pair p[PORTS];
	bool came[PORTS];
	unsigned int buf[PORTS];
	struct iovec iov[3];
};

/* How many numbers there are before the end of memory, where a copy stops. */
static const int edges[] = { 0, 1, 2, 63, 64, 65, 127, 128, 129, PORTS - 1 };

static struct many many;

/* Where a sweep reads to. */
static unsigned int *read_into;

/* These faults need nothing of the kernel. */
static void begin_edge(void)
{
	set_comm(COMM);
}

static void before_read(struct bench *bench)
{
	(void)bench;
	read_into = (unsigned int *)(void *)absent_pages();
}

static long call_read(struct bench *bench)
{
	return read(bench->file.fd, read_into, 4);
}

static void failed_read(struct bench *bench)
{
	EXPECT(readable(bench->file.fd, 0), "the event is lost");
}

static void passed_read(struct bench *bench, long ret)
{
	EXPECT_EQ(ret, 4);
	EXPECT_EQ(*read_into, bench->witness.b.port);
	expect_silence(bench->file.fd);
	unmask(&bench->witness.b);
}

static const struct sweep sweep_read = {
	.what = "read of one port",
	.must = COPY,
	.before = before_read,
	.call = call_read,
	.failed = failed_read,
	.passed = passed_read,
	.takes_witness = true,
};

TEST_CASE(read_one, "F11 read that fails leaves the event", TIME)
{
	begin();
	run_sweep(&sweep_read);
}

static struct many *many_open(int nr)
{
	xenevtchn_handle *a = open_device(), *b = open_device();
	struct many *m = &many;
	int i;

	m->nr = nr;
	m->fd = xenevtchn_fd(b);
	for (i = 0; i < nr; i++)
		pair_bind(&m->p[i], a, b);
	set_nonblock(m->fd, true);
	return m;
}

static void many_close(struct many *m)
{
	pair_close(&m->p[0]);
	expect_irqs_at_start();
}

static void many_notify(struct many *m)
{
	int i;

	for (i = 0; i < m->nr; i++)
		notify(&m->p[i].a);
	memset(m->came, 0, sizeof(m->came));
}

/* All ports are in the ring. */
static void many_fire(struct many *m)
{
	unsigned long count = irqs_of(COMM).count;

	many_notify(m);
	wait_irqs(COMM, count + (unsigned long)m->nr);
}

/* These were read: ports of ours, each once. */
static void take(struct many *m, const unsigned int *ports, long ret)
{
	int i, j;

	EXPECT(ret > 0 && ret % 4 == 0, "read returned %ld", ret);
	for (i = 0; i < ret / 4; i++) {
		for (j = 0; j < m->nr && m->p[j].b.port != ports[i]; j++)
			;
		EXPECT(j < m->nr, "port %u is not of this file", ports[i]);
		EXPECT(!m->came[j], "port %u came twice", ports[i]);
		m->came[j] = true;
	}
}

/* Of the ports from these to those, each comes, once, and none else. */
static void take_all(struct many *m, int from, int to)
{
	int64_t end = now_ms() + EVENT_MS;
	int i;

	for (i = from; i < to; i++) {
		while (!m->came[i]) {
			EXPECT(readable(m->fd, (int)(end - now_ms())),
			       "the event of port %u is lost", m->p[i].b.port);
			take(m, m->buf, read(m->fd, m->buf, BYTES(m->nr)));
		}
	}
	expect_silence(m->fd);
	for (i = 0; i < m->nr; i++)
		EXPECT(m->came[i] == (i >= from && i < to),
		       "port %u came, and was masked", m->p[i].b.port);
}

static void list_ports(struct many *m, unsigned int *ports, int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		*ports++ = m->p[i].b.port;
}

static void unmask_all(struct many *m, int from, int to)
{
	list_ports(m, m->buf, from, to);
	EXPECT_RET(write(m->fd, m->buf, (size_t)BYTES(to - from)), BYTES(to - from));
}

static long call_read_many(void *arg)
{
	struct many *m = arg;

	return read(m->fd, read_into, (size_t)BYTES(m->nr));
}

TEST_CASE(read_many, "F12 read of many ports that fails in between keeps all others", TIME)
{
	struct outcome out;
	unsigned int n = 0;
	struct many *m;
	long least = 0;

	begin();
	m = many_open(PORTS);
	do {
		many_fire(m);
		/* A third in one page, and the others in the next. */
		read_into = (unsigned int *)(void *)
			(absent_pages() + sysconf(_SC_PAGESIZE) - BYTES(PORTS / 3));
		out = call_with_fault(FAULT_ONE, ++n, call_read_many, m);
		if (!out.injected)
			EXPECT_EQ(out.ret, BYTES(m->nr));
		else if (n == 1)
			EXPECT(out.ret == -1 && out.err == EFAULT,
			       "nothing was handed out, and read returned %ld",
			       out.ret);
		else
			EXPECT(out.ret >= least && out.ret < BYTES(m->nr),
			       "read returned %ld", out.ret);
		if (out.ret > 0) {
			take(m, read_into, out.ret);
			least = out.ret;
		}
		take_all(m, 0, m->nr);
		unmask_all(m, 0, m->nr);
	} while (out.injected);
	note("read of %d ports: %u faults (copy)", m->nr, n - 1);
	EXPECT(n > 2, "there was no fault in between");
	many_close(m);
}

/* In three pieces, of which each ends within a number. */
static void cut(struct iovec *iov, void *at, long size)
{
	size_t part = (size_t)size / 3 | 1;

	iov[0] = (struct iovec){ at, part };
	iov[1] = (struct iovec){ (char *)at + part, part };
	iov[2] = (struct iovec){ (char *)at + 2 * part, (size_t)size - 2 * part };
}

static long call_readv_many(void *arg)
{
	struct many *m = arg;

	return readv(m->fd, m->iov, ARRAY_SIZE(m->iov));
}

TEST_CASE(readv_many, "F23 readv of many ports that fails in between keeps all others", TIME)
{
	unsigned int got[VECTOR], n = 0;
	struct outcome out;
	struct many *m;

	begin();
	m = many_open(VECTOR);
	cut(m->iov, got, BYTES(m->nr));
	do {
		many_fire(m);
		out = call_with_fault(FAULT_ONE, ++n, call_readv_many, m);
		if (out.ret < 0)
			EXPECT(out.injected && out.err == EFAULT, "readv said %s",
			       errno_name(out.err));
		else
			EXPECT_EQ(out.ret < BYTES(m->nr), out.injected);
		if (out.ret > 0)
			take(m, got, out.ret);
		take_all(m, 0, m->nr);
		unmask_all(m, 0, m->nr);
	} while (out.injected);
	note("readv of %d ports: %u faults (copy)", m->nr, n - 1);
	/* Each number is a copy, and two are cut in two. */
	EXPECT(n > VECTOR + 2, "not each number could fail");
	many_close(m);
}

TEST_CASE(read_edge, "F12 read into memory that ends in between keeps all others", TIME)
{
	unsigned char *edge = page_edge();
	struct many *m;
	size_t i;
	long ret;

	begin_edge();
	m = many_open(PORTS);
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		unsigned char *buf = edge - BYTES(edges[i]);

		many_fire(m);
		ret = read(m->fd, buf, (size_t)BYTES(m->nr));
		note("read of %d ports into room for %d: %ld", m->nr, edges[i],
		     ret);
		EXPECT(ret <= BYTES(edges[i]) && ret != 0 &&
		       (ret > 0 || errno == EFAULT), "read returned %ld", ret);
		if (ret > 0)
			take(m, (unsigned int *)(void *)buf, ret);
		take_all(m, 0, m->nr);
		unmask_all(m, 0, m->nr);
	}
	many_close(m);
}

/* Each port has been read, and has another event once it is unmasked. */
static void hold_back(struct many *m)
{
	many_fire(m);
	take_all(m, 0, m->nr);
	many_notify(m);
	expect_silence(m->fd);
}

/* So many were unmasked by a write, and the others are still masked. */
static void expect_unmasked(struct many *m, int nr)
{
	take_all(m, 0, nr);
	memset(m->came, 0, sizeof(m->came));
	if (nr < m->nr) {
		unmask_all(m, nr, m->nr);
		take_all(m, nr, m->nr);
	}
	unmask_all(m, 0, m->nr);
	expect_silence(m->fd);
}

static long call_write(void *arg)
{
	struct many *m = arg;

	return write(m->fd, m->buf, (size_t)BYTES(m->nr));
}

/*
 * The numbers are taken one by one, by get_user(), where the kernel injects no fault
 * (in Linux 6.12). So there may be none, but if there is one it has to be right.
 */
static void write_with_faults(int nr)
{
	struct outcome out;
	unsigned int n = 0;
	struct many *m;

	begin();
	m = many_open(nr);
	do {
		hold_back(m);
		list_ports(m, m->buf, 0, nr);
		out = call_with_fault(FAULT_ONE, ++n, call_write, m);
		if (out.ret < 0)
			EXPECT(out.injected && out.err == EFAULT,
			       "write said %s", errno_name(out.err));
		else
			EXPECT(out.injected || out.ret == BYTES(nr),
			       "write returned %ld", out.ret);
		expect_unmasked(m, out.ret < 0 ? 0 : (int)(out.ret / 4));
	} while (out.injected);
	note("write of %d ports: %u faults", nr, n - 1);
	many_close(m);
}

TEST_CASE(write_one, "F13 write of one port allocates nothing, and unmasks it", TIME)
{
	write_with_faults(1);
}

TEST_CASE(write_many, "F13 write of many ports allocates nothing, and unmasks them", TIME)
{
	write_with_faults(PORTS);
}

TEST_CASE(write_edge, "F13 write of a list that ends in between unmasks those before it", TIME)
{
	unsigned char *edge = page_edge();
	struct many *m;
	size_t i;
	long ret;

	begin_edge();
	m = many_open(PORTS);
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		unsigned char *buf = edge - BYTES(edges[i]);

		hold_back(m);
		list_ports(m, (unsigned int *)(void *)buf, 0, edges[i]);
		ret = write(m->fd, buf, (size_t)BYTES(m->nr));
		if (edges[i])
			EXPECT_EQ(ret, BYTES(edges[i]));
		else
			EXPECT(ret == -1 && errno == EFAULT,
			       "write returned %ld", ret);
		expect_unmasked(m, edges[i]);
	}
	many_close(m);
}

static long call_writev_many(void *arg)
{
	struct many *m = arg;

	return writev(m->fd, m->iov, ARRAY_SIZE(m->iov));
}

TEST_CASE(writev_many, "F24 writev of many ports that fails in between unmasks those before it",
	  TIME)
{
	unsigned int ports[VECTOR], n = 0;
	struct outcome out;
	struct many *m;

	begin();
	m = many_open(VECTOR);
	list_ports(m, ports, 0, m->nr);
	cut(m->iov, ports, BYTES(m->nr));
	do {
		hold_back(m);
		out = call_with_fault(FAULT_ONE, ++n, call_writev_many, m);
		if (out.ret < 0)
			EXPECT(out.injected && out.err == EFAULT, "writev said %s",
			       errno_name(out.err));
		else
			EXPECT_EQ(out.ret < BYTES(m->nr), out.injected);
		expect_unmasked(m, out.ret < 0 ? 0 : (int)(out.ret / 4));
	} while (out.injected);
	note("writev of %d ports: %u faults (copy)", m->nr, n - 1);
	EXPECT(n > VECTOR + 2, "not each number could fail");
	many_close(m);
}
