// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>

#include "peer.h"

struct peer need_peer(void)
{
	const char *text = getenv("CONFORMANCE_PEER");
	struct peer peer;

	if (!text)
		skip("no other domain has made a port for this one");
	EXPECT(sscanf(text, "%u:%u:%u:%u", &peer.domid, &peer.echo, &peer.spare,
		      &peer.last) == 4, "CONFORMANCE_PEER is '%s'", text);
	return peer;
}

struct end connect_to(unsigned int domid, unsigned int port)
{
	struct end end = { .xce = open_device() };
	int local = xenevtchn_bind_interdomain(end.xce, domid, port);

	EXPECT(local > 0, "port %u of domain %u: %s", port, domid, errno_name(errno));
	end.fd = xenevtchn_fd(end.xce);
	end.port = (unsigned int)local;
	expect_event(&end);
	unmask(&end);
	return end;
}
