// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of the device: one function each, and a table. Those that are no
 * part of the stock ABI stand in ext.c.
 *
 * NOTIFY is what clients do all day: it comes first, and is not in the table. Most
 * others change the file, and run under its bind mutex, so that one sees the file
 * restricted or not, and no other of its kind beside it. The order
 * in which arguments are checked is part of the ABI; a restricted file refuses
 * some commands before it looks at their argument.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "evtchn.h"

/* The ABI is frozen: each number as it has been since Linux 2.6.18. */
static_assert(IOCTL_EVTCHN_BIND_VIRQ == 0x00044500);
static_assert(IOCTL_EVTCHN_BIND_INTERDOMAIN == 0x00084501);
static_assert(IOCTL_EVTCHN_BIND_UNBOUND_PORT == 0x00044502);
static_assert(IOCTL_EVTCHN_UNBIND == 0x00044503);
static_assert(IOCTL_EVTCHN_NOTIFY == 0x00044504);
static_assert(IOCTL_EVTCHN_RESET == 0x00004505);
static_assert(IOCTL_EVTCHN_RESTRICT_DOMID == 0x00024506);
static_assert(IOCTL_EVTCHN_BIND_STATIC == 0x00044507);

static long evtchn_ioctl_bind_virq(struct evtchn_file *f, void __user *arg)
{
	struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_VIRQ };
	struct ioctl_evtchn_bind_virq bind;

	if (evtchn_restricted(f))
		return -EACCES;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;

	ch.virq = bind.virq;
	return evtchn_port_bind(f, &ch);
}

static long evtchn_ioctl_bind_interdomain(struct evtchn_file *f,
					  void __user *arg)
{
	struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_INTERDOMAIN };
	struct ioctl_evtchn_bind_interdomain bind;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;

	if (evtchn_restricted(f) && bind.remote_domain != f->restrict_domid)
		return -EACCES;

	if (bind.remote_domain > U16_MAX)
		return -EINVAL;

	ch.remote_domain = bind.remote_domain;
	ch.remote_port = bind.remote_port;
	return evtchn_port_bind(f, &ch);
}

static long evtchn_ioctl_bind_unbound_port(struct evtchn_file *f,
					   void __user *arg)
{
	struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_UNBOUND };
	struct ioctl_evtchn_bind_unbound_port bind;

	if (evtchn_restricted(f))
		return -EACCES;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;

	if (bind.remote_domain > U16_MAX)
		return -EINVAL;

	ch.remote_domain = bind.remote_domain;
	return evtchn_port_bind(f, &ch);
}

static long evtchn_ioctl_bind_static(struct evtchn_file *f, void __user *arg)
{
	struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_STATIC };
	struct ioctl_evtchn_bind bind;

	if (evtchn_restricted(f))
		return -EACCES;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;

	ch.port = bind.port;
	return evtchn_port_bind(f, &ch);
}

static long evtchn_ioctl_unbind(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_unbind unbind;

	if (copy_from_user(&unbind, arg, sizeof(unbind)))
		return -EFAULT;

	return evtchn_port_unbind(f, unbind.port);
}

static long evtchn_ioctl_notify(struct evtchn_file *f,
				struct ioctl_evtchn_notify __user *arg)
{
	u32 port;

	/* Without the mutex: a call that began before the seal may be under way. */
	if (READ_ONCE(f->seals) & EVTCHN_SEAL_NOTIFY)
		return -EPERM;

	if (get_user(port, &arg->port))
		return -EFAULT;

	/* A page fault takes as long as user space likes. */
	if (READ_ONCE(f->seals) & EVTCHN_SEAL_NOTIFY)
		return -EPERM;

	return evtchn_port_notify(f, port);
}

static long evtchn_ioctl_reset(struct evtchn_file *f, void __user *arg)
{
	return evtchn_port_reset(f);
}

