// SPDX-License-Identifier: GPL-2.0
/* Ports whose events raise an eventfd, and eventfds that send events. */
#include <unistd.h>

#include "model.h"
#include "ops.h"

/* One of which the rest of the run is not told; and what is none. */
static int pick_bad_fd(int slot, long *error)
{
	static const int closed[] = { -1, -2, 0x7fffffff, 1000 };

	if (chance(50)) {
		*error = -EBADF;
		return PICK(closed);
	}
	*error = -EINVAL;
	return pick_fd(slot);
}

/* A field that makes the whole argument bad. */
static bool spoil_eventfd(struct ioctl_evtchn_eventfd *arg)
{
	if (spoil(chance(50) ? &arg->flags : &arg->reserved))
		return true;
	if (!chance(4))
		return false;
	arg->flags |= EVTCHN_EVENTFD_HOLD | EVTCHN_EVENTFD_SEND;
	say(" with flags %#x", arg->flags);
	return true;
}

static long refuse_receive(int slot, unsigned int port, long bad_fd)
{
	if (!is_bound_on(port, slot))
		return -ENOTCONN;
	return channel(port)->way != TO_RING ? -EEXIST : bad_fd;
}

static enum outcome connect_receiver(void)
{
	int slot = pick_file(), eventfd = (int)below(NR_RECEIVERS);
	struct ioctl_evtchn_eventfd arg = {
		.flags = chance(50) ? EVTCHN_EVENTFD_HOLD : 0,
		.fd = world->eventfds[eventfd].fd,
	};
	struct command command = {
		slot, IOCTL_EVTCHN_EVENTFD, &arg, sizeof(arg), false, 0,
	};
	long got, want, bad_fd = 0;

	if (slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(slot);
	if (chance(6))
		arg.fd = pick_bad_fd(slot, &bad_fd);
	say(" %u by eventfd %d%s", arg.port, eventfd,
	    arg.flags ? ", held" : "");
	want = refuse_receive(slot, arg.port, bad_fd);
	if (spoil_eventfd(&arg))
		want = -EINVAL;
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!want && channel(arg.port)->queued &&
	    !model_has_room(slot, world->files[slot].nr_ports + 1))
		want = -ENOBUFS;
	if (!want)
		model_receive(slot, arg.port, eventfd, arg.flags);
	return judge(got, want);
}

static unsigned int senders(int eventfd)
{
	unsigned int port, count = 0;

	for (port = 1; port <= world->highest; port++)
		count += channel(port)->file != NO_FILE &&
			 channel(port)->sender == eventfd;
	return count;
}

static long refuse_send(int slot, unsigned int port, int eventfd, long bad_fd)
{
	if (world->files[slot].seals & EVTCHN_SEAL_NOTIFY)
		return -EPERM;
	if (!is_bound_on(port, slot))
		return -ENOTCONN;
	if (channel(port)->state == EVTCHNSTAT_virq)
		return -EINVAL;
	if (channel(port)->sender != NO_EVENTFD)
		return -EEXIST;
	if (bad_fd)
		return bad_fd;
	return senders(eventfd) < EVTCHN_EVENTFD_SENDS ? 0 : -ENOSPC;
}

/* What was written to it before counts as the first event. */
static void write_before(int eventfd)
{
	struct eventfd *e = &world->eventfds[eventfd];
	uint64_t value = 1 + below(3);

	if (e->written || senders(eventfd) || chance(60))
		return;
	EXPECT_RET(write(e->fd, &value, sizeof(value)), sizeof(value));
	e->written = true;
	say(" (written to before)");
}

static enum outcome connect_sender(void)
{
	int slot = pick_file();
	int eventfd = NR_RECEIVERS + (int)below(NR_EVENTFDS - NR_RECEIVERS);
	struct ioctl_evtchn_eventfd arg = {
		.flags = EVTCHN_EVENTFD_SEND,
		.fd = world->eventfds[eventfd].fd,
	};
	struct command command = {
		slot, IOCTL_EVTCHN_EVENTFD, &arg, sizeof(arg), false, 0,
	};
	long got, want, bad_fd = 0;

