// SPDX-License-Identifier: GPL-2.0
/* D11 and what is new: a 32-bit program on a 64-bit kernel, by the i386 system calls. */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"
#include "mapped.h"

#define NO_COMPAT "D11: has no ioctl for 32-bit callers"

#ifdef __x86_64__

enum { I386_READ = 3, I386_WRITE = 4, I386_IOCTL = 54, I386_MMAP = 90 };

static uint32_t *arg;	/* where a 32-bit pointer reaches */
static sigjmp_buf no_emulation;

static void on_fault(int sig)
{
	siglongjmp(no_emulation, sig);
}

static long i386_call(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "0" (nr), "b" (a), "c" (b), "d" (c)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	ret = (int)ret;
	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

static long compat_ioctl(int fd, unsigned int cmd, uint32_t a, uint32_t b)
{
	arg[0] = a;
	arg[1] = b;
	return i386_call(I386_IOCTL, fd, (int)cmd, (long)arg);
}

static void need_compat(void)
{
	signal(SIGSEGV, on_fault);
	if (sigsetjmp(no_emulation, 1))
		skip("this kernel runs no 32-bit programs");
	i386_call(I386_READ, -1, 0, 0);
	signal(SIGSEGV, SIG_DFL);
	arg = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	EXPECT(arg != MAP_FAILED, "mmap: %s", errno_name(errno));
}

TEST_CASE(compat_bind, "D11 a 32-bit program binds, notifies, reads, unmasks and unbinds",
	  STOCK_FAILS(NO_COMPAT))
{
	int fd = xenevtchn_fd(open_device());
	long a, b;

	need_compat();
	a = compat_ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, SELF, 0);
	EXPECT(a > 0, "BIND_UNBOUND_PORT: %s", errno_name(errno));
	b = compat_ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, SELF, (uint32_t)a);
	EXPECT(b > 0, "BIND_INTERDOMAIN: %s", errno_name(errno));
	EXPECT_EQ(next_event(fd), b);
	EXPECT_RET(compat_ioctl(fd, IOCTL_EVTCHN_NOTIFY, (uint32_t)b, 0), 0);
	EXPECT(readable(fd, EVENT_MS), "no event came");
	EXPECT_RET(i386_call(I386_READ, fd, (long)arg, 4096), 4);
	EXPECT_EQ(arg[0], a);
	EXPECT_RET(i386_call(I386_WRITE, fd, (long)arg, 4), 4);
	EXPECT_RET(compat_ioctl(fd, IOCTL_EVTCHN_UNBIND, (uint32_t)a, 0), 0);
	EXPECT_ERR(compat_ioctl(fd, IOCTL_EVTCHN_NOTIFY, (uint32_t)a, 0),
		   ENOTCONN);
}

TEST_CASE(compat_virq, "D11 a 32-bit program binds a VIRQ", STOCK_FAILS(NO_COMPAT))
{
	xenevtchn_handle *xce = open_device();
	unsigned int port, virq = bind_free_virq(xce, &port);

	need_compat();
	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	EXPECT(compat_ioctl(xenevtchn_fd(xce), IOCTL_EVTCHN_BIND_VIRQ, virq,
			    0) > 0, "BIND_VIRQ: %s", errno_name(errno));
}

TEST_CASE(compat_restrict, "D11 a 32-bit program restricts and resets its file",
	  STOCK_FAILS(NO_COMPAT))
{
	int fd = xenevtchn_fd(open_device());

	need_compat();
	EXPECT_RET(compat_ioctl(fd, IOCTL_EVTCHN_RESET, 0, 0), 0);
	EXPECT_RET(compat_ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, 1, 0), 0);
	EXPECT_ERR(compat_ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, SELF, 0),
		   EACCES);
}

TEST_CASE(compat_errors, "D11 a 32-bit program is told the same errors",
	  STOCK_FAILS(NO_COMPAT))
{
	int fd = xenevtchn_fd(open_device());

	need_compat();
	EXPECT_ERR(i386_call(I386_IOCTL, fd, IOCTL_EVTCHN_NOTIFY, 0), EFAULT);
	EXPECT_ERR(compat_ioctl(fd, IOCTL_EVTCHN_UNBIND, ABSURD, 0), EINVAL);
	EXPECT_ERR(compat_ioctl(fd, _IOC(_IOC_NONE, 'E', 8, 4), 0, 0), ENOSYS);
}

