// SPDX-License-Identifier: GPL-2.0
/* C15 to C17, C19: read(2), the list of ports that were raised. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "proc.h"

#define COMM	"ct-read"	/* who opens the files that are read */
#define POISON	0xa5

/* Pairs on one file whose b ends are all queued when this returns. */
static void pairs_queued(struct pair *p, int nr)
{
	xenevtchn_handle *xa = open_device(), *xb;
	unsigned long count;
	int i;

	set_comm(COMM);
	xb = open_device();
	for (i = 0; i < nr; i++)
		pair_bind(&p[i], xa, xb);
	count = irqs_of(COMM).count;
	for (i = 0; i < nr; i++)
		notify(&p[i].a);
	wait_irqs(COMM, count + (unsigned long)nr);
}

/* Each b end of the pairs is in the list exactly once. */
static void expect_each_once(const struct pair *p, int nr,
			     const unsigned int *list, int len)
{
	int i, j, found;

	EXPECT(len == nr, "expected %d ports, got %d", nr, len);
	for (i = 0; i < nr; i++) {
		for (j = 0, found = 0; j < len; j++)
			found += list[j] == p[i].b.port;
		EXPECT(found == 1, "port %u expected once, got %d times",
		       p[i].b.port, found);
	}
}

/* At most max bytes a call, until nothing is left; the number of ports. */
static int drain(int fd, unsigned int *list, int room, size_t max)
{
	ssize_t got;
	int n = 0;

	set_nonblock(fd, true);
	while (n < room) {
		got = read(fd, list + n, max);
		if (got < 0) {
			EXPECT(errno == EAGAIN, "read: expected EAGAIN, got %s",
			       errno_name(errno));
			break;
		}
		EXPECT(got > 0 && got % 4 == 0, "read returned %zd", got);
		n += (int)(got / 4);
	}
	return n;
}

TEST_CASE(read_short_empty, "C15 read of 0 to 3 bytes returns 0 and does not wait for an event")
{
	unsigned char buf[4];
	int fd = raw_open(O_RDWR);
	size_t len;

	for (len = 0; len < 4; len++)
		EXPECT_RET(read(fd, buf, len), 0);
}

TEST_CASE(read_short_nonblock, "C15 read of 0 to 3 bytes returns 0 with O_NONBLOCK too")
{
	unsigned char buf[4];
	int fd = raw_open(O_RDWR | O_NONBLOCK);
	size_t len;

	for (len = 0; len < 4; len++)
		EXPECT_RET(read(fd, buf, len), 0);
}

TEST_CASE(read_short_full, "C15 read of 0 to 3 bytes keeps the event and the buffer as they were")
{
	unsigned char buf[4], was[4];
	struct pair p;
	size_t len;

	memset(buf, POISON, sizeof(buf));
	memset(was, POISON, sizeof(was));
	pairs_queued(&p, 1);
	for (len = 0; len < 4; len++)
		EXPECT_RET(read(p.b.fd, buf, len), 0);
	EXPECT(!memcmp(buf, was, sizeof(buf)), "the buffer was written to");
	expect_event(&p.b);
}

TEST_CASE(read_zero_null, "C15 read of no bytes to nowhere returns 0")
{
	EXPECT_RET(read(raw_open(O_RDWR), nowhere, 0), 0);
}

TEST_CASE(read_odd, "C16 read of 7 bytes gives one whole port and touches no byte beyond")
{
	unsigned char buf[8], was[8];
	struct pair p[2];

	memset(buf, POISON, sizeof(buf));
	memset(was, POISON, sizeof(was));
	pairs_queued(p, 2);
	EXPECT_RET(read(p[0].b.fd, buf, 7), 4);
	EXPECT(!memcmp(buf + 4, was + 4, 4), "bytes beyond were written to");
	EXPECT(memcmp(buf, was, 4), "no port was written");
	/* The other event is still there. */
	EXPECT_RET(read(p[0].b.fd, buf + 4, 4), 4);
	EXPECT(memcmp(buf, buf + 4, 4), "the same port was read twice");
}

TEST_CASE(read_all, "C17 one read takes all the events that wait")
{
	unsigned int list[100], beyond;
	struct pair p[20];

	memset(list, POISON, sizeof(list));
	beyond = list[20];
	pairs_queued(p, 20);
	EXPECT_RET(read(p[0].b.fd, list, sizeof(list)), 20 * 4);
	expect_each_once(p, 20, list, 20);
	EXPECT_EQ(list[20], beyond);
	expect_silence(p[0].b.fd);
}

TEST_CASE(read_some, "C17 a read takes as many events as fit, and the rest stay")
{
	struct pair p[10];
	unsigned int list[20];

	pairs_queued(p, 10);
	EXPECT_RET(read(p[0].b.fd, list, 12), 12);
	EXPECT_RET(read(p[0].b.fd, list + 3, 4), 4);
	EXPECT(readable(p[0].b.fd, 0), "the rest is not there");
	EXPECT_RET(read(p[0].b.fd, list + 4, 64), 24);
	expect_each_once(p, 10, list, 10);
}

