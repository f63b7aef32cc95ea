// SPDX-License-Identifier: GPL-2.0
/* C10 to C14: write(2), the list of ports to unmask. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

#define LIST_MAX	(4096 / sizeof(uint32_t))	/* entries in one write */

/* p.b's event was read, another waits behind the mask. */
static void pair_masked(struct pair *p)
{
	pair_open(p);
	notify(&p->a);
	expect_event(&p->b);
	notify(&p->a);
}

/* Whether it comes in this time. */
static bool unmasked_in(const struct pair *p, int ms)
{
	if (!readable(p->b.fd, ms))
		return false;
	expect_event(&p->b);
	return true;
}

static bool unmasked(const struct pair *p)
{
	return unmasked_in(p, SETTLE_MS);
}

TEST_CASE(unmask_fresh, "C10 unmask of a port just bound returns 4 and raises nothing")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);

	EXPECT_RET(write(xenevtchn_fd(xce), &port, 4), 4);
	expect_silence(xenevtchn_fd(xce));
}

TEST_CASE(unmask_twice, "C10 unmasking a port twice is harmless: its next event comes once")
{
	struct pair p;

	pair_open(&p);
	unmask(&p.b);
	unmask(&p.b);
	notify(&p.a);
	expect_event(&p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(unmask_initial, "C10 unmask before the first event is read keeps that event")
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	struct end a = { xa, xenevtchn_fd(xa), bind_unbound(xa) };
	struct end b = { xb, xenevtchn_fd(xb), bind_peer(xb, a.port) };

	/* As libxenvchan does, right after the bind. */
	unmask(&b);
	expect_event(&b);
	unmask(&b);
	expect_delivery(&a, &b);
}

TEST_CASE(unmask_unknown, "C11 unmask of ports that are nobody's returns the count written")
{
	unsigned int list[] = { 0, 1, 0x1ffff, 0x20000, 0x7fffffff, ABSURD };
	int fd = raw_open(O_RDWR);

	EXPECT_RET(write(fd, &list[5], 4), 4);
	EXPECT_RET(write(fd, list, sizeof(list)), sizeof(list));
}

TEST_CASE(unmask_mixed, "C11 unknown ports in the list do not keep the others masked")
{
	unsigned int list[3] = { ABSURD, 0, 1 };
	struct pair p;

	pair_masked(&p);
	list[1] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, sizeof(list)), sizeof(list));
	expect_event(&p.b);
}

TEST_CASE(unmask_foreign, "C11 unmask of another file's port returns 4 and leaves it masked")
{
	int other = raw_open(O_RDWR);
	struct pair p;

	pair_masked(&p);
	EXPECT_RET(write(other, &p.b.port, 4), 4);
	expect_silence(p.b.fd);
	unmask(&p.b);
	expect_event(&p.b);
}

TEST_CASE(unmask_unbound, "C11 unmask of a port after its UNBIND returns 4")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);

	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	EXPECT_RET(write(xenevtchn_fd(xce), &port, 4), 4);
}

TEST_CASE(write_short, "C12 write of 0 to 3 bytes returns 0 and unmasks nothing")
{
	struct pair p;
	size_t len;

	pair_masked(&p);
	for (len = 0; len < 4; len++)
		EXPECT_RET(write(p.b.fd, &p.b.port, len), 0);
	EXPECT(!unmasked(&p), "the port was unmasked");
}

TEST_CASE(write_zero_null, "C12 write of no bytes from nowhere returns 0")
{
	EXPECT_RET(write(raw_open(O_RDWR), nowhere, 0), 0);
}

TEST_CASE(write_odd, "C13 write of 6 bytes returns 4 and unmasks the one whole port")
{
	unsigned int list[2];
	struct pair p;

	pair_masked(&p);
	list[0] = p.b.port;
	list[1] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, 6), 4);
	expect_event(&p.b);
}

TEST_CASE(write_odd_rest, "C13 write of 7 bytes does not unmask the port cut off")
{
	unsigned int list[2];
	struct pair p;

	pair_masked(&p);
	list[0] = ABSURD;
	list[1] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, 7), 4);
	EXPECT(!unmasked(&p), "the port was unmasked");
}

