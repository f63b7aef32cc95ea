// SPDX-License-Identifier: GPL-2.0
/*
 * The operation on eventfds: a port is connected to one for a moment. Each has any
 * number of ports, in both directions, so that events go round in circles.
 */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "harness.h"
#include "eventfd.h"
#include "race.h"

/* Whose it is may change at any moment: another one's may be taken off. */
static void disconnect_port(int fd, unsigned int flags, unsigned int port)
{
	if (raw_eventfd(fd, flags | EVTCHN_EVENTFD_REMOVE, port, -1))
		EXPECT(errno == ENOENT || errno == ENOTCONN,
		       "REMOVE from port %u: %s", port, errno_name(errno));
}

/* Signal it, or take what it has; it does not block. */
static void use_eventfd(struct worker *w, int efd)
{
	uint64_t value = 1;
	unsigned int i;

	for (i = pick(w, 4); i; i--) {
		if (pick(w, 3))
			EXPECT(write(efd, &value, sizeof(value)) > 0 ||
			       errno == EAGAIN, "write to an eventfd: %s",
			       errno_name(errno));
		else
			EXPECT(read(efd, &value, sizeof(value)) > 0 ||
			       errno == EAGAIN, "read of an eventfd: %s",
			       errno_name(errno));
		value = 1;
	}
}

/* Mostly a survivor, whose peer then wakes who waits for events of this file. */
static bool run_eventfd(struct worker *w)
{
	static const unsigned int kinds[] = { 0, EVTCHN_EVENTFD_HOLD,
					      EVTCHN_EVENTFD_SEND };
	unsigned int flags = kinds[pick(w, ARRAY_SIZE(kinds))];
	unsigned int i = pick(w, ENDS);
	bool loose = !pick(w, 4);
	struct port port = loose ? some_loose(w) : arena->ends[i];
	struct port peer = arena->ends[i ^ 1];
	int efd = arena->eventfd[pick(w, EVENTFDS)];
	int fd = fd_of(w, port.file);
	/* A number that is in the mapped ring only who took it may write back. */
	bool connected, mapped = port.file == MAPPED;

	connected = !raw_eventfd(fd, flags, port.number, efd);
	EXPECT(connected || errno == EEXIST || (loose && errno == ENOTCONN) ||
	       (mapped && errno == ENOBUFS),
	       "connecting port %u: %s", port.number, errno_name(errno));
	if (!loose)
		EXPECT_RET(raw_notify(fd_of(w, peer.file), peer.number), 0);
	use_eventfd(w, efd);
	if (!mapped && pick(w, 2))
		write_ports(fd, &port.number, 1);
	disconnect_port(fd, flags & EVTCHN_EVENTFD_SEND, port.number);

	if (!loose) {
		write_ports(fd, &port.number, 1);
		EXPECT_RET(raw_notify(fd_of(w, peer.file), peer.number), 0);
	}
	return connected;
}

const struct op op_eventfd = {
	.name = "eventfd", .run = run_eventfd, .until = QUIET,
};
