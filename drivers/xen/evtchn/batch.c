// SPDX-License-Identifier: GPL-2.0
/*
 * Many ports in one call. What each command does is said in
 * <uapi/xen/evtchn_ext.h>.
 *
 * None of this takes the bind mutex, as NOTIFY, read and write do not: who waits
 * here keeps nobody from binding. A list stays in the caller's memory, and is read
 * there a number at a time, so that none is too long for the stack and none has to
 * be allocated.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "evtchn.h"

/* As frozen as those in ext.c, and the same for 32-bit callers. */
static_assert(EVTCHN_MANY == 1024);
static_assert(IOCTL_EVTCHN_NOTIFY_MANY == 0xc01045e6);
static_assert(IOCTL_EVTCHN_WAIT == 0xc03045e7);
static_assert(sizeof(struct evtchn_notify) == 8);
static_assert(offsetof(struct ioctl_evtchn_notify_many, ports) == 8);
static_assert(offsetof(struct ioctl_evtchn_wait, rearm) == 16);
static_assert(offsetof(struct ioctl_evtchn_wait, timeout) == 40);

/*
 * Send an event on a port of a list, whose seals were looked at before. Once more, since
 * to read the number may have taken as long as user space liked.
 */
static long evtchn_list_send(struct evtchn_file *f, u32 port)
{
	if (READ_ONCE(f->seals) & EVTCHN_SEAL_NOTIFY)
		return -EPERM;

	return evtchn_port_notify(f, port);
}

/* Port @i of a list is done: others may have the CPU now and then. */
static void evtchn_list_pause(u32 i)
{
	if (i % EVTCHN_BATCH == EVTCHN_BATCH - 1)
		cond_resched();
}

/* Send an event on each port of a list, and say of each how that went. */
static long evtchn_list_notify_each(struct evtchn_file *f,
				    struct evtchn_notify __user *list, u32 count)
{
	u32 i, port, sent = 0;
	long rc;

	for (i = 0; i < count; i++) {
		if (get_user(port, &list[i].port))
			return -EFAULT;
		rc = evtchn_list_send(f, port);
		sent += !rc;
		if (put_user((s32)rc, &list[i].result))
			return -EFAULT;
		evtchn_list_pause(i);
	}

	return sent;
}

/**
 * evtchn_ioctl_notify_many() - IOCTL_EVTCHN_NOTIFY_MANY
 * @file: the file, which is not sealed against it
 * @arg: pointer to the command's argument
 *
 * Context: may sleep.
 * Return: how many events were sent; -EFAULT, -EINVAL.
 */
long evtchn_ioctl_notify_many(struct file *file, void __user *arg)
{
	struct ioctl_evtchn_notify_many many;

	if (copy_from_user(&many, arg, sizeof(many)))
		return -EFAULT;

	if (many.flags || many.count > EVTCHN_MANY)
		return -EINVAL;

	return evtchn_list_notify_each(file->private_data,
				       u64_to_user_ptr(many.ports), many.count);
}

static long evtchn_list_rearm(struct evtchn_file *f, const u32 __user *list,
			      u32 count)
{
	u32 i, port;

	for (i = 0; i < count; i++) {
		if (get_user(port, &list[i]))
			return -EFAULT;
		rcu_read_lock();
		evtchn_port_rearm(f, port);
		rcu_read_unlock();
		evtchn_list_pause(i);
	}

	return 0;
}

/* Send an event on each port of a list, up to the first that fails. */
static long evtchn_list_notify(struct evtchn_file *f, const u32 __user *list,
			       u32 count)
{
	u32 i, port;
	long rc;

	for (i = 0; i < count; i++) {
		if (get_user(port, &list[i]))
			return -EFAULT;
		rc = evtchn_list_send(f, port);
		if (rc)
			return rc;
		evtchn_list_pause(i);
	}

	return 0;
}

/*
 * Hand out pending ports; if there are none, wait for one.
 *
 * Return: how many; 0 when the time is over; -EINTR, since the events that were
 * sent before would be sent again if the call was restarted; -EBUSY if the file's
 * ring is mapped; -EFAULT.
 */
static long evtchn_list_wait(struct evtchn_file *f, u32 __user *list, u32 max,
			     s64 timeout)
{
	ktime_t end, *until = NULL;
	long rc;

	if (timeout > 0) {
		end = ktime_add_safe(ktime_get(), ns_to_ktime(timeout));
		until = &end;
	}

	do {
		rc = evtchn_file_hand_out(f, list, max);
		if (rc)
			break;
		if (evtchn_ring_mapped(&f->ring))
			rc = -EBUSY;
		else
			rc = timeout ? evtchn_ring_wait(&f->ring, until) : -ETIME;
	} while (!rc);

	if (rc > 0)
		return rc / sizeof(*list);

	evtchn_ring_pass_on(&f->ring);
	if (rc == -ETIME)
		return 0;
	return rc == -ERESTARTSYS ? -EINTR : rc;
}

/**
 * evtchn_ioctl_wait() - IOCTL_EVTCHN_WAIT
 * @file: the file
 * @arg: pointer to the command's argument
 *
 * Context: may sleep.
 * Return: how many ports were handed out, 0 if the time was over; -EFAULT, -EINVAL,
 * -EPERM, -EINTR, or what evtchn_port_notify() has said.
 */
long evtchn_ioctl_wait(struct file *file, void __user *arg)
{
	struct evtchn_file *f = file->private_data;
	struct ioctl_evtchn_wait wait;
	long rc;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;

	if (wait.flags || wait.nr_rearm > EVTCHN_MANY ||
	    wait.nr_notify > EVTCHN_MANY || wait.nr_ports > EVTCHN_MANY)
		return -EINVAL;

	if (wait.nr_notify && READ_ONCE(f->seals) & EVTCHN_SEAL_NOTIFY)
		return -EPERM;

	rc = evtchn_list_rearm(f, u64_to_user_ptr(wait.rearm), wait.nr_rearm);
	if (!rc)
		rc = evtchn_list_notify(f, u64_to_user_ptr(wait.notify),
					wait.nr_notify);
	if (rc || !wait.nr_ports)
		return rc;

	return evtchn_list_wait(f, u64_to_user_ptr(wait.ports), wait.nr_ports,
				file->f_flags & O_NONBLOCK ? 0 : wait.timeout);
}