TEST_CASE(read_huge, "C17 a buffer much too large is filled only as far as events wait")
{
	size_t len = 16 << 20;
	unsigned int *list = mmap(NULL, len, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct pair p[3];

	EXPECT(list != MAP_FAILED, "mmap: %s", errno_name(errno));
	pairs_queued(p, 3);
	EXPECT_RET(read(p[0].b.fd, list, len), 12);
	expect_each_once(p, 3, list, 3);
	EXPECT_EQ(list[3], 0);
}

TEST_CASE(read_page, "C17 a read gives at most 4096 bytes, and the next one the rest",
	  LIMIT(120))
{
	enum { PAIRS = 515, PORTS = 2 * PAIRS };
	static unsigned int list[PORTS + 10];
	static struct pair p[PAIRS];
	xenevtchn_handle *xce;
	int i, fd;

	set_comm(COMM);
	xce = open_device();
	fd = xenevtchn_fd(xce);
	for (i = 0; i < PAIRS; i++) {
		p[i].a.xce = xce;
		p[i].b.xce = xce;
		errno = 0;
		p[i].a.port = (unsigned int)
			xenevtchn_bind_unbound_port(xce, SELF);
		p[i].b.port = (unsigned int)
			xenevtchn_bind_interdomain(xce, SELF, p[i].a.port);
		if (errno == ENOSPC)
			skip("this domain may not have %d channels", PORTS);
		EXPECT(!errno, "bind: %s", errno_name(errno));
	}
	/* The b ends have their first event already. */
	for (i = 0; i < PAIRS; i++)
		notify(&p[i].b);
	wait_irqs(COMM, PORTS);
	EXPECT_RET(read(fd, list, sizeof(list)), 4096);
	EXPECT_RET(read(fd, list, sizeof(list)), 4 * PORTS - 4096);
	expect_silence(fd);
}

TEST_CASE(readv_two, "C17 readv fills each of its buffers")
{
	unsigned int list[2];
	struct iovec iov[2] = { { &list[0], 4 }, { &list[1], 4 } };
	struct pair p[2];

	pairs_queued(p, 2);
	EXPECT_RET(readv(p[0].b.fd, iov, 2), 8);
	expect_each_once(p, 2, list, 2);
}

TEST_CASE(read_fault, "C19 a read to unmapped memory is EFAULT and keeps the event")
{
	unsigned char *edge = page_edge();
	struct pair p;

	pairs_queued(&p, 1);
	EXPECT_ERR(read(p.b.fd, nowhere, 4), EFAULT);
	EXPECT_ERR(read(p.b.fd, edge, 4), EFAULT);
	EXPECT_ERR(read(p.b.fd, edge, 4096), EFAULT);
	expect_event(&p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(read_fault_readonly, "C19 a read to read-only memory is EFAULT and keeps the event")
{
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	struct pair p;

	EXPECT(map != MAP_FAILED, "mmap: %s", errno_name(errno));
	pairs_queued(&p, 1);
	EXPECT_ERR(read(p.b.fd, map, 4), EFAULT);
	expect_event(&p.b);
}

TEST_CASE(read_fault_split, "C19 a read whose first port is cut by unmapped memory keeps the event")
{
	unsigned char *edge = page_edge();
	struct pair p;

	pairs_queued(&p, 1);
	EXPECT_ERR(read(p.b.fd, edge - 2, 4), EFAULT);
	expect_event(&p.b);
}

TEST_CASE(read_fault_partly, "C19 a read to memory that ends midway loses no event, repeats none")
{
	unsigned char *edge = page_edge();
	unsigned int list[20];
	struct pair p[6];
	ssize_t got;
	int n = 0;

	pairs_queued(p, 6);
	errno = 0;
	got = read(p[0].b.fd, edge - 8, 24);
	EXPECT(got == 8 || got == 4 || (got == -1 && errno == EFAULT),
	       "expected 4, 8 or -1 EFAULT, got %zd %s", got,
	       errno_name(errno));
	if (got > 0) {
		memcpy(list, edge - 8, (size_t)got);
		n = (int)(got / 4);
	}
	n += drain(p[0].b.fd, list + n, 20 - n, 64);
	expect_each_once(p, 6, list, n);
}

TEST_CASE(read_fault_armed, "C19 the port of an event kept by EFAULT still works")
{
	struct pair p;

	pairs_queued(&p, 1);
	EXPECT_ERR(read(p.b.fd, nowhere, 4), EFAULT);
	expect_event(&p.b);
	unmask(&p.b);
	expect_pair_works(&p);
}
