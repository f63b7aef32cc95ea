// SPDX-License-Identifier: GPL-2.0
/* I01: what fdinfo says of a file; I03: how many ports a file may have. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"
#include "hypervisor.h"
#include "proc.h"
#include "trap.h"

#define MANY		1000
#define ROOM		(MANY * 128)
#define LINE		160
#define MAX_PORTS	"/sys/module/xen_evtchn/parameters/max_ports"

/* --- I01 ------------------------------------------------------------------------- */

/* What fdinfo says, from the first line on that is the driver's. */
static const char *what_fdinfo_says(int fd)
{
	static char text[ROOM];
	const char *own;
	size_t len = 0;
	char path[64];
	ssize_t got;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT(info >= 0, "%s: %s", path, errno_name(errno));
	while ((got = read(info, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	EXPECT(got == 0, "%s: %s", path, errno_name(errno));
	close(info);
	text[len] = '\0';
	own = strstr(text, "restricted:\t");
	EXPECT(own, "nothing of the driver's in: %s", text);
	return own;
}

static void expect_fdinfo(int fd, const char *want)
{
	const char *got = what_fdinfo_says(fd);

	EXPECT(!strcmp(got, want), "expected:\n%s\ngot:\n%s", want, got);
}

/* The line of a port, from its state on; a port has one such line. */
static const char *port_line(int fd, unsigned int port)
{
	const char *text = what_fdinfo_says(fd);
	static char line[LINE];
	char start[32];
	char *at;

	snprintf(start, sizeof(start), "\nport:\t%u ", port);
	at = strstr(text, start);
	EXPECT(at, "no line for port %u in:\n%s", port, text);
	EXPECT(!strstr(at + 1, start), "more than one line for port %u", port);
	at += strlen(start);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
	return line;
}

/* The whole line; which irq it is another test asks. */
static void expect_line(int fd, unsigned int port, const char *channel,
			const char *counts)
{
	const char *line = port_line(fd, port);
	const char *at = strstr(line, " irq ");
	char want[LINE];
	unsigned int irq;

	EXPECT(at && sscanf(at, " irq %u", &irq) == 1, "no irq in: %s", line);
	snprintf(want, sizeof(want), "%s irq %u %s", channel, irq, counts);
	EXPECT(!strcmp(line, want), "port %u: expected '%s', got '%s'", port, want, line);
}

/* The same of a port that has its channel. */
static void expect_port(int fd, unsigned int port, const char *peer,
			const char *counts)
{
	char channel[2 * LINE];

	snprintf(channel, sizeof(channel), "%s vcpu %u", peer,
		 status_of(fd, port).vcpu);
	expect_line(fd, port, channel, counts);
}

TEST_CASE(fdinfo_fresh, "I01 fdinfo of a fresh file: not restricted, no seals, no ports",
	  NEW)
{
	expect_fdinfo(raw_open(O_RDWR), "restricted:\tno\nseals:\tnone\nports:\t0\n");
}

TEST_CASE(fdinfo_restricted, "I01 fdinfo says what a file is restricted to", NEW)
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 5), 0);
	expect_fdinfo(fd, "restricted:\t5\nseals:\tnone\nports:\t0\n");
}

TEST_CASE(fdinfo_seals, "I01 fdinfo names the seals that hold", NEW)
{
	int fd = raw_open(O_RDWR), other = raw_open(O_RDWR);

	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_BIND), 0);
	expect_fdinfo(fd, "restricted:\tno\nseals:\tbind\nports:\t0\n");
	EXPECT_RET(raw_seal(fd, EVTCHN_SEAL_NOTIFY), 0);
	expect_fdinfo(fd, "restricted:\tno\nseals:\tbind notify\nports:\t0\n");
	EXPECT_RET(raw_seal(other, EVTCHN_SEAL_NOTIFY), 0);
	expect_fdinfo(other, "restricted:\tno\nseals:\tnotify\nports:\t0\n");
}