	if (slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_port(slot);
	if (chance(6))
		arg.fd = pick_bad_fd(slot, &bad_fd);
	else
		write_before(eventfd);
	say(" %u by eventfd %d", arg.port, eventfd);
	want = refuse_send(slot, arg.port, eventfd, bad_fd);
	if (spoil_eventfd(&arg))
		want = -EINVAL;
	if (!do_ioctl(&command, &got))
		return REFUSED;
	expect_result(got, want);
	if (want)
		return REFUSED;
	channel(arg.port)->sender = eventfd;
	if (world->eventfds[eventfd].written)
		model_notify(arg.port);
	world->eventfds[eventfd].written = false;
	return DONE;
}

static enum outcome write_sender(void)
{
	int eventfd = NR_RECEIVERS + (int)below(NR_EVENTFDS - NR_RECEIVERS);
	uint64_t value = 1 + below(1000);

	if (!senders(eventfd))
		return NOT_NOW;
	say(" %d", eventfd);
	EXPECT_RET(write(world->eventfds[eventfd].fd, &value, sizeof(value)),
		   sizeof(value));
	model_send_all(eventfd);
	return DONE;
}

static bool is_connected(unsigned int port, bool sender)
{
	const struct channel *ch = channel(port);

	return sender ? ch->sender != NO_EVENTFD : ch->way != TO_RING;
}

/* One that is connected, mostly; 0 if there is none. */
static unsigned int pick_connected(int slot, bool sender)
{
	const struct file *f = &world->files[slot];
	unsigned int found[64], n = 0, i;

	for (i = 0; i < f->nr_ports && n < ARRAY_SIZE(found); i++)
		if (is_connected(f->ports[i], sender))
			found[n++] = f->ports[i];
	if (chance(15))
		return pick_port(slot);
	return n ? found[below(n)] : 0;
}

/* A file that has one, if any has. */
static int pick_connected_file(bool sender)
{
	int slots[NR_FILES], slot;
	unsigned int n = 0, i;
	const struct file *f;
	bool is;

	for (slot = 0; slot < NR_FILES; slot++) {
		f = &world->files[slot];
		is = false;
		for (i = 0; i < f->nr_ports && f->life == OPEN; i++)
			is |= is_connected(f->ports[i], sender);
		if (is)
			slots[n++] = slot;
	}
	return n ? slots[below(n)] : pick_file();
}

static long refuse_remove(int slot, const struct ioctl_evtchn_eventfd *arg,
			  bool sender)
{
	if (arg->fd != -1)
		return -EINVAL;
	if (!is_bound_on(arg->port, slot))
		return -ENOTCONN;
	return is_connected(arg->port, sender) ? 0 : -ENOENT;
}

static enum outcome disconnect(void)
{
	bool sender = chance(40);
	int slot = pick_connected_file(sender);
	struct ioctl_evtchn_eventfd arg = {
		.flags = EVTCHN_EVENTFD_REMOVE | (sender ? EVTCHN_EVENTFD_SEND : 0),
		.fd = chance(95) ? -1 : world->eventfds[0].fd,
	};
	struct command command = {
		slot, IOCTL_EVTCHN_EVENTFD, &arg, sizeof(arg), false, 0,
	};
	long got, want;

	if (slot == NO_FILE)
		return NOT_NOW;
	arg.port = pick_connected(slot, sender);
	if (!arg.port)
		return NOT_NOW;
	say(" %u, which %s", arg.port, sender ? "is sent on" : "is received");
	want = refuse_remove(slot, &arg, sender);
	if (spoil_eventfd(&arg))
		want = -EINVAL;
	if (!do_ioctl(&command, &got))
		return REFUSED;
	if (!want && sender)
		channel(arg.port)->sender = NO_EVENTFD;
	else if (!want)
		model_stop_receiving(arg.port);
	return judge(got, want);
}

const struct op eventfd_ops[] = {
	{ "eventfd-receive", 16, connect_receiver },
	{ "eventfd-send", 12, connect_sender },
	{ "eventfd-write", 25, write_sender },
	{ "eventfd-remove", 14, disconnect },
	{ }
};
