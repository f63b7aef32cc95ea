// SPDX-License-Identifier: GPL-2.0
/* Connecting ports to eventfds, and looking at those. */
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

int new_eventfd(unsigned int value, int flags)
{
	int efd = eventfd(value, EFD_NONBLOCK | EFD_CLOEXEC | flags);

	EXPECT(efd >= 0, "eventfd: %s", errno_name(errno));
	return efd;
}

void write_eventfd(int efd, uint64_t value)
{
	EXPECT_RET(write(efd, &value, sizeof(value)), sizeof(value));
}

uint64_t read_eventfd(int efd)
{
	uint64_t value;

	EXPECT_RET(read(efd, &value, sizeof(value)), sizeof(value));
	return value;
}

void expect_raised(int efd, uint64_t value)
{
	EXPECT(readable(efd, EVENT_MS), "the eventfd was not raised within %d ms",
	       EVENT_MS);
	EXPECT_EQ(read_eventfd(efd), value);
}

void expect_not_raised(int efd)
{
	EXPECT(!readable(efd, SETTLE_MS), "the eventfd was raised, to %llu",
	       (unsigned long long)read_eventfd(efd));
}

int raw_eventfd(int fd, unsigned int flags, unsigned int port, int efd)
{
	struct ioctl_evtchn_eventfd arg = {
		.flags = flags,
		.port = port,
		.fd = efd,
	};

	return ioctl(fd, IOCTL_EVTCHN_EVENTFD, &arg);
}

void connect_eventfd(const struct end *end, unsigned int flags, int efd)
{
	EXPECT_RET(raw_eventfd(end->fd, flags, end->port, efd), 0);
}

void remove_eventfd(const struct end *end, unsigned int flags)
{
	EXPECT_RET(raw_eventfd(end->fd, flags | EVTCHN_EVENTFD_REMOVE, end->port,
			       -1), 0);
}

int receiver(const struct end *end, unsigned int flags)
{
	int efd = new_eventfd(0, 0);

	connect_eventfd(end, flags, efd);
	return efd;
}

int sender(const struct end *end)
{
	int efd = new_eventfd(0, 0);

	connect_eventfd(end, EVTCHN_EVENTFD_SEND, efd);
	return efd;
}