TEST_CASE(compat_eventfd, "V02 a 32-bit program connects its ports to eventfds", NEW)
{
	int efd = new_eventfd(0, 0);
	struct pair p;

	need_compat();
	pair_open(&p);
	arg[2] = (uint32_t)efd;
	EXPECT_RET(compat_ioctl(p.a.fd, IOCTL_EVTCHN_EVENTFD, EVTCHN_EVENTFD_SEND,
				p.a.port), 0);
	write_eventfd(efd, 1);
	expect_event(&p.b);
	arg[2] = (uint32_t)-1;
	EXPECT_RET(compat_ioctl(p.a.fd, IOCTL_EVTCHN_EVENTFD,
				EVTCHN_EVENTFD_SEND | EVTCHN_EVENTFD_REMOVE,
				p.a.port), 0);
	EXPECT_ERR(compat_ioctl(p.a.fd, IOCTL_EVTCHN_EVENTFD, EVTCHN_EVENTFD_REMOVE,
				p.a.port), ENOENT);
}

/* The structures are the same; what they point to is where 32 bits reach, too. */
TEST_CASE(compat_wait, "N03 a 32-bit program re-arms, sends and waits by WAIT", NEW)
{
	struct ioctl_evtchn_wait *wait;
	xenevtchn_handle *xce = open_device();
	uint32_t *list;
	struct pair p;
	int i;

	need_compat();
	pair_bind(&p, xce, xce);
	wait = (void *)arg;
	list = arg + sizeof(*wait) / sizeof(*arg);
	*wait = (struct ioctl_evtchn_wait){
		.nr_notify = 1, .nr_ports = 2, .rearm = (uintptr_t)&list[1],
		.notify = (uintptr_t)&list[0], .ports = (uintptr_t)&list[1],
		.timeout = -1,
	};
	list[0] = p.b.port;
	for (i = 0; i < 3; i++) {
		EXPECT_RET(i386_call(I386_IOCTL, p.a.fd, (int)IOCTL_EVTCHN_WAIT,
				     (long)arg), 1);
		EXPECT_EQ(list[1], p.a.port);
		EXPECT_EQ(list[2], 0);
		wait->nr_rearm = 1;
	}
	wait->nr_notify = 0;
	wait->timeout = 1000000;
	EXPECT_RET(i386_call(I386_IOCTL, p.a.fd, (int)IOCTL_EVTCHN_WAIT, (long)arg), 0);
	wait->rearm = (uintptr_t)nowhere;
	EXPECT_ERR(i386_call(I386_IOCTL, p.a.fd, (int)IOCTL_EVTCHN_WAIT, (long)arg),
		   EFAULT);
}

TEST_CASE(compat_status, "X02 a 32-bit program is told by STATUS what any other is", NEW)
{
	struct ioctl_evtchn_status status;
	struct pair p;

	need_compat();
	pair_open(&p);
	status = status_of(p.a.fd, p.a.port);
	EXPECT_EQ(status.state, EVTCHN_STATE_INTERDOMAIN);
	EXPECT_RET(compat_ioctl(p.a.fd, IOCTL_EVTCHN_STATUS, 0, p.a.port), 0);
	EXPECT(!memcmp(arg, &status, sizeof(status)), "it is told something else");
	memset(arg, 0, sizeof(status));
	EXPECT_ERR(compat_ioctl(p.a.fd, IOCTL_EVTCHN_STATUS, 0, p.b.port), ENOTCONN);
}

TEST_CASE(compat_mapped, "M01 a 32-bit program maps the ring, and takes events from it", NEW)
{
	struct mapping m = { .length = 2 * (size_t)sysconf(_SC_PAGESIZE) };
	struct pair p;
	long address;
	int i;

	need_compat();
	pair_open(&p);
	arg[1] = (uint32_t)m.length;
	arg[2] = PROT_READ | PROT_WRITE;
	arg[3] = MAP_SHARED;
	arg[4] = (uint32_t)p.b.fd;
	address = i386_call(I386_MMAP, (long)arg, 0, 0);
	EXPECT(address != -1, "mmap: %s", errno_name(errno));
	m.fd = p.b.fd;
	m.ring = (void *)(uintptr_t)(uint32_t)address;
	arg[0] = p.b.port;
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		mapped_expect(&m, p.b.port);
		EXPECT_RET(i386_call(I386_WRITE, p.b.fd, (long)arg, 4), 4);
	}
	EXPECT_ERR(i386_call(I386_READ, p.b.fd, (long)arg, 4), EBUSY);
	mapped_close(&m);
}

#else

TEST_CASE(compat, "D11 a 32-bit program is served as any other")
{
	skip("a test for x86-64");
}

#endif
