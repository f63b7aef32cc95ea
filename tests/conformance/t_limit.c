// SPDX-License-Identifier: GPL-2.0
/* C34: the domain's last channel; C41: numbers the kernel has not used yet. */
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define TWO_LEVEL	4096U	/* channels of a domain with the 2-level ABI */
#define FIFO_STEP	1024U	/* by so many the FIFO ABI's array grows */

/* UNBIND tells how many channels the kernel is ready for at present. */
static bool kernel_knows(int fd, unsigned int port)
{
	EXPECT(raw_unbind(fd, port) == -1, "port %u was ours", port);
	return errno == ENOTCONN;
}

/* dom0 has all the channels that its ABI can number: 131,072 with FIFO. */
static void need_few_channels(void)
{
	int fd = raw_open(O_RDWR);

	if (own_domid() == 0 && (!kernel_knows(fd, TWO_LEVEL - 1) ||
				 kernel_knows(fd, TWO_LEVEL)))
		skip("dom0 has too many channels, except with xen.fifo_events=0");
}

TEST_CASE(exhausted, "C34 a bind beyond the domain's last channel is ENOSPC, and all goes on",
	  LIMIT(240))
{
	xenevtchn_handle *hog = open_device();
	unsigned int left = 0;
	struct pair p;

	need_few_channels();
	pair_open(&p);
	while (xenevtchn_bind_unbound_port(hog, SELF) > 0)
		if (++left > TWO_LEVEL)
			skip("this domain has too many channels to use them all");
	EXPECT_ERR(xenevtchn_bind_unbound_port(hog, SELF), ENOSPC);
	EXPECT_ERR(xenevtchn_bind_unbound_port(p.a.xce, SELF), ENOSPC);
	EXPECT_ERR(xenevtchn_bind_interdomain(p.a.xce, SELF, p.a.port), ENOSPC);
	expect_pair_works(&p);
	EXPECT_RET(xenevtchn_close(hog), 0);
	bind_unbound(p.a.xce);
	note("%u channels were left to bind", left);
}

TEST_CASE(static_beyond, "C41 a static channel can have a number beyond those the kernel has used")
{
	unsigned int made[4 * FIFO_STEP], n = 0, beyond = FIFO_STEP;
	int fd = raw_open(O_RDWR), got, err;

	need_hypercalls();
	while (kernel_knows(fd, beyond))
		beyond += FIFO_STEP;
	if (beyond >= TWO_LEVEL)
		skip("the kernel is ready for %u channels already", beyond);
	do {
		made[n] = xen_try_alloc_unbound();
	} while (made[n] && made[n++] <= beyond);
	got = n && made[n - 1] > beyond ? raw_bind_static(fd, made[n - 1]) : 1;
	err = errno;
	if (!got)
		EXPECT_RET(raw_unbind(fd, made[n - 1]), 0);
	while (n)
		xen_close(made[--n]);
	if (got == 1)
		skip("this domain may not have %u channels", beyond);
	if (got && (err == ENOSYS || err == EOPNOTSUPP))
		skip("this kernel can not keep a static channel open");
	EXPECT(!got, "BIND_STATIC: %s", errno_name(err));
}

TEST_CASE(fifo, "R10 ports with numbers beyond the 2-level ABI's last deliver, with the FIFO ABI",
	  LIMIT(240))
{
	xenevtchn_handle *hog = open_device();
	struct pair p;
	int port;

	do {
		port = xenevtchn_bind_unbound_port(hog, SELF);
		if (port < 0)
			skip("this domain has too few channels: %s", errno_name(errno));
	} while ((unsigned int)port < TWO_LEVEL);
	pair_open(&p);
	EXPECT(p.a.port > TWO_LEVEL && p.b.port > TWO_LEVEL, "ports %u and %u",
	       p.a.port, p.b.port);
	expect_pair_works(&p);
	EXPECT_RET(xenevtchn_close(hog), 0);
	expect_pair_works(&p);
}
