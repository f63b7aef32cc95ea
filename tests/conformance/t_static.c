// SPDX-License-Identifier: GPL-2.0
/* C41: BIND_STATIC, on channels made by privcmd behind the driver's back. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "proc.h"

#define NO_CHECK "D3: does not look at the channel before it binds it"
#define UNSHARED "D3: takes ports that somebody else has bound"

/* The event core keeps a static channel open since Linux 6.7. */
static bool core_is_new(void)
{
	return linux_at_least(6, 7);
}

/* A channel that nobody has bound; skips where it could not be bound. */
static unsigned int static_channel(void)
{
	unsigned int port = xen_alloc_unbound();

	if (!core_is_new()) {
		int fd = raw_open(O_RDWR);

		if (raw_bind_static(fd, port)) {
			xen_close(port);
			skip("this kernel can not keep a static channel open");
		}
		close(fd);
	}
	return port;
}

static struct end static_end(unsigned int port)
{
	xenevtchn_handle *xce = open_device();
	struct end end = { xce, xenevtchn_fd(xce), port };

	EXPECT_RET(raw_bind_static(end.fd, port), 0);
	return end;
}

static void static_pair(struct pair *p)
{
	p->a = static_end(static_channel());
	p->b.xce = open_device();
	p->b.fd = xenevtchn_fd(p->b.xce);
	p->b.port = bind_peer(p->b.xce, p->a.port);
	expect_event(&p->b);
	unmask(&p->b);
}

/* Nothing of a test's channel is left, or the next one finds it. */
static void drop_channel(unsigned int port)
{
	EXPECT_RET(xen_close(port), 0);
	expect_state(port, EVTCHNSTAT_closed);
}

TEST_CASE(static_answer, "C41 BIND_STATIC returns 0, or EOPNOTSUPP on an old kernel")
{
	unsigned int port = xen_alloc_unbound();
	int fd = raw_open(O_RDWR);

	if (core_is_new()) {
		EXPECT_RET(raw_bind_static(fd, port), 0);
	} else if (raw_bind_static(fd, port)) {
		if (errno == ENOSYS)
			skip("this driver has no BIND_STATIC");
		EXPECT_EQ(errno, EOPNOTSUPP);
	}
	close(fd);
	expect_state(port, EVTCHNSTAT_unbound);
	drop_channel(port);
}

TEST_CASE(static_events, "C41 a static port is notified, read and unmasked as any other")
{
	struct pair p;

	static_pair(&p);
	expect_pair_works(&p);
	notify(&p.b);
	expect_event(&p.a);
	notify(&p.b);
	expect_silence(p.a.fd);
	unmask(&p.a);
	expect_event(&p.a);
	pair_close(&p);
	drop_channel(p.a.port);
}

TEST_CASE(static_connected, "C41 both ends of a channel that is connected already can be bound")
{
	struct pair p;

	p.a = static_end(static_channel());
	p.b = static_end(xen_bind_interdomain(p.a.port));
	if (readable(p.b.fd, SETTLE_MS)) {
		expect_event(&p.b);	/* of the connecting */
		unmask(&p.b);
	}
	expect_pair_works(&p);
	pair_close(&p);
	expect_state(p.a.port, EVTCHNSTAT_interdomain);
	drop_channel(p.b.port);
	drop_channel(p.a.port);
}

TEST_CASE(static_twice, "C41 BIND_STATIC of a port the file has bound already is EISCONN")
{
	struct pair p;

	static_pair(&p);
	EXPECT_ERR(raw_bind_static(p.a.fd, p.a.port), EISCONN);
	EXPECT_ERR(raw_bind_static(p.b.fd, p.b.port), EISCONN);
	expect_pair_works(&p);
	pair_close(&p);
	drop_channel(p.a.port);
}

TEST_CASE(static_unbind, "C41 UNBIND of a static port leaves its channel open in Xen")
{
	struct end end = static_end(static_channel());

	EXPECT_RET(xenevtchn_unbind(end.xce, end.port), 0);
	expect_state(end.port, EVTCHNSTAT_unbound);
	EXPECT_ERR(xenevtchn_notify(end.xce, end.port), ENOTCONN);
	EXPECT_ERR(xenevtchn_unbind(end.xce, end.port), ENOTCONN);
	drop_channel(end.port);
}

TEST_CASE(static_close, "C41 close leaves a static channel open in Xen, and its peer connected")
{
	struct pair p;

	static_pair(&p);
	EXPECT_RET(xenevtchn_close(p.a.xce), 0);
	expect_state(p.a.port, EVTCHNSTAT_interdomain);
	expect_state(p.b.port, EVTCHNSTAT_interdomain);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	expect_state(p.a.port, EVTCHNSTAT_unbound);
	drop_channel(p.a.port);
}

TEST_CASE(static_killed, "C41 the death of its process leaves a static channel open in Xen")
{
	unsigned int port = static_channel();
	pid_t pid = fork_child();
	int status;

	if (pid == 0) {
		static_end(port);
		kill(getpid(), SIGKILL);
	}
	EXPECT_RET(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status), "it did not bind");
	expect_state(port, EVTCHNSTAT_unbound);
	drop_channel(port);
}

