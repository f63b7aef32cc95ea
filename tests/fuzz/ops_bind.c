// SPDX-License-Identifier: GPL-2.0
/* Ports come: the four commands that bind. */
#include <sys/ioctl.h>

#include "model.h"
#include "ops.h"

#define NR_VIRQS_XEN	24	/* Xen's NR_VIRQS */

static bool room_for(int slot, unsigned int n)
{
	return world->bound + n <= world->max_bound &&
	       world->files[slot].nr_ports + n <= MAX_RING;
}

static unsigned int next_port(int slot)
{
	return world->files[slot].nr_ports + 1;
}

static bool is_self(unsigned int domain)
{
	return domain == SELF || domain == world->self;
}

static enum outcome bind_unbound_port(void)
{
	struct ioctl_evtchn_bind_unbound_port arg;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg, sizeof(arg),
		true, EVTCHN_SEAL_BIND,
	};
	long got;

	if (command.slot == NO_FILE || !room_for(command.slot, 1))
		return NOT_NOW;
	arg.remote_domain = pick_domain();
	say(" for domain %#x", arg.remote_domain);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (arg.remote_domain > UINT16_MAX)
		return judge(got, -EINVAL);
	if (!model_has_room(command.slot, next_port(command.slot)))
		return judge(got, -ENOBUFS);
	EXPECT(got > 0, "no port: %s", errno_name((int)-got));
	model_unbound((unsigned int)got, (domid_t)arg.remote_domain);
	model_bound(command.slot, (unsigned int)got);
	return DONE;
}

/* What the driver or Xen refuse; 0 if nothing. */
static long refuse_interdomain(int slot, unsigned int domain, unsigned int port,
			       bool room)
{
	const struct file *f = &world->files[slot];
	const struct channel *ch = channel(port);

	if (f->restricted != UNRESTRICTED && domain != f->restricted)
		return -EACCES;
	if (domain > UINT16_MAX)
		return -EINVAL;
	if (!room)
		return -ENOBUFS;
	if (!is_self(domain))
		return -ESRCH;
	if (!ch || ch->state != EVTCHNSTAT_unbound || ch->remote != world->self)
		return -EINVAL;
	return 0;
}

/*
 * The kernel's own ports are left in peace where this would succeed: it waits for
 * xenstored on one of them.
 */
static enum outcome bind_interdomain(void)
{
	struct ioctl_evtchn_bind_interdomain arg;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg, sizeof(arg),
		false, EVTCHN_SEAL_BIND,
	};
	long got, want;

	if (command.slot == NO_FILE || !room_for(command.slot, 1))
		return NOT_NOW;
	arg.remote_domain = pick_domain();
	arg.remote_port = chance(80) ? pick_unbound() : pick_port(command.slot);
	want = refuse_interdomain(command.slot, arg.remote_domain,
				  arg.remote_port, true);
	if (!want && channel(arg.remote_port)->kernel)
		return NOT_NOW;
	if (!arg.remote_port && chance(90))
		return NOT_NOW;
	say(" to port %u of domain %#x", arg.remote_port, arg.remote_domain);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	want = refuse_interdomain(command.slot, arg.remote_domain,
				  arg.remote_port,
				  model_has_room(command.slot,
						 next_port(command.slot)));
	if (want)
		return judge(got, want);
	EXPECT(got > 0, "no port: %s", errno_name((int)-got));
	model_connected((unsigned int)got, arg.remote_port);
	model_bound(command.slot, (unsigned int)got);
	/* Xen raises the new port once by itself. */
	model_raise((unsigned int)got);
	return DONE;
}

static bool virq_taken(unsigned int virq)
{
	unsigned int port;

	for (port = 1; port <= world->highest; port++)
		if (channel(port)->state == EVTCHNSTAT_virq &&
		    channel(port)->virq == virq)
			return true;
	return false;
}

/*
 * The timer fires all the time, and Xen's console and its ring whenever there is
 * something in them: they are asked for only where the kernel has them. The others
 * say something about Xen's debugging, its memory, other domains.
 *
 * The kernel has the per-vCPU ones on each vCPU. Xen's view of a port does not
 * tell apart the one on vCPU 0, which is the one that counts; all kernels that
 * have it on any vCPU have it there.
 */
static bool fires_by_itself(unsigned int virq)
{
	return virq == VIRQ_TIMER || virq == VIRQ_CONSOLE ||
	       virq == VIRQ_CON_RING;
}

