// SPDX-License-Identifier: GPL-2.0
/* V01: an eventfd that a port's events raise. */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

TEST_CASE(eventfd_feature, "V01 FEATURES says that there are eventfds", NEW)
{
	struct ioctl_evtchn_features features = {};

	EXPECT_RET(ioctl(raw_open(O_RDWR), IOCTL_EVTCHN_FEATURES, &features), 0);
	EXPECT(features.features & EVTCHN_FEATURE_EVENTFD, "it is not among %#llx",
	       (unsigned long long)features.features);
}

TEST_CASE(eventfd_receive, "V01 events raise the eventfd, one each, and can not be read", NEW)
{
	struct pair p;
	int i, efd;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_raised(efd, 1);
		expect_silence(p.b.fd);
	}
}
