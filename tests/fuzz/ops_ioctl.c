// SPDX-License-Identifier: GPL-2.0
/* Commands that bind nothing, and those that do not exist. */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>

#include "model.h"
#include "ops.h"

long result_of(long ret)
{
	return ret < 0 ? -errno : ret;
}

static const char *name_of(long result)
{
	return result < 0 ? errno_name((int)-result) : "";
}

void expect_result(long got, long want)
{
	EXPECT(got == want, "expected %ld %s, got %ld %s", want, name_of(want),
	       got, name_of(got));
}

enum outcome judge(long got, long want)
{
	expect_result(got, want);
	return want < 0 ? REFUSED : DONE;
}

static bool do_ioctl_at(const struct command *command, const struct span *span,
			long *got)
{
	const struct file *f = &world->files[command->slot];

	*got = result_of(ioctl(pick_fd(command->slot), command->cmd, span->at));
	say(" on file %d: %ld %s", command->slot, *got, name_of(*got));
	if (f->seals & command->seal) {
		expect_result(*got, -EPERM);
		return false;
	}
	if (command->restricted_first && f->restricted != UNRESTRICTED) {
		expect_result(*got, -EACCES);
		return false;
	}
	if (span->readable < command->size) {
		expect_result(*got, -EFAULT);
		return false;
	}
	return true;
}

bool do_ioctl(const struct command *command, long *got)
{
	struct span span = span_of(command->arg, command->size);

	return do_ioctl_at(command, &span, got);
}

enum outcome ask_ioctl(const struct command *command, void *answer, long want)
{
	struct span span = span_of(command->arg, command->size);
	long got;

	if (!do_ioctl_at(command, &span, &got))
		return REFUSED;
	if (want >= 0 && span.writable < command->size)
		want = -EFAULT;
	if (want >= 0)
		memcpy(answer, span.at, command->size);
	return judge(got, want);
}

bool spoil(unsigned int *field)
{
	if (!chance(6))
		return false;
	*field = 1U << (8 + below(24));
	say(" with a field of %#x", *field);
	return true;
}

static enum outcome send_event(void)
{
	struct ioctl_evtchn_notify arg;
	struct command command = {
		pick_file(), IOCTL_EVTCHN_NOTIFY, &arg, sizeof(arg), false,
		EVTCHN_SEAL_NOTIFY,
	};
	long got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(command.slot);
	say(" %u", arg.port);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!is_bound_on(arg.port, command.slot))
		return judge(got, -ENOTCONN);
	if (channel(arg.port)->state == EVTCHNSTAT_virq)
		return judge(got, -EINVAL);
	expect_result(got, 0);
	model_notify(arg.port);
	return DONE;
}

/*
 * Several at once. The same port is not raised twice, since its second event joins the
 * first one or comes after it, depending on the CPUs.
 */
static enum outcome send_burst(void)
{
	int slot = pick_file();
	unsigned int i, port, n = 0;
	const struct channel *ch;

	if (!can_send(slot))
		return NOT_NOW;
	for (i = 2 + below(30); i; i--) {
		port = pick_own(slot);
		ch = channel(port);
		if (!ch || ch->state != EVTCHNSTAT_interdomain ||
		    channel(ch->peer)->raised == world->step)
			continue;
		say(" %u", port);
		EXPECT_RET(raw_notify(pick_fd(slot), port), 0);
		model_notify(port);
		n++;
	}
	return n ? DONE : NOT_NOW;
}

bool may_write_back(unsigned int port)
{
	const struct channel *ch = channel(port);

	return !ch->queued || !world->files[ch->file].mapped.at;
}

/* RESET takes no argument, so any will do. */
void do_reset(int slot)
{
	struct span span = span_at(below(PLACES), 4);

	say(" file %d with %u pending", slot, world->files[slot].nr_ring);
	expect_result(result_of(ioctl(pick_fd(slot), IOCTL_EVTCHN_RESET, span.at)),
		      model_has_spare(slot, 0) ? 0 : -ENOBUFS);
	if (model_has_spare(slot, 0))
		model_reset(slot);
}

