// SPDX-License-Identifier: GPL-2.0
/* Ports go, and channels come and go behind the driver's back. */
#include "model.h"
#include "ops.h"

#define MAX_BEHIND	40	/* channels of ours outside the driver */

static unsigned int made_behind;

static enum outcome unbind(void)
{
	struct ioctl_evtchn_unbind arg;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_UNBIND, &arg, sizeof(arg), false, 0,
	};
	long got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(command.slot);
	say(" %u", arg.port);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!is_bound_on(arg.port, command.slot))
		return judge(got, arg.port < world->ready ? -ENOTCONN : -EINVAL);
	expect_result(got, 0);
	model_unbind(arg.port);
	return DONE;
}

static enum outcome make_behind(void)
{
	unsigned int port, peer;

	if (made_behind >= MAX_BEHIND)
		return NOT_NOW;
	made_behind++;
	peer = chance(60) ? pick_unbound() : 0;
	if (!peer) {
		port = xen_alloc_unbound();
		say(" unbound %u", port);
		model_unbound(port, SELF);
	} else {
		port = xen_bind_interdomain(peer);
		say(" %u, connected to %u", port, peer);
		model_connected(port, peer);
		model_raise(port);
	}
	model_behind(port);
	return DONE;
}

static enum outcome close_behind(void)
{
	unsigned int port = pick_behind();

	if (!port || channel(port)->file != NO_FILE)
		return NOT_NOW;
	say(" %u", port);
	EXPECT_RET(xen_close(port), 0);
	model_close_behind(port);
	if (made_behind)
		made_behind--;
	return DONE;
}

const struct op channel_ops[] = {
	{ "unbind", 45, unbind },
	{ "make-channel", 16, make_behind },
	{ "close-channel", 5, close_behind },
	{ }
};
