// SPDX-License-Identifier: GPL-2.0
/* The extensions that ask, and that set something: of a port, or of a file. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "model.h"
#include "ops.h"

#define COUNT_MASK	0x3fffffffU	/* modulo which STATUS counts */
#define LOWEST		15U		/* priority */

static enum outcome ask_features(void)
{
	struct ioctl_evtchn_features arg = {
		.version = (unsigned int)rng_next(),
		.features = rng_next(),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_FEATURES, &arg, sizeof(arg), false, 0,
	};
	enum outcome outcome;
	long want;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	want = spoil(&arg.flags) ? -EINVAL : 0;
	outcome = ask_ioctl(&command, &arg, want);
	if (outcome == DONE) {
		EXPECT_EQ(arg.version, EVTCHN_EXT_VERSION);
		EXPECT_EQ(arg.features, progress->features);
	}
	return outcome;
}

/* What the model knows, and the vCPU, which Xen is asked for. */
static struct ioctl_evtchn_status foresee_status(unsigned int port)
{
	const struct channel *ch = channel(port);
	struct ioctl_evtchn_status want = { .port = port };
	struct evtchn_status xen = {};

	if (ch->state == EVTCHNSTAT_unbound) {
		want.state = EVTCHN_STATE_UNBOUND;
		want.remote_domain = ch->remote;
	} else if (ch->state == EVTCHNSTAT_interdomain) {
		want.state = EVTCHN_STATE_INTERDOMAIN;
		want.remote_domain = world->self;
		want.remote_port = ch->peer;
	} else {
		want.state = EVTCHN_STATE_VIRQ;
		want.virq = ch->virq;
	}
	if (xen_try_status(port, &xen))
		want.vcpu = xen.vcpu;
	want.pending = (ch->armed ? EVTCHN_PENDING_ARMED : 0) |
		       (ch->queued ? EVTCHN_PENDING_QUEUED : 0);
	want.events = ch->upcalls & COUNT_MASK;
	want.rearms = (want.events - !ch->armed) & COUNT_MASK;
	return want;
}

static void expect_status(const struct ioctl_evtchn_status *got,
			  const struct ioctl_evtchn_status *want)
{
	EXPECT(got->state == want->state &&
	       got->remote_domain == want->remote_domain &&
	       got->remote_port == want->remote_port && got->virq == want->virq,
	       "STATUS of port %u: state %u, peer %u:%u, VIRQ %u; not %u, %u:%u, %u",
	       want->port, got->state, got->remote_domain, got->remote_port,
	       got->virq, want->state, want->remote_domain, want->remote_port,
	       want->virq);
	EXPECT(got->pending == want->pending && got->events == want->events &&
	       got->rearms == want->rearms,
	       "STATUS of port %u: pending %#x, %u events, %u rearms; not %#x, %u, %u",
	       want->port, got->pending, got->events, got->rearms,
	       want->pending, want->events, want->rearms);
	EXPECT(got->vcpu == want->vcpu, "STATUS of port %u: vCPU %u, not %u",
	       want->port, got->vcpu, want->vcpu);
	EXPECT(!memcmp(got, want, sizeof(*got)),
	       "STATUS of port %u has changed what it was given", want->port);
}

/*
 * An event that was counted in /proc/interrupts may be on its way through the driver
 * still, so that it is waited for.
 */
static void check_status(int slot, struct ioctl_evtchn_status *got)
{
	struct ioctl_evtchn_status want = foresee_status(got->port);
	int64_t end = now_ms() + DEADLINE_MS;

	while (memcmp(got, &want, sizeof(want)) && got->events <= want.events &&
	       now_ms() < end) {
		sleep_ms(1);
		EXPECT_RET(ioctl(pick_fd(slot), IOCTL_EVTCHN_STATUS, got), 0);
		want = foresee_status(got->port);
	}
	expect_status(got, &want);
}

static enum outcome ask_status(void)
{
	struct ioctl_evtchn_status arg = {
		.state = (unsigned int)rng_next(),
		.remote_port = (unsigned int)rng_next(),
		.events = (unsigned int)rng_next(),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_STATUS, &arg, sizeof(arg), false, 0,
	};
	enum outcome outcome;
	long want;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(command.slot);
	say(" of %u", arg.port);
	want = is_bound_on(arg.port, command.slot) ? 0 : -ENOTCONN;
	if (spoil(chance(40) ? &arg.flags : &arg.reserved[below(2)]))
		want = -EINVAL;
	outcome = ask_ioctl(&command, &arg, want);
	if (outcome == DONE)
		check_status(command.slot, &arg);
	return outcome;
}

/* Who is at the other end of a port; an error if nobody can be. */
static long foresee_peer(const struct command *command,
			 struct ioctl_evtchn_peer *peer)
{
	const struct file *f = &world->files[command->slot];
	const struct channel *ch = channel(peer->port);