static enum outcome bind_virq(void)
{
	static const unsigned int beyond[] = {
		NR_VIRQS_XEN, NR_VIRQS_XEN + 1, 0x100, 0x7fffffff, 0xffffffff,
	};
	static const unsigned int idle[] = IDLE_VIRQS;
	struct ioctl_evtchn_bind_virq arg = {
		chance(10) ? PICK(beyond) : chance(60) ? PICK(idle) :
			below(NR_VIRQS_XEN),
	};
	struct command command = {
		pick_file(), IOCTL_EVTCHN_BIND_VIRQ, &arg, sizeof(arg), true,
		EVTCHN_SEAL_BIND,
	};
	bool taken = virq_taken(arg.virq);
	long got;

	if (command.slot == NO_FILE || !room_for(command.slot, 1) ||
	    (!taken && fires_by_itself(arg.virq)))
		return NOT_NOW;
	say(" %u", arg.virq);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!model_has_room(command.slot, next_port(command.slot)))
		return judge(got, -ENOBUFS);
	if (arg.virq >= NR_VIRQS_XEN)
		return judge(got, -EINVAL);
	if (taken)
		return judge(got, -EEXIST);
	EXPECT(got > 0, "no port: %s", errno_name((int)-got));
	model_virq((unsigned int)got, arg.virq);
	model_bound(command.slot, (unsigned int)got);
	return DONE;
}

static long refuse_static(int slot, unsigned int port)
{
	const struct channel *ch = channel(port);

	if (!model_has_room(slot, next_port(slot)))
		return -ENOBUFS;
	if (is_bound_on(port, slot))
		return -EISCONN;
	if (world->no_static)
		return -EOPNOTSUPP;
	if (!ch || ch->state == EVTCHNSTAT_closed)
		return -EINVAL;
	if (ch->kernel || ch->file != NO_FILE)
		return -EBUSY;
	return 0;
}

static enum outcome bind_static(void)
{
	struct ioctl_evtchn_bind arg;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_BIND_STATIC, &arg, sizeof(arg), true,
		EVTCHN_SEAL_BIND,
	};
	long got, want;

	if (command.slot == NO_FILE || !room_for(command.slot, 1))
		return NOT_NOW;
	arg.port = chance(70) ? pick_behind() : pick_port(command.slot);
	if (!arg.port && chance(90))
		return NOT_NOW;
	say(" %u", arg.port);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	want = refuse_static(command.slot, arg.port);
	if (want)
		return judge(got, want);
	expect_result(got, 0);
	model_bind_static(command.slot, arg.port);
	return DONE;
}

static bool can_bind_any(int slot, unsigned int n)
{
	const struct file *f = &world->files[slot];

	return f->restricted == UNRESTRICTED && !(f->seals & EVTCHN_SEAL_BIND) &&
	       model_has_spare(slot, n);
}

/* Many pairs at once, for a long ring: each connected end has its first event. */
static enum outcome bind_many(void)
{
	unsigned int i, n = world->max_bound > 1024 ? 40 + below(700) : 8 + below(90);
	int to = pick_file(), from = pick_file(), a, b;

	if (to == NO_FILE || !room_for(from, n) || !room_for(to, 2 * n) ||
	    !can_bind_any(to, 2 * n) || !can_bind_any(from, 2 * n))
		return NOT_NOW;
	say(" %u pairs from file %d to file %d", n, from, to);
	for (i = 0; i < n; i++) {
		a = raw_bind_unbound(pick_fd(from), SELF);
		EXPECT(a > 0, "no port: %s", errno_name(errno));
		model_unbound((unsigned int)a, SELF);
		model_bound(from, (unsigned int)a);
		b = raw_bind_interdomain(pick_fd(to), SELF, (unsigned int)a);
		EXPECT(b > 0, "no port: %s", errno_name(errno));
		model_connected((unsigned int)b, (unsigned int)a);
		model_bound(to, (unsigned int)b);
		model_raise((unsigned int)b);
	}
	return DONE;
}

const struct op bind_ops[] = {
	{ "bind-unbound", 45, bind_unbound_port },
	{ "bind-interdomain", 70, bind_interdomain },
	{ "bind-virq", 12, bind_virq },
	{ "bind-static", 25, bind_static },
	{ "bind-many", 6, bind_many },
	{ }
};