TEST_CASE(fdinfo_peers, "I01 fdinfo tells who is at the other end of each kind of port",
	  NEW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int waiting = bind_unbound(xce), own = own_domid(), virq, virq_port;
	char want[LINE];
	struct pair p;

	pair_open(&p);
	snprintf(want, sizeof(want), "unbound %u", own);
	expect_port(xenevtchn_fd(xce), waiting, want,
		    "armed 1 queued 0 events 0 rearms 0");
	snprintf(want, sizeof(want), "interdomain %u:%u", own, p.b.port);
	expect_port(p.a.fd, p.a.port, want, "armed 1 queued 0 events 0 rearms 0");
	snprintf(want, sizeof(want), "interdomain %u:%u", own, p.a.port);
	expect_port(p.b.fd, p.b.port, want, "armed 1 queued 0 events 1 rearms 1");

	/* Whoever had connected: the port waits for that domain once more. */
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	snprintf(want, sizeof(want), "unbound %u", own);
	expect_port(p.a.fd, p.a.port, want, "armed 1 queued 0 events 0 rearms 0");

	virq = bind_free_virq(xce, &virq_port);
	snprintf(want, sizeof(want), "virq %u", virq);
	expect_port(xenevtchn_fd(xce), virq_port, want,
		    "armed 1 queued 0 events 0 rearms 0");
	EXPECT(strstr(what_fdinfo_says(xenevtchn_fd(xce)), "\nports:\t2\nport:\t"),
	       "not two ports: %s", what_fdinfo_says(xenevtchn_fd(xce)));
}

TEST_CASE(fdinfo_event, "I01 fdinfo follows an event: queued, read, written back", NEW)
{
	char channel[64];
	struct pair p;

	pair_open(&p);
	snprintf(channel, sizeof(channel), "interdomain %u:%u", own_domid(),
		 p.a.port);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	expect_port(p.b.fd, p.b.port, channel, "armed 0 queued 1 events 2 rearms 1");
	expect_event(&p.b);
	expect_port(p.b.fd, p.b.port, channel, "armed 0 queued 0 events 2 rearms 1");
	unmask(&p.b);
	expect_port(p.b.fd, p.b.port, channel, "armed 1 queued 0 events 2 rearms 2");
}

TEST_CASE(fdinfo_irq, "I01 fdinfo has the irq of a port as /proc/interrupts does", NEW)
{
	char want[32];
	struct irqs irqs;
	const char *line;
	unsigned int port;
	int fd;

	set_comm("fdinfo-irq");
	fd = raw_open(O_RDWR);
	port = (unsigned int)raw_bind_unbound(fd, SELF);
	irqs = irqs_of("fdinfo-irq");
	EXPECT_EQ(irqs.lines, 1);
	snprintf(want, sizeof(want), " irq %u ", irqs.irq);
	line = port_line(fd, port);
	EXPECT(strstr(line, want), "expected '%s' in '%s'", want, line);
}

TEST_CASE(fdinfo_closed, "I01 fdinfo of a port whose channel others have closed: closed, no vCPU",
	  NEW)
{
	unsigned int port;
	int fd = raw_open(O_RDWR);

	need_hypercalls();
	port = xen_alloc_unbound();
	if (raw_bind_static(fd, port)) {
		int err = errno;

		xen_close(port);
		skip("BIND_STATIC: %s", errno_name(err));
	}
	EXPECT_RET(xen_close(port), 0);
	expect_line(fd, port, "closed - vcpu -", "armed 1 queued 0 events 0 rearms 0");
	EXPECT_RET(raw_unbind(fd, port), 0);
}

TEST_CASE(fdinfo_many, "I01 fdinfo lists each of a thousand ports once", NEW, LIMIT(120))
{
	int fd = raw_open(O_RDWR), i, bound, lines = 0;
	const char *text, *at;
	unsigned int sum = 0, listed = 0, port;

	for (bound = 0; bound < MANY; bound++) {
		i = raw_bind_unbound(fd, SELF);
		if (i < 0)
			break;
		sum += (unsigned int)i;
	}
	if (bound < MANY / 2)
		skip("this domain has but %d ports", bound);
	text = what_fdinfo_says(fd);
	for (at = text; (at = strstr(at, "\nport:\t")); at++) {
		EXPECT(sscanf(at, "\nport:\t%u unbound ", &port) == 1, "%.60s", at);
		listed += port;
		lines++;
	}
	EXPECT_EQ(lines, bound);
	EXPECT_EQ(listed, sum);
	EXPECT(text[strlen(text) - 1] == '\n', "the last line is not whole");
}

struct slow_bind {
	struct trap trap;
	int fd;
	int ret;
};

static void *bind_slowly(void *arg)
{
	struct slow_bind *bind = arg;

	bind->ret = ioctl(bind->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, bind->trap.page);
	return NULL;
}

