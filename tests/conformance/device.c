// SPDX-License-Identifier: GPL-2.0
/* Opening the device, binding loopback pairs, waiting for their events. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define POISON	0xa5a5a5a5U

void *const nowhere;

xenevtchn_handle *open_device(void)
{
	xenevtchn_handle *xce = xenevtchn_open(NULL, 0);

	EXPECT(xce, "xenevtchn_open: %s", errno_name(errno));
	return xce;
}

unsigned int bind_unbound(xenevtchn_handle *xce)
{
	int port = xenevtchn_bind_unbound_port(xce, SELF);

	EXPECT(port > 0, "bind_unbound_port(self): got %d %s", port,
	       errno_name(errno));
	return (unsigned int)port;
}

unsigned int bind_peer(xenevtchn_handle *xce, unsigned int port)
{
	int local = xenevtchn_bind_interdomain(xce, SELF, port);

	EXPECT(local > 0, "bind_interdomain(self, %u): got %d %s", port, local,
	       errno_name(errno));
	return (unsigned int)local;
}

unsigned int bind_free_virq(xenevtchn_handle *xce, unsigned int *port)
{
	static const unsigned int candidates[] = IDLE_VIRQS;
	unsigned int i;
	int got;

	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		got = xenevtchn_bind_virq(xce, candidates[i]);
		if (got > 0) {
			*port = (unsigned int)got;
			return candidates[i];
		}
	}
	skip("no VIRQ is free in this domain");
}

void pair_bind(struct pair *p, xenevtchn_handle *a, xenevtchn_handle *b)
{
	p->a.xce = a;
	p->a.fd = xenevtchn_fd(a);
	p->a.port = bind_unbound(a);
	p->b.xce = b;
	p->b.fd = xenevtchn_fd(b);
	p->b.port = bind_peer(b, p->a.port);
	/* Xen raises a newly connected port once. */
	expect_event(&p->b);
	unmask(&p->b);
}

void pair_open(struct pair *p)
{
	pair_bind(p, open_device(), open_device());
}

void pair_close(struct pair *p)
{
	xenevtchn_close(p->a.xce);
	if (p->b.xce != p->a.xce)
		xenevtchn_close(p->b.xce);
}

void notify(const struct end *from)
{
	EXPECT_RET(xenevtchn_notify(from->xce, from->port), 0);
}

void unmask(const struct end *end)
{
	EXPECT_RET(xenevtchn_unmask(end->xce, end->port), 0);
}

bool readable(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t end = now_ms() + ms;
	int got;

	do {
		got = poll(&pfd, 1, ms);
		ms = (int)(end - now_ms());
	} while (got < 0 && errno == EINTR && ms > 0);
	if (got > 0)
		EXPECT(!(pfd.revents & ~POLLIN),
		       "poll: expected POLLIN alone, got %#x",
		       (unsigned int)pfd.revents);
	return got > 0;
}

unsigned int next_event(int fd)
{
	unsigned int port = POISON;

	EXPECT(readable(fd, EVENT_MS), "no event came within %d ms", EVENT_MS);
	EXPECT_RET(read(fd, &port, sizeof(port)), 4);
	return port;
}

void expect_event(const struct end *end)
{
	unsigned int port = next_event(end->fd);

	EXPECT(port == end->port, "expected an event for port %u, got %u",
	       end->port, port);
}

void expect_silence(int fd)
{
	unsigned int port = POISON;

	if (!readable(fd, SETTLE_MS))
		return;
	EXPECT_RET(read(fd, &port, sizeof(port)), 4);
	fail("expected no event, got one for port %u", port);
}

void expect_delivery(const struct end *from, const struct end *to)
{
	notify(from);
	expect_event(to);
	unmask(to);
}

void expect_pair_works(const struct pair *p)
{
	expect_delivery(&p->a, &p->b);
	expect_delivery(&p->b, &p->a);
}

void set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	EXPECT(flags >= 0, "F_GETFL: %s", errno_name(errno));
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	EXPECT_RET(fcntl(fd, F_SETFL, flags), 0);
}

void sleep_ms(int ms)
{
	struct timespec left = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A handler keeps its CPU until it returns: who runs on each CPU in turn comes after it. */
void wait_handlers(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF), cpu;
	cpu_set_t all, one;

	EXPECT_RET(sched_getaffinity(0, sizeof(all), &all), 0);
	for (cpu = 0; cpu < cpus; cpu++) {
		CPU_ZERO(&one);
		CPU_SET((size_t)cpu, &one);
		/* There are none on one that is offline. */
		if (sched_setaffinity(0, sizeof(one), &one))
			EXPECT_EQ(errno, EINVAL);
	}
	EXPECT_RET(sched_setaffinity(0, sizeof(all), &all), 0);
}

int raw_open(int flags)
{
	int fd = open(DEVICE, flags | O_CLOEXEC);

	EXPECT(fd >= 0, "open %s: %s", DEVICE, errno_name(errno));
	return fd;
}

int raw_bind_virq(int fd, unsigned int virq)
{
	struct ioctl_evtchn_bind_virq bind = { .virq = virq };

	return ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, &bind);
}

int raw_bind_interdomain(int fd, unsigned int domain, unsigned int port)
{
	struct ioctl_evtchn_bind_interdomain bind = {
		.remote_domain = domain,
		.remote_port = port,
	};

	return ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
}

int raw_bind_unbound(int fd, unsigned int domain)
{
	struct ioctl_evtchn_bind_unbound_port bind = {
		.remote_domain = domain,
	};

	return ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);
}

int raw_unbind(int fd, unsigned int port)
{
	struct ioctl_evtchn_unbind unbind = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_UNBIND, &unbind);
}

int raw_notify(int fd, unsigned int port)
{
	struct ioctl_evtchn_notify send = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_NOTIFY, &send);
}

int raw_reset(int fd)
{
	return ioctl(fd, IOCTL_EVTCHN_RESET, NULL);
}

int raw_restrict(int fd, domid_t domid)
{
	struct ioctl_evtchn_restrict_domid restricted = { .domid = domid };

	return ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &restricted);
}

int raw_bind_static(int fd, unsigned int port)
{
	struct ioctl_evtchn_bind bind = { .port = port };

	return ioctl(fd, IOCTL_EVTCHN_BIND_STATIC, &bind);
}

pid_t fork_child(void)
{
	pid_t pid = fork();

	EXPECT(pid >= 0, "fork: %s", errno_name(errno));
	return pid;
}

void join_child(pid_t pid)
{
	int status = 0;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	EXPECT(got == pid, "waitpid: %s", errno_name(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		_exit(1);	/* it said itself what went wrong */
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	       "a child process ended with status %#x",
	       (unsigned int)status);
}

unsigned char *page_edge(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	EXPECT(map != MAP_FAILED, "mmap: %s", errno_name(errno));
	EXPECT_RET(mprotect(map + page, page, PROT_NONE), 0);
	return map + page;
}
