// SPDX-License-Identifier: GPL-2.0
/* M01: mmap(2) of the device: what it takes, what it makes, how long that stays. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "mapped.h"

#define BOTH	(PROT_READ | PROT_WRITE)

TEST_CASE(mapped_feature, "M01 FEATURES tells of the mapped ring", NEW)
{
	uint64_t has = features_of(raw_open(O_RDWR));

	EXPECT(has & EVTCHN_FEATURE_RING, "features: %#llx", (unsigned long long)has);
}

static void expect_size(size_t pages, uint32_t size)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	int fd = raw_open(O_RDWR);
	struct mapping m;

	mapped_open(&m, fd, pages);
	EXPECT_EQ(m.ring->size, size * (page / 4));
	EXPECT_EQ(m.ring->offset, page);
	EXPECT_EQ(m.ring->head, 0);
	EXPECT_EQ(m.ring->tail, 0);
	/* All that was asked for is there. */
	EXPECT_EQ(*((char *)m.ring + m.length - 1), 0);
	mapped_close(&m);
	close(fd);
}

TEST_CASE(mapped_size, "M01 the ring has room for a power of two of numbers", NEW)
{
	size_t most = 1 + EVTCHN_MAPPED_MAX * 4 / (size_t)sysconf(_SC_PAGESIZE);

	expect_size(2, 1);
	expect_size(3, 2);
	expect_size(4, 2);
	expect_size(5, 4);
	expect_size(most, (uint32_t)most - 1);
}

static void expect_refused(int fd, size_t pages, int prot, int flags, size_t page,
			   int err)
{
	void *memory = mapped_try(fd, pages, prot, flags, page);

	EXPECT(memory == MAP_FAILED, "%zu pages from page %zu on: mapped", pages, page);
	EXPECT(errno == err, "%zu pages from page %zu on: expected %s, got %s", pages,
	       page, errno_name(err), errno_name(errno));
}

TEST_CASE(mapped_einval, "M01 mmap of what is no ring is EINVAL", NEW)
{
	size_t most = 1 + EVTCHN_MAPPED_MAX * 4 / (size_t)sysconf(_SC_PAGESIZE);
	struct pair p;

	pair_open(&p);
	expect_refused(p.b.fd, 1, BOTH, MAP_SHARED, 0, EINVAL);
	expect_refused(p.b.fd, most + 1, BOTH, MAP_SHARED, 0, EINVAL);
	expect_refused(p.b.fd, 2, BOTH, MAP_SHARED, 1, EINVAL);
	expect_refused(p.b.fd, 2, BOTH, MAP_PRIVATE, 0, EINVAL);
	/* And nothing was done. */
	expect_pair_works(&p);
}

TEST_CASE(mapped_eacces, "M01 mmap of a file not open for both ways is EACCES", NEW)
{
	int rd = raw_open(O_RDONLY), wr = raw_open(O_WRONLY);

	expect_refused(rd, 2, PROT_READ, MAP_SHARED, 0, EACCES);
	expect_refused(rd, 2, BOTH, MAP_SHARED, 0, EACCES);
	expect_refused(wr, 2, PROT_READ, MAP_SHARED, 0, EACCES);
	expect_refused(wr, 2, BOTH, MAP_SHARED, 0, EACCES);
}

TEST_CASE(mapped_again, "M01 another mmap of the same length maps the same ring", NEW)
{
	struct mapping m, again;
	struct pair p;

	pair_open(&p);
	mapped_open(&m, p.b.fd, 3);
	expect_refused(p.b.fd, 2, BOTH, MAP_SHARED, 0, EINVAL);
	expect_refused(p.b.fd, 4, BOTH, MAP_SHARED, 0, EINVAL);
	mapped_open(&again, p.b.fd, 3);
	notify(&p.a);
	mapped_expect(&m, p.b.port);
	EXPECT_EQ(again.ring->head, 1);
	EXPECT_EQ(again.ring->tail, 1);
	EXPECT_EQ(mapped_number(&again, 0), p.b.port);
}

TEST_CASE(mapped_stays, "M01 the ring stays when nobody has it mapped", NEW)
{
	struct mapping m;
	unsigned int got;
	struct pair p;

	pair_open(&p);
	mapped_open(&m, p.b.fd, 2);
	mapped_close(&m);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_ERR(read(p.b.fd, &got, 4), EBUSY);
	mapped_open(&m, p.b.fd, 2);
	mapped_expect(&m, p.b.port);
	unmask(&p.b);
	notify(&p.a);
	mapped_expect(&m, p.b.port);
}

TEST_CASE(mapped_parts, "M01 a part of the mapping can be unmapped", NEW)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct mapping m;
	struct pair p;

	pair_open(&p);
	mapped_open(&m, p.b.fd, 3);
	EXPECT_RET(munmap((char *)m.ring + 2 * page, page), 0);
	notify(&p.a);
	mapped_expect(&m, p.b.port);
	EXPECT_RET(munmap((char *)m.ring + page, page), 0);
	unmask(&p.b);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_EQ(mapped_waiting(&m), 1);
}

TEST_CASE(mapped_fork, "M01 the ring is one with that of a child", NEW)
{
	struct mapping m;
	struct pair p;
	pid_t child;

	pair_open(&p);
	mapped_open(&m, p.b.fd, 2);
	child = fork_child();
	if (!child) {
		mapped_expect(&m, p.b.port);
		unmask(&p.b);
		_exit(0);
	}
	notify(&p.a);
	join_child(child);
	EXPECT_EQ(mapped_waiting(&m), 0);
	notify(&p.a);
	mapped_expect(&m, p.b.port);
}

/* The port's channel is closed only when its file is. */
TEST_CASE(mapped_holds_file, "M01 a mapped file is closed with its last mapping", NEW)
{
	unsigned int port, got;
	xenevtchn_handle *peer;
	struct mapping m;
	int fd;

	fd = raw_open(O_RDWR);
	EXPECT((int)(port = (unsigned int)raw_bind_unbound(fd, SELF)) > 0, "bind");
	mapped_open(&m, fd, 2);
	EXPECT_RET(close(fd), 0);
	peer = open_device();
	got = bind_peer(peer, port);
	EXPECT_RET(xenevtchn_notify(peer, got), 0);
	mapped_expect_waiting(&m, 1);
	EXPECT_EQ(mapped_number(&m, 0), port);
	mapped_close(&m);
	EXPECT_ERR(xenevtchn_bind_interdomain(peer, SELF, port), EINVAL);
}

/* The kernel makes one of two that go on from one another, without asking the device. */
TEST_CASE(mapped_grown, "M01 the mapping does not grow beyond the ring's end", NEW)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 2 * page;
	int fd = raw_open(O_RDWR);
	char *place, *ring;

	place = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(place != MAP_FAILED, "no memory");
	ring = mmap(place, length, BOTH, MAP_SHARED | MAP_FIXED, fd, 0);
	EXPECT(ring == place, "mmap: %s", errno_name(errno));
	EXPECT(mmap(place + length, page, BOTH, MAP_SHARED | MAP_FIXED, fd,
		    (off_t)length) == MAP_FAILED, "mapped what is no ring");
	EXPECT_EQ(errno, EINVAL);
	EXPECT(mremap(ring, length, 3 * page, MREMAP_MAYMOVE) == MAP_FAILED,
	       "mremap made it grow");
	EXPECT_EQ(((struct evtchn_mapped_ring *)ring)->size, page / 4);
}
