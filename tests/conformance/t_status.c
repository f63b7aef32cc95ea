// SPDX-License-Identifier: GPL-2.0
/* X01, X02: what a file and its ports say of themselves. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"
#include "hypervisor.h"

#define MAX_TRIES	200
#define LEAST	(EVTCHN_FEATURE_STATUS | EVTCHN_FEATURE_SEAL | EVTCHN_FEATURE_PRIORITY)

TEST_CASE(features_ask, "X01 FEATURES tells what there is beyond the stock ABI", NEW)
{
	struct ioctl_evtchn_features features = { .version = 99, .features = ~0ULL };

	EXPECT_RET(ioctl(raw_open(O_RDWR), IOCTL_EVTCHN_FEATURES, &features), 0);
	EXPECT_EQ(features.version, EVTCHN_EXT_VERSION);
	EXPECT_EQ(features.features & LEAST, LEAST);
	EXPECT_EQ(features.features & ~0xffffULL, 0);
}

/* Each with its first word, or the reserved ones, as nobody has defined it. */
TEST_CASE(features_flags, "X01 a flag that has no meaning is EINVAL for each command",
	  NEW)
{
	static const unsigned int commands[] = {
		IOCTL_EVTCHN_FEATURES, IOCTL_EVTCHN_STATUS, IOCTL_EVTCHN_PEER,
		IOCTL_EVTCHN_SEAL, IOCTL_EVTCHN_PRIORITY, IOCTL_EVTCHN_AFFINITY,
	};
	xenevtchn_handle *xce = open_device();
	unsigned int arg[16], i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		memset(arg, 0, sizeof(arg));
		arg[0] = 0x80000000;
		arg[1] = bind_unbound(xce);
		EXPECT_ERR(ioctl(xenevtchn_fd(xce), commands[i], arg), EINVAL);
	}
}

TEST_CASE(features_reserved, "X01 a reserved field that is not zero is EINVAL", NEW)
{
	struct ioctl_evtchn_status status = { .reserved = { 0, 1 } };
	xenevtchn_handle *xce = open_device();
	struct ioctl_evtchn_priority priority = { .reserved = 1 };
	struct ioctl_evtchn_affinity affinity = { .reserved = 1 };
	int fd = xenevtchn_fd(xce);

	status.port = bind_unbound(xce);
	priority.port = status.port;
	affinity.port = status.port;
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_STATUS, &status), EINVAL);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_PRIORITY, &priority), EINVAL);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_AFFINITY, &affinity), EINVAL);
}

TEST_CASE(features_fault, "X01 a bad pointer is EFAULT for each command, and EBADF a bad file",
	  NEW)
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_FEATURES, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_STATUS, page_edge() - 4), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_PEER, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_SEAL, page_edge() - 4), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_PRIORITY, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_AFFINITY, nowhere), EFAULT);
}

/* The answer can't be written: a client that knows of no seal is not to have one. */
TEST_CASE(features_read_only,
	  "X01 an answer that can't be written is EFAULT, and no seal is set then",
	  NEW)
{
	static const unsigned int commands[] = {
		IOCTL_EVTCHN_FEATURES, IOCTL_EVTCHN_STATUS, IOCTL_EVTCHN_PEER,
		IOCTL_EVTCHN_SEAL,
	};
	xenevtchn_handle *xce = open_device();
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	unsigned int i, port = bind_unbound(xce), *arg;

	arg = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(arg != MAP_FAILED, "mmap: %s", errno_name(errno));
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_RET(mprotect(arg, size, PROT_READ | PROT_WRITE), 0);
		memset(arg, 0, size);
		/* The first word of SEAL is which, the second of others the port. */
		arg[0] = commands[i] == IOCTL_EVTCHN_SEAL ? EVTCHN_SEAL_BIND : 0;
		arg[1] = port;
		EXPECT_RET(mprotect(arg, size, PROT_READ), 0);
		EXPECT_ERR(ioctl(xenevtchn_fd(xce), commands[i], arg), EFAULT);
	}
	bind_unbound(xce);
}

TEST_CASE(features_older, "X01 a command that is not there yet is ENOSYS, as on the in-tree driver")
{
	int fd = raw_open(O_RDWR);
	unsigned long long arg[16] = { 0 };

	EXPECT_ERR(ioctl(fd, _IOWR('E', 0xDF, arg), arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, _IOWR('E', 0xFF, arg), arg), ENOSYS);
}

TEST_CASE(status_unbound,
	  "X02 a port nobody has connected to is unbound, for the domain it was made for",
	  NEW)
{
	xenevtchn_handle *xce = open_device();
	struct ioctl_evtchn_status status;
	int port = xenevtchn_bind_unbound_port(xce, 5);

	if (port < 0)
		port = (int)bind_unbound(xce);
	status = status_of(xenevtchn_fd(xce), (unsigned int)port);
	EXPECT_EQ(status.state, EVTCHN_STATE_UNBOUND);
	EXPECT_EQ(status.remote_port, 0);
	EXPECT_EQ(status.virq, 0);
	EXPECT_EQ(status.pending, EVTCHN_PENDING_ARMED);
	EXPECT_EQ(status.events, 0);
	EXPECT_EQ(status.rearms, 0);
}