TEST_CASE(static_again, "C41 a static port that was given up works for the next file")
{
	struct pair p;
	int round;

	static_pair(&p);
	for (round = 0; round < 5; round++) {
		EXPECT_RET(xenevtchn_close(p.a.xce), 0);
		p.a = static_end(p.a.port);
		if (readable(p.a.fd, SETTLE_MS))
			expect_event(&p.a);
		unmask(&p.a);
		expect_pair_works(&p);
	}
	pair_close(&p);
	drop_channel(p.a.port);
}

TEST_CASE(static_restricted, "C41 a restricted file can not bind a static port: EACCES",
	  STOCK_FAILS("D3: does not look whether the file is restricted"))
{
	unsigned int port = static_channel();
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 1), 0);
	EXPECT_ERR(raw_bind_static(fd, port), EACCES);
	expect_state(port, EVTCHNSTAT_unbound);
	drop_channel(port);
}

TEST_CASE(static_closed, "C41 BIND_STATIC of a port that is not open is EINVAL",
	  STOCK_FAILS(NO_CHECK))
{
	unsigned int port = static_channel();
	int fd = raw_open(O_RDWR);

	drop_channel(port);
	EXPECT_ERR(raw_bind_static(fd, port), EINVAL);
	EXPECT_ERR(raw_bind_static(fd, 0), EINVAL);
	expect_state(port, EVTCHNSTAT_closed);
}

TEST_CASE(static_range, "C41 BIND_STATIC of a number no port can have is EINVAL",
	  STOCK_FAILS("says ENOMEM"))
{
	int fd = raw_open(O_RDWR);

	drop_channel(static_channel());
	EXPECT_ERR(raw_bind_static(fd, 0x20000), EINVAL);
	EXPECT_ERR(raw_bind_static(fd, 0x80000000U), EINVAL);
	EXPECT_ERR(raw_bind_static(fd, ABSURD), EINVAL);
}

TEST_CASE(static_virq, "C41 BIND_STATIC of a VIRQ's port is EINVAL and leaves it open in Xen",
	  STOCK_FAILS(NO_CHECK))
{
	unsigned int port;
	int fd = raw_open(O_RDWR);

	drop_channel(static_channel());
	port = xen_bind_free_virq();
	EXPECT_ERR(raw_bind_static(fd, port), EINVAL);
	expect_state(port, EVTCHNSTAT_virq);
	drop_channel(port);
}

TEST_CASE(static_foreign, "C41 BIND_STATIC of a port that another file has as static is EBUSY",
	  HAZARD, STOCK_FAILS(UNSHARED))
{
	int kmsg = kmsg_from_here(), fd = raw_open(O_RDWR);
	struct pair p;

	static_pair(&p);
	EXPECT_ERR(raw_bind_static(fd, p.a.port), EBUSY);
	expect_pair_works(&p);
	close(fd);
	expect_pair_works(&p);
	pair_close(&p);
	drop_channel(p.a.port);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(static_ordinary, "C41 BIND_STATIC of another file's ordinary port is EBUSY",
	  HAZARD, STOCK_FAILS(UNSHARED))
{
	int kmsg = kmsg_from_here(), fd = raw_open(O_RDWR);
	struct pair p;

	drop_channel(static_channel());
	pair_open(&p);
	EXPECT_ERR(raw_bind_static(fd, p.a.port), EBUSY);
	EXPECT_ERR(raw_bind_static(fd, p.b.port), EBUSY);
	expect_pair_works(&p);
	close(fd);
	expect_pair_works(&p);
	pair_close(&p);
	expect_state(p.a.port, EVTCHNSTAT_closed);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(static_kernel, "C41 BIND_STATIC of the kernel's ports fails and does no harm",
	  HAZARD, LIMIT(60), STOCK_FAILS(UNSHARED))
{
	int kmsg = kmsg_from_here(), fd = raw_open(O_RDWR);
	unsigned int before[64], port, owned = 0;
	struct timespec brief = { .tv_nsec = 1000 };
	struct pair p;

	drop_channel(static_channel());
	for (port = 1; port < 64; port++) {
		before[port] = xen_status(port).status;
		if (before[port] == EVTCHNSTAT_closed)
			continue;
		owned++;
		EXPECT(raw_bind_static(fd, port) == -1, "port %u was bound",
		       port);
		EXPECT(errno == EBUSY || errno == EINVAL,
		       "port %u: expected EBUSY or EINVAL, got %s", port,
		       errno_name(errno));
		expect_state(port, before[port]);
	}
	EXPECT(owned, "the kernel has no port at all");
	close(fd);
	for (port = 1; port < 64; port++)
		expect_state(port, before[port]);
	nanosleep(&brief, NULL);	/* the timer still ticks */
	pair_open(&p);
	expect_pair_works(&p);
	expect_kmsg_quiet(kmsg);
}
