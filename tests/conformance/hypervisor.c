// SPDX-License-Identifier: GPL-2.0
/* Event channel hypercalls through privcmd. */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <xencall.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define PRIVCMD	"/dev/xen/privcmd"

static xencall_handle *xcall;
static void *buffer;	/* memory that Xen may read and write */

static int evtchn_op(unsigned int op, void *arg, size_t size)
{
	int ret;

	memcpy(buffer, arg, size);
	ret = xencall2(xcall, __HYPERVISOR_event_channel_op, op,
		       (uintptr_t)buffer);
	memcpy(arg, buffer, size);
	return ret;
}

static int get_status(struct evtchn_status *status)
{
	return evtchn_op(EVTCHNOP_status, status, sizeof(*status));
}

void need_hypercalls(void)
{
	struct evtchn_status probe = { .dom = DOMID_SELF, .port = 1 };

	if (xcall)
		return;
	if (access(PRIVCMD, R_OK | W_OK))
		skip("no " PRIVCMD " to ask Xen by");
	xcall = xencall_open(NULL, 0);
	EXPECT(xcall, "xencall_open: %s", errno_name(errno));
	buffer = xencall_alloc_buffer(xcall, 64);
	EXPECT(buffer, "xencall_alloc_buffer: %s", errno_name(errno));
	if (get_status(&probe))
		skip("privcmd refuses hypercalls: %s", errno_name(errno));
}

struct evtchn_status xen_status(unsigned int port)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	need_hypercalls();
	EXPECT_RET(get_status(&status), 0);
	return status;
}

bool xen_try_status(unsigned int port, struct evtchn_status *status)
{
	*status = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
	need_hypercalls();
	return !get_status(status);
}

static const char *state_name(unsigned int state)
{
	static const char *const names[] = {
		[EVTCHNSTAT_closed] = "closed",
		[EVTCHNSTAT_unbound] = "unbound",
		[EVTCHNSTAT_interdomain] = "interdomain",
		[EVTCHNSTAT_pirq] = "pirq",
		[EVTCHNSTAT_virq] = "virq",
		[EVTCHNSTAT_ipi] = "ipi",
	};

	return state <= EVTCHNSTAT_ipi ? names[state] : "unknown to the test";
}

void expect_state(unsigned int port, unsigned int state)
{
	struct evtchn_status got = xen_status(port);

	EXPECT(got.status == state, "port %u in Xen: expected %s, got %s",
	       port, state_name(state), state_name(got.status));
}

unsigned int xen_channels(void)
{
	struct evtchn_status status = { .dom = DOMID_SELF };
	unsigned int channels = 0, port;

	need_hypercalls();
	/* Xen makes room for more as they are used, and knows none beyond that. */
	for (port = 1; ; port++) {
		status.port = port;
		if (get_status(&status))
			break;
		channels += status.status != EVTCHNSTAT_closed;
	}
	EXPECT(errno == EINVAL, "EVTCHNOP_status of port %u: %s", port,
	       errno_name(errno));
	return channels;
}

domid_t own_domid(void)
{
	unsigned int port = xen_alloc_unbound();
	domid_t self = xen_status(port).u.unbound.dom;

	EXPECT_RET(xen_close(port), 0);
	return self;
}

unsigned int xen_try_alloc_unbound(void)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = DOMID_SELF,
	};

	need_hypercalls();
	if (evtchn_op(EVTCHNOP_alloc_unbound, &alloc, sizeof(alloc)))
		return 0;
	return alloc.port;
}

unsigned int xen_alloc_unbound(void)
{
	unsigned int port = xen_try_alloc_unbound();

	EXPECT(port, "EVTCHNOP_alloc_unbound: %s", errno_name(errno));
	return port;
}

bool xen_lets_nobody_wait(void)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = NOBODY,
	};

	need_hypercalls();
	if (!evtchn_op(EVTCHNOP_alloc_unbound, &alloc, sizeof(alloc))) {
		EXPECT_RET(xen_close(alloc.port), 0);
		return true;
	}
	EXPECT_EQ(errno, ESRCH);
	return false;
}

unsigned int xen_bind_interdomain(unsigned int remote_port)
{
	struct evtchn_bind_interdomain bind = {
		.remote_dom = DOMID_SELF,
		.remote_port = remote_port,
	};

	need_hypercalls();
	EXPECT_RET(evtchn_op(EVTCHNOP_bind_interdomain, &bind, sizeof(bind)),
		   0);
	return bind.local_port;
}

unsigned int xen_bind_free_virq(void)
{
	static const unsigned int candidates[] = IDLE_VIRQS;
	struct evtchn_bind_virq bind;
	unsigned int i;

	need_hypercalls();
	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		bind = (struct evtchn_bind_virq){ .virq = candidates[i] };
		if (!evtchn_op(EVTCHNOP_bind_virq, &bind, sizeof(bind)))
			return bind.port;
	}
	skip("no VIRQ is free in this domain");
}

int xen_close(unsigned int port)
{
	struct evtchn_close arg = { .port = port };

	need_hypercalls();
	return evtchn_op(EVTCHNOP_close, &arg, sizeof(arg));
}