TEST_CASE(fdinfo_busy, "I01 fdinfo of a file whose bind waits for its argument says busy",
	  NEW, LIMIT(60))
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = SELF };
	struct slow_bind bind = { .fd = raw_open(O_RDWR) };
	pthread_t binder;

	EXPECT(raw_bind_unbound(bind.fd, SELF) > 0, "bind: %s", errno_name(errno));
	trap_set(&bind.trap);
	EXPECT_RET(pthread_create(&binder, NULL, bind_slowly, &bind), 0);
	trap_wait(&bind.trap);
	expect_fdinfo(bind.fd, "restricted:\tno\nseals:\tnone\nports:\tbusy\n");
	trap_fill(&bind.trap, &arg, sizeof(arg));
	pthread_join(binder, NULL);
	EXPECT(bind.ret > 0, "bind: %d", bind.ret);
	EXPECT(strstr(what_fdinfo_says(bind.fd), "\nports:\t2\n"), "%s", what_fdinfo_says(bind.fd));
}

/* --- I03 ------------------------------------------------------------------------- */

static bool set_max_ports(const char *max)
{
	int fd = open(MAX_PORTS, O_WRONLY | O_CLOEXEC);
	bool done;

	done = fd >= 0 && write(fd, max, strlen(max)) == (ssize_t)strlen(max);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Whatever becomes of the test, those after it have no limit. */
static void with_max_ports(const char *max, void (*run)(void))
{
	siginfo_t info;
	pid_t pid;

	EXPECT(set_max_ports(max), "%s: %s", MAX_PORTS, errno_name(errno));
	pid = fork_child();
	if (pid == 0) {
		run();
		_exit(0);
	}
	EXPECT_RET(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	EXPECT(set_max_ports("0"), "%s: %s", MAX_PORTS, errno_name(errno));
	join_child(pid);
}

static void expect_full(const struct pair *p)
{
	unsigned int fixed = xen_alloc_unbound(), before = xen_channels();

	EXPECT_ERR(raw_bind_unbound(p->a.fd, SELF), ENOSPC);
	EXPECT_ERR(raw_bind_interdomain(p->a.fd, SELF, fixed), ENOSPC);
	EXPECT_ERR(raw_bind_virq(p->a.fd, VIRQ_DEBUG), ENOSPC);
	EXPECT_ERR(raw_bind_static(p->a.fd, fixed), ENOSPC);
	EXPECT_EQ(xen_channels(), before);
	expect_state(fixed, EVTCHNSTAT_unbound);
	EXPECT_RET(xen_close(fixed), 0);
	expect_pair_works(p);
}

static void use_two_ports(void)
{
	xenevtchn_handle *xce = open_device();
	struct pair p, other;

	pair_bind(&p, xce, xce);
	expect_full(&p);
	/* Each file has as many. */
	pair_open(&other);
	expect_full(&p);
	pair_close(&other);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	p.a.port = bind_unbound(xce);
	EXPECT_ERR(raw_bind_unbound(p.a.fd, SELF), ENOSPC);
}

TEST_CASE(max_ports, "I03 a bind beyond max_ports is ENOSPC, and all that is bound goes on",
	  NEW)
{
	need_hypercalls();
	with_max_ports("2", use_two_ports);
}

static void lower_it_below(void)
{
	xenevtchn_handle *xce = open_device();
	struct pair p;

	pair_bind(&p, xce, xce);
	EXPECT(set_max_ports("1"), "%s: %s", MAX_PORTS, errno_name(errno));
	expect_full(&p);
	EXPECT(set_max_ports("3"), "%s: %s", MAX_PORTS, errno_name(errno));
	bind_unbound(xce);
	expect_full(&p);
	EXPECT(set_max_ports("0"), "%s: %s", MAX_PORTS, errno_name(errno));
	bind_unbound(xce);
}

TEST_CASE(max_ports_lowered, "I03 max_ports holds from the next bind on, and takes no port away",
	  NEW)
{
	need_hypercalls();
	with_max_ports("2", lower_it_below);
}

TEST_CASE(max_ports_default, "I03 max_ports is 0, which is no limit, and only root may change it",
	  NEW)
{
	FILE *file = fopen(MAX_PORTS, "re");
	int i, fd = raw_open(O_RDWR);
	unsigned int max = 1;
	pid_t pid;

	EXPECT(file, "%s: %s", MAX_PORTS, errno_name(errno));
	EXPECT_EQ(fscanf(file, "%u", &max), 1);
	fclose(file);
	EXPECT_EQ(max, 0);
	for (i = 0; i < 100; i++)
		EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind: %s", errno_name(errno));
	pid = fork_child();
	if (pid == 0) {
		EXPECT_RET(setuid(65534), 0);
		EXPECT(!set_max_ports("1"), "anybody may set a limit");
		_exit(0);
	}
	join_child(pid);
}