	peer->peer = 0;
	if (peer->port) {
		if (!is_bound_on(peer->port, command->slot))
			return -ENOTCONN;
		if (ch->state == EVTCHNSTAT_virq)
			return -EINVAL;
		peer->domain = ch->state == EVTCHNSTAT_unbound ? ch->remote :
			world->self;
		if (ch->state == EVTCHNSTAT_interdomain)
			peer->peer = EVTCHN_PEER_BOUND;
	}
	if (f->restricted != UNRESTRICTED && peer->domain != f->restricted)
		return -EACCES;
	if (peer->domain >= DOMID_FIRST_RESERVED && peer->domain != SELF)
		return -EINVAL;
	/* There is no other domain. */
	if (peer->domain == SELF || peer->domain == world->self)
		peer->peer |= EVTCHN_PEER_EXISTS;
	return 0;
}

static enum outcome ask_peer(void)
{
	struct ioctl_evtchn_peer arg = { .peer = (unsigned int)rng_next() }, peer;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_PEER, &arg, sizeof(arg), false, 0,
	};
	enum outcome outcome;
	long want;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = chance(70) ? pick_port(command.slot) : 0;
	arg.domain = pick_domain();
	say(" of port %u, domain %#x", arg.port, arg.domain);
	peer = arg;
	want = foresee_peer(&command, &peer);
	if (spoil(&arg.flags))
		want = -EINVAL;
	outcome = ask_ioctl(&command, &arg, want);
	if (outcome == DONE)
		EXPECT(arg.port == peer.port && arg.domain == peer.domain &&
		       arg.peer == peer.peer,
		       "PEER of port %u: domain %u, %#x; not %u, %#x", arg.port,
		       arg.domain, arg.peer, peer.domain, peer.peer);
	return outcome;
}

const struct op status_ops[] = {
	{ "features", 4, ask_features },
	{ "status", 50, ask_status },
	{ "peer", 15, ask_peer },
	{ }
};

/* Rather none: a file that is sealed is good for less. */
static enum outcome seal(void)
{
	static const unsigned int seals[] = {
		0, 0, 0, EVTCHN_SEAL_BIND, EVTCHN_SEAL_NOTIFY,
		EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY,
	};
	struct ioctl_evtchn_seal arg = {
		.flags = PICK(seals),
		.seals = (unsigned int)rng_next(),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_SEAL, &arg, sizeof(arg), false, 0,
	};
	unsigned int all = arg.flags;
	enum outcome outcome;
	long want = 0;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	say(" by %#x", arg.flags);
	if (chance(10)) {
		arg.flags |= 1U << (2 + below(30));
		want = -EINVAL;
	}
	outcome = ask_ioctl(&command, &arg, want);
	if (outcome == DONE) {
		world->files[command.slot].seals |= all;
		EXPECT_EQ(arg.seals, world->files[command.slot].seals);
		EXPECT_EQ(arg.flags, all);
	}
	return outcome;
}

const struct op seal_ops[] = {
	{ "seal", 7, seal },
	{ }
};

/* The order of ports that one step raised is left open, so nothing else is seen of it. */
static enum outcome set_priority(void)
{
	static const unsigned int strange[] = {
		LOWEST + 1, 255, 256, 0x80000000, 0xffffffff,
	};
	struct ioctl_evtchn_priority arg = {
		.priority = chance(85) ? below(LOWEST + 1) : PICK(strange),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_PRIORITY, &arg, sizeof(arg), false, 0,
	};
	long want = 0, got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(command.slot);
	say(" of %u: %u", arg.port, arg.priority);
	if (spoil(chance(50) ? &arg.flags : &arg.reserved) ||
	    arg.priority > LOWEST)
		want = -EINVAL;
	else if (!is_bound_on(arg.port, command.slot))
		want = -ENOTCONN;
	else if (world->two_level)
		want = -EOPNOTSUPP;
	return do_ioctl(&command, &got) ? judge(got, want) : REFUSED;
}

const struct op priority_ops[] = {
	{ "priority", 12, set_priority },
	{ }
};

static enum outcome set_affinity(void)
{
	unsigned int cpus = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	static const unsigned int strange[] = {
		8192, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	struct ioctl_evtchn_affinity arg = {
		.cpu = chance(85) ? below(cpus) : PICK(strange),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_AFFINITY, &arg, sizeof(arg), false, 0,
	};
	long want = 0, got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(command.slot);
	say(" of %u: CPU %u", arg.port, arg.cpu);
	if (spoil(chance(50) ? &arg.flags : &arg.reserved))
		want = -EINVAL;
	else if (!is_bound_on(arg.port, command.slot))
		want = -ENOTCONN;
	else if (arg.cpu >= cpus)
		want = -EINVAL;
	return do_ioctl(&command, &got) ? judge(got, want) : REFUSED;
}

const struct op affinity_ops[] = {
	{ "affinity", 12, set_affinity },
	{ }
};
