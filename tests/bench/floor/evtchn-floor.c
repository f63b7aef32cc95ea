// SPDX-License-Identifier: GPL-2.0
/*
 * The floor: a /dev/xen/evtchn that makes the same hypercalls and calls of the event core as
 * a driver has to, copies the same bytes, and does nothing else. It trusts its client, knows
 * one file with ports, takes no lock, and waits for nobody. What a driver costs above it is
 * what a driver can change.
 *
 * For a guest with one CPU, and for evtchn-bench alone.
 */

#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <xen/events.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/xen.h>
#include <asm/xen/hypercall.h>
#include <uapi/xen/evtchn.h>

#define FLOOR_PORTS	BIT(17)	/* all that Xen has */
#define FLOOR_RING	BIT(15)
#define FLOOR_BATCH	(PAGE_SIZE / sizeof(u32))

static u32 floor_irqs[FLOOR_PORTS];
static bool floor_fired[FLOOR_PORTS];
static u32 floor_ring[FLOOR_RING];
static u32 floor_batch[FLOOR_BATCH];
static unsigned int floor_prod, floor_cons;
static u32 floor_bound[FLOOR_PORTS];
static unsigned int floor_nr_bound;
static struct file *floor_owner;
static DECLARE_WAIT_QUEUE_HEAD(floor_wait);

static irqreturn_t floor_upcall(int irq, void *dev_id)
{
	u32 port = (uintptr_t)dev_id;

	floor_fired[port] = true;
	floor_ring[floor_prod++ % FLOOR_RING] = port;
	/* There is one CPU, and this is in hard irq context: no barrier. */
	if (waitqueue_active(&floor_wait))
		wake_up_interruptible(&floor_wait);
	return IRQ_HANDLED;
}

static long floor_bind(struct file *file, u32 port)
{
	int irq;

	if (port >= FLOOR_PORTS)
		return -ENOSPC;
	/* The first event may come before the next line is through. */
	floor_fired[port] = false;
	irq = bind_evtchn_to_irqhandler_lateeoi(port, floor_upcall, 0,
						"evtchn:floor",
						(void *)(uintptr_t)port);
	if (irq < 0)
		return irq;
	floor_irqs[port] = irq;
	floor_bound[floor_nr_bound++] = port;
	floor_owner = file;
	return port;
}

/* The one that was bound last, mostly. */
static long floor_unbind(u32 port)
{
	unsigned int i = floor_nr_bound;

	while (i > 0 && floor_bound[--i] != port)
		;
	floor_bound[i] = floor_bound[--floor_nr_bound];
	unbind_from_irqhandler(floor_irqs[port], (void *)(uintptr_t)port);
	return 0;
}

static long floor_bind_unbound(struct file *file, void __user *arg)
{
	struct ioctl_evtchn_bind_unbound_port bind;
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF };
	int rc;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;
	op.remote_dom = bind.remote_domain;
	rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);
	return rc ? rc : floor_bind(file, op.port);
}

static long floor_bind_interdomain(struct file *file, void __user *arg)
{
	struct ioctl_evtchn_bind_interdomain bind;
	struct evtchn_bind_interdomain op;
	int rc;

	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;
	op.remote_dom = bind.remote_domain;
	op.remote_port = bind.remote_port;
	rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);
	return rc ? rc : floor_bind(file, op.local_port);
}

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *to = (void __user *)arg;
	u32 port;

	switch (cmd) {
	case IOCTL_EVTCHN_NOTIFY:
		if (get_user(port, (u32 __user *)to))
			return -EFAULT;
		notify_remote_via_evtchn(port);
		return 0;
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		return floor_bind_unbound(file, to);
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		return floor_bind_interdomain(file, to);
	case IOCTL_EVTCHN_UNBIND:
		if (get_user(port, (u32 __user *)to))
			return -EFAULT;
		return floor_unbind(port);
	}
	return -ENOTTY;
}

static ssize_t floor_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	const u32 *from;
	unsigned int n;

	if (floor_cons == floor_prod &&
	    wait_event_interruptible(floor_wait, floor_cons != floor_prod))
		return -ERESTARTSYS;
	n = min_t(size_t, floor_prod - floor_cons, count / sizeof(u32));
	n = min(n, FLOOR_RING - floor_cons % FLOOR_RING);
	from = floor_ring + floor_cons % FLOOR_RING;
	if (n == 1 ? put_user(*from, (u32 __user *)buf) :
	    copy_to_user(buf, from, n * sizeof(u32)))
		return -EFAULT;
	floor_cons += n;
	return n * sizeof(u32);
}

static ssize_t floor_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	unsigned int i, n = min_t(size_t, count / sizeof(u32), FLOOR_BATCH);

	if (n == 1 ? get_user(floor_batch[0], (const u32 __user *)buf) :
	    copy_from_user(floor_batch, buf, n * sizeof(u32)))
		return -EFAULT;
	for (i = 0; i < n; i++) {
		if (!floor_fired[floor_batch[i]])
			continue;
		floor_fired[floor_batch[i]] = false;
		xen_irq_lateeoi(floor_irqs[floor_batch[i]], 0);
	}
	return n * sizeof(u32);
}

static __poll_t floor_poll(struct file *file, poll_table *wait)
{
	/* In any case, since epoll asks to be told of later events this once. */
	poll_wait(file, &floor_wait, wait);
	if (floor_cons != floor_prod)
		return EPOLLOUT | EPOLLWRNORM | EPOLLIN | EPOLLRDNORM;
	return EPOLLOUT | EPOLLWRNORM;
}

static int floor_open(struct inode *inode, struct file *file)
{
	return stream_open(inode, file);
}

static int floor_release(struct inode *inode, struct file *file)
{
	if (file != floor_owner)
		return 0;
	while (floor_nr_bound)
		floor_unbind(floor_bound[floor_nr_bound - 1]);
	floor_cons = floor_prod;
	floor_owner = NULL;
	return 0;
}

static const struct file_operations floor_fops = {
	.owner		= THIS_MODULE,
	.read		= floor_read,
	.write		= floor_write,
	.unlocked_ioctl	= floor_ioctl,
	.poll		= floor_poll,
	.open		= floor_open,
	.release	= floor_release,
};

static struct miscdevice floor_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "xen/evtchn",
	.fops	= &floor_fops,
};

module_misc_device(floor_device);
MODULE_DESCRIPTION("The least that /dev/xen/evtchn can cost");
MODULE_LICENSE("GPL");
