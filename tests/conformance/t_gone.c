// SPDX-License-Identifier: GPL-2.0
/*
 * X03: is the peer there still? Two ends of one domain; and another domain, whose ports
 * come by CONFORMANCE_PEER: see t_peer.c. CONFORMANCE_GONE is the number of a domain
 * that was destroyed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"
#include "peer.h"

#define THERE	(EVTCHN_PEER_EXISTS | EVTCHN_PEER_BOUND)

TEST_CASE(gone_no, "X03 the peer of a connected port exists, and holds its end", NEW)
{
	struct ioctl_evtchn_peer peer = { .domain = 12345 };
	struct pair p;

	pair_open(&p);
	peer.port = p.a.port;
	EXPECT_RET(ioctl(p.a.fd, IOCTL_EVTCHN_PEER, &peer), 0);
	EXPECT_EQ(peer.peer, THERE);
	EXPECT_EQ(peer.domain, status_of(p.a.fd, p.a.port).remote_domain);
}

TEST_CASE(gone_unbound,
	  "X03 when the peer unbinds its end, the domain exists and the port is not bound",
	  NEW)
{
	unsigned int peer;
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_unbind(p.b.fd, p.b.port), 0);
	EXPECT_RET(raw_peer(p.a.fd, p.a.port, 0, &peer), 0);
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
	EXPECT_EQ(status_of(p.a.fd, p.a.port).state, EVTCHN_STATE_UNBOUND);
	expect_silence(p.a.fd);
}

TEST_CASE(gone_killed, "X03 when the peer's process is killed, its end is given up", NEW)
{
	int to_child[2], to_parent[2];
	unsigned int peer, port;
	struct end end;
	char byte = 0;
	pid_t pid;

	EXPECT_RET(pipe(to_child), 0);
	EXPECT_RET(pipe(to_parent), 0);
	end.xce = open_device();
	end.fd = xenevtchn_fd(end.xce);
	end.port = bind_unbound(end.xce);
	port = end.port;
	pid = fork_child();
	if (!pid) {
		bind_peer(open_device(), port);
		EXPECT_RET(write(to_parent[1], &byte, 1), 1);
		/* Until the parent's end of the pipe is closed. */
		close(to_child[1]);
		EXPECT_RET(read(to_child[0], &byte, 1), 0);
		_exit(0);
	}
	EXPECT_RET(read(to_parent[0], &byte, 1), 1);
	EXPECT_RET(raw_peer(end.fd, end.port, 0, &peer), 0);
	EXPECT_EQ(peer, THERE);
	close(to_child[1]);
	join_child(pid);
	EXPECT_RET(raw_peer(end.fd, end.port, 0, &peer), 0);
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
}

TEST_CASE(gone_domain,
	  "X03 PEER of port 0 asks after a domain: the own one exists, another does not",
	  NEW)
{
	int fd = raw_open(O_RDWR);
	unsigned int peer;

	EXPECT_RET(raw_peer(fd, 0, 0, &peer), 0);
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
	EXPECT_RET(raw_peer(fd, 0, SELF, &peer), 0);
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
	EXPECT_RET(raw_peer(fd, 0, NOBODY, &peer), 0);
	EXPECT_EQ(peer, 0);
}

TEST_CASE(gone_reserved, "X03 a reserved domid, or one above 16 bits, is EINVAL", NEW)
{
	int fd = raw_open(O_RDWR);
	unsigned int peer;

	EXPECT_ERR(raw_peer(fd, 0, DOMID_IO, &peer), EINVAL);
	EXPECT_ERR(raw_peer(fd, 0, DOMID_XEN, &peer), EINVAL);
	EXPECT_ERR(raw_peer(fd, 0, 0xffff, &peer), EINVAL);
	EXPECT_ERR(raw_peer(fd, 0, 0x10000, &peer), EINVAL);
	EXPECT_ERR(raw_peer(fd, 0, ABSURD, &peer), EINVAL);
}

TEST_CASE(gone_of_others, "X03 PEER of a port of another file is ENOTCONN, of a VIRQ's port EINVAL",
	  NEW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int peer, port;

	EXPECT_ERR(raw_peer(xenevtchn_fd(xce), bind_unbound(open_device()), 0, &peer),
		   ENOTCONN);
	EXPECT_ERR(raw_peer(xenevtchn_fd(xce), ABSURD, 0, &peer), ENOTCONN);
	bind_free_virq(xce, &port);
	EXPECT_ERR(raw_peer(xenevtchn_fd(xce), port, 0, &peer), EINVAL);
}

TEST_CASE(gone_restricted, "X03 a restricted file may ask after its domain alone: else EACCES",
	  NEW)
{
	unsigned int peer;
	struct pair p;

	pair_open(&p);
	EXPECT_RET(raw_restrict(p.a.fd, NOBODY), 0);
	EXPECT_RET(raw_peer(p.a.fd, 0, NOBODY, &peer), 0);
	EXPECT_EQ(peer, 0);
	EXPECT_ERR(raw_peer(p.a.fd, 0, NOBODY - 1, &peer), EACCES);
	EXPECT_ERR(raw_peer(p.a.fd, 0, SELF, &peer), EACCES);
	EXPECT_ERR(raw_peer(p.a.fd, p.a.port, 0, &peer), EACCES);
}

TEST_CASE(gone_other_domain, "X03 another domain exists, and hangs up: no event, but PEER tells",
	  NEW)
{
	struct peer other = need_peer();
	struct end end = connect_to(other.domid, other.last);
	unsigned int peer;
	int64_t deadline;

	EXPECT_RET(raw_peer(end.fd, 0, other.domid, &peer), 0);
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
	EXPECT_RET(raw_peer(end.fd, end.port, 0, &peer), 0);
	EXPECT_EQ(peer, THERE);

	/* By which the other end is closed. */
	notify(&end);
	deadline = now_ms() + EVENT_MS;
	while (peer & EVTCHN_PEER_BOUND) {
		EXPECT(now_ms() < deadline, "the other end is there still");
		sleep_ms(1);
		EXPECT_RET(raw_peer(end.fd, end.port, 0, &peer), 0);
	}
	EXPECT_EQ(peer, EVTCHN_PEER_EXISTS);
	expect_silence(end.fd);
	/* It is not there for the next one who asks for it. */
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), other.domid, other.last), EINVAL);
}

TEST_CASE(gone_destroyed, "X03 a domain that was destroyed does not exist", NEW)
{
	const char *gone = getenv("CONFORMANCE_GONE");
	unsigned int peer;

	if (!gone)
		skip("no domain was destroyed for this");
	EXPECT_RET(raw_peer(raw_open(O_RDWR), 0, (unsigned int)atoi(gone), &peer), 0);
	EXPECT_EQ(peer, 0);
}
