// SPDX-License-Identifier: GPL-2.0
#include <sys/ioctl.h>

#include "extension.h"

uint64_t features_of(int fd)
{
	struct ioctl_evtchn_features features = {};

	EXPECT_RET(ioctl(fd, IOCTL_EVTCHN_FEATURES, &features), 0);
	return features.features;
}

int raw_status(int fd, unsigned int port, struct ioctl_evtchn_status *status)
{
	*status = (struct ioctl_evtchn_status){ .port = port };
	return ioctl(fd, IOCTL_EVTCHN_STATUS, status);
}

struct ioctl_evtchn_status status_of(int fd, unsigned int port)
{
	struct ioctl_evtchn_status status;

	EXPECT_RET(raw_status(fd, port, &status), 0);
	EXPECT_EQ(status.port, port);
	return status;
}

int raw_peer(int fd, unsigned int port, unsigned int domain, unsigned int *peer)
{
	struct ioctl_evtchn_peer arg = { .port = port, .domain = domain };
	int rc = ioctl(fd, IOCTL_EVTCHN_PEER, &arg);

	*peer = arg.peer;
	return rc;
}

int raw_seal(int fd, unsigned int flags)
{
	struct ioctl_evtchn_seal arg = { .flags = flags };

	return ioctl(fd, IOCTL_EVTCHN_SEAL, &arg);
}

int raw_priority(int fd, unsigned int port, unsigned int priority)
{
	struct ioctl_evtchn_priority arg = { .port = port, .priority = priority };

	return ioctl(fd, IOCTL_EVTCHN_PRIORITY, &arg);
}

int raw_affinity(int fd, unsigned int port, unsigned int cpu)
{
	struct ioctl_evtchn_affinity arg = { .port = port, .cpu = cpu };

	return ioctl(fd, IOCTL_EVTCHN_AFFINITY, &arg);
}

int raw_notify_many(int fd, struct evtchn_notify *list, unsigned int count)
{
	struct ioctl_evtchn_notify_many many = {
		.count = count,
		.ports = (uintptr_t)list,
	};

	return ioctl(fd, IOCTL_EVTCHN_NOTIFY_MANY, &many);
}

void wait_queued(const struct end *end)
{
	int64_t last = now_ms() + EVENT_MS;

	while (!(status_of(end->fd, end->port).pending & EVTCHN_PENDING_QUEUED)) {
		EXPECT(now_ms() < last, "port %u has no event", end->port);
		sleep_ms(1);
	}
}

void wait_events(const struct end *end, unsigned int events)
{
	int64_t last = now_ms() + EVENT_MS;
	unsigned int got;

	while ((got = status_of(end->fd, end->port).events) < events) {
		EXPECT(now_ms() < last, "port %u had %u events, not %u", end->port, got,
		       events);
		sleep_ms(1);
	}
}