static enum outcome reset(void)
{
	int slot = pick_file();

	if (slot == NO_FILE)
		return NOT_NOW;
	do_reset(slot);
	return DONE;
}

static enum outcome restrict_domid(void)
{
	static const domid_t domids[] = {
		1, 2, 5, 0x100, 0x4000, NOBODY, 0, DOMID_FIRST_RESERVED,
		DOMID_INVALID, 0xffff,
	};
	struct ioctl_evtchn_restrict_domid arg = { .domid = PICK(domids) };
	struct command command = {
		pick_file(), IOCTL_EVTCHN_RESTRICT_DOMID, &arg, sizeof(arg), true, 0,
	};
	long got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	say(" to domain %#x", arg.domid);
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!arg.domid || arg.domid >= DOMID_FIRST_RESERVED)
		return judge(got, -EINVAL);
	expect_result(got, 0);
	world->files[command.slot].restricted = arg.domid;
	return DONE;
}

/* One of ours in all but one field, or anything with our letter. */
static unsigned int no_such_command(void)
{
	static const unsigned int ours[] = {
		IOCTL_EVTCHN_BIND_VIRQ, IOCTL_EVTCHN_BIND_INTERDOMAIN,
		IOCTL_EVTCHN_BIND_UNBOUND_PORT, IOCTL_EVTCHN_UNBIND,
		IOCTL_EVTCHN_NOTIFY, IOCTL_EVTCHN_RESET,
		IOCTL_EVTCHN_RESTRICT_DOMID, IOCTL_EVTCHN_BIND_STATIC,
	};
	unsigned int cmd = PICK(ours), other, i;

	switch (below(4)) {
	case 0:
		other = (cmd & ~IOCSIZE_MASK) | below(16384) << _IOC_SIZESHIFT;
		break;
	case 1:
		other = cmd | (1 + below(3)) << _IOC_DIRSHIFT;
		break;
	case 2:
		other = (cmd & ~0xffU) | (8 + below(248));
		break;
	default:
		other = ((unsigned int)rng_next() & ~0xff00U) | 'E' << 8;
	}
	for (i = 0; i < ARRAY_SIZE(ours); i++)
		if (other == ours[i])
			return other | 1U << _IOC_DIRSHIFT;
	return other;
}

/*
 * Of somebody else's kind: letters that no command of the VFS has, which would answer
 * in the driver's place, and what is asked of any descriptor.
 */
static unsigned int foreign_command(void)
{
	static const unsigned int known[] = {
		TCGETS, TIOCGWINSZ, FIONREAD, SIOCGIFNAME, TIOCSCTTY, 0,
		0xffffffff,
	};
	static const unsigned int letters[] = {
		'D', 'e', 'P', 'Z', 'q', 0xae, 0x12, 0xff,
	};

	if (chance(50))
		return PICK(known);
	return ((unsigned int)rng_next() & ~0xff00U) | PICK(letters) << 8;
}

static enum outcome unknown_command(void)
{
	int slot = pick_file();
	bool ours = chance(60);
	struct span span;
	unsigned int cmd;

	if (slot == NO_FILE)
		return NOT_NOW;
	cmd = ours ? no_such_command() : foreign_command();
	span = span_any(8, 30);
	say(" %#x on file %d", cmd, slot);
	expect_result(result_of(ioctl(pick_fd(slot), cmd, span.at)),
		      ours ? -ENOSYS : -ENOTTY);
	return DONE;
}

const struct op ioctl_ops[] = {
	{ "notify", 150, send_event },
	{ "notify-burst", 40, send_burst },
	{ "reset", 12, reset },
	{ "restrict", 4, restrict_domid },
	{ "unknown-command", 25, unknown_command },
	{ }
};