TEST_CASE(status_interdomain, "X02 a connected port names the peer's domain and port",
	  NEW)
{
	struct ioctl_evtchn_status a, b;
	struct pair p;

	pair_open(&p);
	a = status_of(p.a.fd, p.a.port);
	b = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(a.state, EVTCHN_STATE_INTERDOMAIN);
	EXPECT_EQ(b.state, EVTCHN_STATE_INTERDOMAIN);
	EXPECT_EQ(a.remote_port, p.b.port);
	EXPECT_EQ(b.remote_port, p.a.port);
	EXPECT_EQ(a.remote_domain, b.remote_domain);
}

TEST_CASE(status_agrees, "X02 STATUS agrees with what Xen says through privcmd", NEW)
{
	struct ioctl_evtchn_status status;
	struct evtchn_status xen;
	struct pair p;

	pair_open(&p);
	xen = xen_status(p.a.port);
	status = status_of(p.a.fd, p.a.port);
	EXPECT_EQ(status.remote_domain, xen.u.interdomain.dom);
	EXPECT_EQ(status.remote_port, xen.u.interdomain.port);
	EXPECT_EQ(status.vcpu, xen.vcpu);
}

TEST_CASE(status_virq, "X02 a port of a VIRQ names it, and has no peer", NEW)
{
	xenevtchn_handle *xce = open_device();
	struct ioctl_evtchn_status status;
	unsigned int port, virq;

	virq = bind_free_virq(xce, &port);
	status = status_of(xenevtchn_fd(xce), port);
	EXPECT_EQ(status.state, EVTCHN_STATE_VIRQ);
	EXPECT_EQ(status.virq, virq);
	EXPECT_EQ(status.vcpu, 0);
	EXPECT_EQ(status.remote_domain, 0);
	EXPECT_EQ(status.remote_port, 0);
}

TEST_CASE(status_closed, "X02 a port whose channel was closed by others says so", NEW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = bind_unbound(xce);
	int tries = 0;

	need_hypercalls();
	EXPECT_RET(xen_close(port), 0);
	EXPECT_EQ(status_of(xenevtchn_fd(xce), port).state, EVTCHN_STATE_CLOSED);
	/* The kernel's event core can not bear to close what is not there. */
	while (xen_alloc_unbound() != port)
		EXPECT(++tries < MAX_TRIES, "number %u is not given out again", port);
}

TEST_CASE(status_counts, "X02 armed, queued and the counts follow an event from its arrival on",
	  NEW)
{
	struct ioctl_evtchn_status before, status;
	struct pair p;

	pair_open(&p);
	before = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(before.pending, EVTCHN_PENDING_ARMED);
	EXPECT_EQ(before.rearms, before.events);

	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.pending, EVTCHN_PENDING_QUEUED);
	EXPECT_EQ(status.events, before.events + 1);
	EXPECT_EQ(status.rearms, before.rearms);

	expect_event(&p.b);
	EXPECT_EQ(status_of(p.b.fd, p.b.port).pending, 0);

	unmask(&p.b);
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.pending, EVTCHN_PENDING_ARMED);
	EXPECT_EQ(status.events, before.events + 1);
	EXPECT_EQ(status.rearms, before.rearms + 1);
}

TEST_CASE(status_counts_many, "X02 200 events and unmasks count 200", NEW)
{
	struct ioctl_evtchn_status before, status;
	struct pair p;
	int i;

	pair_open(&p);
	before = status_of(p.b.fd, p.b.port);
	for (i = 0; i < 200; i++) {
		notify(&p.a);
		expect_event(&p.b);
		unmask(&p.b);
	}
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.events - before.events, 200);
	EXPECT_EQ(status.rearms - before.rearms, 200);
}

TEST_CASE(status_reset,
	  "X02 RESET counts as an unmask of what it drops", NEW)
{
	struct ioctl_evtchn_status before, status;
	struct pair p;

	pair_open(&p);
	before = status_of(p.b.fd, p.b.port);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	status = status_of(p.b.fd, p.b.port);
	EXPECT_EQ(status.pending, EVTCHN_PENDING_ARMED);
	EXPECT_EQ(status.rearms, before.rearms + 1);
}

TEST_CASE(status_of_others, "X02 STATUS of a port of another file, or of none, is ENOTCONN",
	  NEW)
{
	struct ioctl_evtchn_status status;
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(raw_status(p.a.fd, p.b.port, &status), ENOTCONN);
	EXPECT_ERR(raw_status(p.a.fd, 0, &status), ENOTCONN);
	EXPECT_ERR(raw_status(p.a.fd, ABSURD, &status), ENOTCONN);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	EXPECT_ERR(raw_status(p.a.fd, p.a.port, &status), ENOTCONN);
}

TEST_CASE(status_restricted, "X02 a restricted file is told of the ports that it has",
	  NEW)
{
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_restrict(p.a.fd, NOBODY), 0);
	EXPECT_EQ(status_of(p.a.fd, p.a.port).state, EVTCHN_STATE_INTERDOMAIN);
}