static long evtchn_ioctl_restrict_domid(struct evtchn_file *f,
					void __user *arg)
{
	struct ioctl_evtchn_restrict_domid restrict_domid;

	if (evtchn_restricted(f))
		return -EACCES;

	if (copy_from_user(&restrict_domid, arg, sizeof(restrict_domid)))
		return -EFAULT;

	if (restrict_domid.domid == 0 ||
	    restrict_domid.domid >= EVTCHN_XEN_DOMID_RESERVED)
		return -EINVAL;

	/* Read without the mutex by evtchn_show_fdinfo(). */
	WRITE_ONCE(f->restrict_domid, restrict_domid.domid);
	return 0;
}

#define EVTCHN_COMMAND(name, seal, function) \
	[_IOC_NR(IOCTL_EVTCHN_##name)] = { IOCTL_EVTCHN_##name, seal, function, NULL }

/* The stock commands. */
static const struct evtchn_command evtchn_commands[] = {
	EVTCHN_COMMAND(BIND_VIRQ, EVTCHN_SEAL_BIND, evtchn_ioctl_bind_virq),
	EVTCHN_COMMAND(BIND_INTERDOMAIN, EVTCHN_SEAL_BIND,
		       evtchn_ioctl_bind_interdomain),
	EVTCHN_COMMAND(BIND_UNBOUND_PORT, EVTCHN_SEAL_BIND,
		       evtchn_ioctl_bind_unbound_port),
	EVTCHN_COMMAND(UNBIND, 0, evtchn_ioctl_unbind),
	EVTCHN_COMMAND(RESET, 0, evtchn_ioctl_reset),
	EVTCHN_COMMAND(RESTRICT_DOMID, 0, evtchn_ioctl_restrict_domid),
	EVTCHN_COMMAND(BIND_STATIC, EVTCHN_SEAL_BIND, evtchn_ioctl_bind_static),
};

static const struct evtchn_command *evtchn_command(unsigned int cmd)
{
	const struct evtchn_command *command;
	unsigned int nr = _IOC_NR(cmd);

	if (nr < ARRAY_SIZE(evtchn_commands)) {
		nr = array_index_nospec(nr, ARRAY_SIZE(evtchn_commands));
		command = &evtchn_commands[nr];
	} else {
		command = evtchn_extension(nr);
	}

	return command && command->cmd == cmd ? command : NULL;
}

/* Not inlined, so that NOTIFY need not save the registers that this uses. */
static noinline long evtchn_ioctl_command(struct file *file, unsigned int cmd,
					  void __user *arg)
{
	const struct evtchn_command *command;
	struct evtchn_file *f = file->private_data;
	long rc;

	if (_IOC_TYPE(cmd) != _IOC_TYPE(IOCTL_EVTCHN_RESET))
		return -ENOTTY;

	command = evtchn_command(cmd);
	if (!command)
		return -ENOSYS;

	/* As with NOTIFY, a call that began before the seal may be under way. */
	if (!command->run)
		return READ_ONCE(f->seals) & command->needs ?
		       -EPERM : command->call(file, arg);

	evtchn_file_join(f);
	/* Who has it may wait for user memory, which may never come. */
	if (mutex_lock_killable(&f->bind_mutex))
		return -EINTR;
	rc = f->seals & command->needs ? -EPERM : command->run(f, arg);
	mutex_unlock(&f->bind_mutex);

	return rc;
}

/**
 * evtchn_ioctl() - one command on an open file
 * @file: the file
 * @cmd: IOCTL_EVTCHN_*
 * @arg: pointer to the command's argument
 *
 * Context: may sleep.
 * Return: what the command answers; see <uapi/xen/evtchn.h>. -ENOSYS for a
 * command that would be ours but does not exist, which is what clients of this
 * device have always been told; -ENOTTY for somebody else's.
 */
long evtchn_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct evtchn_file *f = file->private_data;

	if (cmd == IOCTL_EVTCHN_NOTIFY)
		return evtchn_ioctl_notify(f, (void __user *)arg);

	return evtchn_ioctl_command(file, cmd, (void __user *)arg);
}