TEST_CASE(write_page, "C14 write of 4096 bytes unmasks all its ports and returns 4096")
{
	unsigned int list[LIST_MAX] = {};
	struct pair p;

	pair_masked(&p);
	list[LIST_MAX - 1] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, sizeof(list)), 4096);
	expect_event(&p.b);
}

TEST_CASE(write_more, "C14 write of more than 4096 bytes takes 4096 and unmasks no port beyond")
{
	unsigned int list[2 * LIST_MAX] = {};
	struct pair p;

	pair_masked(&p);
	list[LIST_MAX] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, sizeof(list)), 4096);
	EXPECT(!unmasked(&p), "a port beyond the count returned was unmasked");
	EXPECT_RET(write(p.b.fd, list + LIST_MAX, 4096), 4096);
	expect_event(&p.b);
}

TEST_CASE(write_huge, "C14 write of 16 MiB takes 4096")
{
	size_t len = 16 << 20;
	void *list = calloc(1, len);

	EXPECT(list, "out of memory");
	EXPECT_RET(write(raw_open(O_RDWR), list, len), 4096);
}

TEST_CASE(write_repeated, "C14 one port many times in a list is unmasked once")
{
	unsigned int list[LIST_MAX], i;
	struct pair p;

	pair_masked(&p);
	for (i = 0; i < LIST_MAX; i++)
		list[i] = p.b.port;
	EXPECT_RET(write(p.b.fd, list, sizeof(list)), sizeof(list));
	/* The event that waited, unmasked or not in the middle of the list. */
	expect_event(&p.b);
	expect_silence(p.b.fd);
}

TEST_CASE(writev_two, "C14 writev unmasks the ports of each of its buffers")
{
	struct pair p, q;
	struct iovec iov[2];

	pair_masked(&p);
	pair_bind(&q, p.a.xce, p.b.xce);
	notify(&q.a);
	expect_event(&q.b);
	notify(&q.a);
	iov[0] = (struct iovec){ &p.b.port, 4 };
	iov[1] = (struct iovec){ &q.b.port, 4 };
	EXPECT_RET(writev(p.b.fd, iov, 2), 8);
	EXPECT(next_event(p.b.fd) + next_event(p.b.fd) ==
	       p.b.port + q.b.port, "not the two ports of the list");
}

TEST_CASE(write_fault, "C31 write from unmapped memory is EFAULT and unmasks nothing")
{
	unsigned char *edge = page_edge();
	struct pair p;

	pair_masked(&p);
	EXPECT_ERR(write(p.b.fd, nowhere, 4), EFAULT);
	EXPECT_ERR(write(p.b.fd, edge, 4), EFAULT);
	EXPECT_ERR(write(p.b.fd, edge, 4096), EFAULT);
	EXPECT(!unmasked(&p), "the port was unmasked");
}

TEST_CASE(write_fault_partly, "C31 write from memory that ends midway unmasks what its result says")
{
	unsigned char *edge = page_edge();
	struct pair p;
	ssize_t got;
	bool armed;

	pair_masked(&p);
	memcpy(edge - 4, &p.b.port, 4);
	errno = 0;
	got = write(p.b.fd, edge - 4, 8);
	EXPECT(got == 4 || (got == -1 && errno == EFAULT),
	       "expected 4 or -1 EFAULT, got %zd %s", got, errno_name(errno));
	armed = unmasked_in(&p, got == 4 ? EVENT_MS : SETTLE_MS);
	EXPECT(armed == (got == 4), "result %zd, but the port is %s", got,
	       armed ? "unmasked" : "masked");
}

TEST_CASE(write_fault_split, "C31 write of a port number cut by unmapped memory is EFAULT")
{
	unsigned char *edge = page_edge();
	struct pair p;

	pair_masked(&p);
	memcpy(edge - 2, &p.b.port, 2);
	EXPECT_ERR(write(p.b.fd, edge - 2, 4), EFAULT);
	EXPECT(!unmasked(&p), "the port was unmasked");
}
