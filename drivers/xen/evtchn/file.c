// SPDX-License-Identifier: GPL-2.0
/*
 * One open file of the device.
 */

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "evtchn.h"
#include "mapped.h"

/* All files that may have ports, for when the domain was restored. */
static LIST_HEAD(evtchn_files);
static DEFINE_MUTEX(evtchn_files_lock);

/* How many there have been; protected by evtchn_files_lock. */
static u32 evtchn_files_joined;

/*
 * The irqs of a file are named after who opened it. The name becomes that of a
 * directory below /proc/irq, and a field of a line of /proc/interrupts, while a
 * task can give itself any name.
 */
static void evtchn_file_mend_name(struct evtchn_file *f)
{
	char *c;

	for (c = f->name; *c; c++) {
		if (*c == '/')
			*c = '!';
		else if (iscntrl(*c))
			*c = '?';
	}
}

/**
 * evtchn_file_join() - get a file ready for its first port
 * @f: the file
 *
 * Not as it is opened, since many a file is closed again and never had one.
 *
 * Context: may sleep. &evtchn_file.bind_mutex is not held.
 */
void evtchn_file_join(struct evtchn_file *f)
{
	/* Who sees it sees the name as well: pairs with the release below. */
	if (smp_load_acquire(&f->joined))
		return;

	mutex_lock(&evtchn_files_lock);
	if (!f->joined) {
		evtchn_file_mend_name(f);
		/* Read without the lock by evtchn_show_fdinfo(), and by traces. */
		WRITE_ONCE(f->id, ++evtchn_files_joined);
		list_add_tail(&f->files, &evtchn_files);
		/* Pairs with the acquire above. */
		smp_store_release(&f->joined, true);
	}
	mutex_unlock(&evtchn_files_lock);
}

static void evtchn_file_leave(struct evtchn_file *f)
{
	mutex_lock(&evtchn_files_lock);
	list_del(&f->files);
	mutex_unlock(&evtchn_files_lock);

	mutex_lock(&f->bind_mutex);
	evtchn_port_unbind_all(f);
	mutex_unlock(&f->bind_mutex);
	evtchn_table_destroy(f);
}

static int evtchn_open(struct inode *inode, struct file *file)
{
	struct evtchn_file *f;

	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;

	evtchn_ring_init(&f->ring);
	evtchn_table_init(f);
	mutex_init(&f->bind_mutex);
	f->restrict_domid = EVTCHN_UNRESTRICTED;
	memcpy(f->name, EVTCHN_NAME, strlen(EVTCHN_NAME));
	/* As it is, and it may be changing; the byte after it is zero. */
	memcpy(f->name + strlen(EVTCHN_NAME), current->comm, TASK_COMM_LEN);

	file->private_data = f;
	stream_open(inode, file);
	/* read_iter and write_iter know IOCB_NOWAIT. */
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

static int evtchn_release(struct inode *inode, struct file *file)
{
	struct evtchn_file *f = file->private_data;

	/* Nobody else has the file any more, so it does not join now. */
	if (f->joined)
		evtchn_file_leave(f);

	evtchn_mapped_free(f->ring.mapped);
	kfree(f);
	return 0;
}

/*
 * See evtchn_file_hand_out(). Inlined, so that read(2) does not pay for WAIT, which
 * has a copy of its own.
 */
static __always_inline ssize_t evtchn_hand_out(struct evtchn_file *f,
					       u32 __user *buf, size_t max)
{
	unsigned int got;
	size_t done = 0;
	u32 port;

	while (done < max && !evtchn_ring_empty(&f->ring)) {
		got = evtchn_ring_take(&f->ring, buf + done,
				       min_t(size_t, max - done, EVTCHN_BATCH));
		done += got;
		if (got || !evtchn_ring_first(&f->ring, &port))
			continue;

		if (copy_to_user(buf + done, &port, sizeof(port)))
			return done ? done * sizeof(*buf) : -EFAULT;

		/* If it was unbound meanwhile, its number must not go out. */
		done += evtchn_ring_pop(&f->ring, port);
	}

	return done * sizeof(*buf);
}

/**
 * evtchn_file_hand_out() - hand out pending ports
 * @f: the file
 * @buf: where to write their numbers, oldest first
 * @max: how many there is room for
 *
 * A page that is not there is made to be, with no lock held: it may take as long as
 * it likes. A fault ends it; what was handed out before is counted, and what was
 * not stays in the ring.
 *
 * Context: process, may sleep.
 * Return: number of bytes, 0 if nothing is pending any more, or -EFAULT.
 */
ssize_t evtchn_file_hand_out(struct evtchn_file *f, u32 __user *buf, size_t max)
{
	return evtchn_hand_out(f, buf, max);
}

/*
 * One attempt to read: wait, and take what is there. 0 means it was gone, or that
 * there will be nothing more to read.
 */
static ssize_t evtchn_try_read(struct evtchn_file *f, bool nonblock,
			       u32 __user *buf, size_t max)
{
	ssize_t rc;

	if (evtchn_ring_empty(&f->ring)) {
		if (evtchn_ring_mapped(&f->ring))
			return -EBUSY;

		if (nonblock)
			return -EAGAIN;

		rc = evtchn_ring_wait(&f->ring, NULL);
		if (rc)
			return rc;
	}

	return evtchn_hand_out(f, buf, max);
}

static ssize_t evtchn_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct evtchn_file *f = file->private_data;
	size_t max = min_t(size_t, count, PAGE_SIZE) / sizeof(u32);
	ssize_t rc;

	if (!max)
		return 0;

	do {
		rc = evtchn_try_read(f, file->f_flags & O_NONBLOCK,
				     (u32 __user *)buf, max);
	} while (!rc);

	if (rc < 0)
		evtchn_ring_pass_on(&f->ring);

	return rc;
}

/*
 * Re-arm ports, up to the first whose number can't be read without a page fault.
 *
 * Return: how many.
 */
static size_t evtchn_take_back(struct evtchn_file *f, const u32 __user *ports,
			       size_t max)
{
	size_t done;
	u32 port;

	rcu_read_lock();
	pagefault_disable();
	for (done = 0; done < max && !get_user(port, ports + done); done++)
		evtchn_port_rearm(f, port);
	pagefault_enable();
	rcu_read_unlock();

	return done;
}

static ssize_t evtchn_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	struct evtchn_file *f = file->private_data;
	size_t max = min_t(size_t, count, PAGE_SIZE) / sizeof(u32);
	const u32 __user *ports = (const u32 __user *)buf;
	size_t done;
	u32 port;

	for (done = 0; done < max; done++) {
		done += evtchn_take_back(f, ports + done,
					 min_t(size_t, max - done, EVTCHN_BATCH));
		if (done == max)
			break;

		/* One port where a fault may sleep, and others may have the CPU. */
		if (get_user(port, ports + done))
			return done ? done * sizeof(port) : -EFAULT;
		rcu_read_lock();
		evtchn_port_rearm(f, port);
		rcu_read_unlock();
	}

	return done * sizeof(port);
}

static __poll_t evtchn_poll(struct file *file, poll_table *wait)
{
	struct evtchn_file *f = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &f->ring.wait, wait);
	/* Queued before the look at the ring: pairs with evtchn_ring_wake(). */
	smp_mb();
	if (!evtchn_ring_empty(&f->ring) || evtchn_mapped_any(&f->ring))
		mask |= EPOLLIN | EPOLLRDNORM;

	return mask;
}

/*
 * The caller's mmap_lock is held, so the bind mutex must not be taken: who has it may
 * wait for user memory. The ring's own lock is enough.
 */
static int evtchn_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct evtchn_file *f = file->private_data;
	struct evtchn_mapped *m = evtchn_ring_mapped(&f->ring);
	struct evtchn_mapped *new;

	if (vma->vm_pgoff || !(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;

	/* Dropped by the kernel where the file is not open for writing. */
	if (!(vma->vm_flags & VM_SHARED))
		return -EACCES;

	if (!m) {
		new = evtchn_mapped_alloc(vma->vm_end - vma->vm_start);
		if (IS_ERR(new))
			return PTR_ERR(new);

		m = evtchn_mapped_attach(&f->ring, new);
		if (m != new)
			evtchn_mapped_free(new);
		if (IS_ERR(m))
			return PTR_ERR(m);
	}

	return evtchn_mapped_show(m, vma);
}

static int evtchn_fasync(int fd, struct file *file, int on)
{
	struct evtchn_file *f = file->private_data;

	return fasync_helper(fd, file, on, &f->ring.async);
}

/* What user space sees; stream_open() refuses to seek. */
const struct file_operations evtchn_fops = {
	.owner		= THIS_MODULE,
	.read		= evtchn_read,
	.write		= evtchn_write,
	.read_iter	= evtchn_read_iter,
	.write_iter	= evtchn_write_iter,
	.unlocked_ioctl	= evtchn_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.poll		= evtchn_poll,
	.fasync		= evtchn_fasync,
	.show_fdinfo	= evtchn_show_fdinfo,
	.mmap		= evtchn_mmap,
	.open		= evtchn_open,
	.release	= evtchn_release,
};

/**
 * evtchn_files_restored() - take note that the domain was restored
 *
 * Context: may sleep; user space is frozen.
 */
void evtchn_files_restored(void)
{
	struct evtchn_file *f;

	mutex_lock(&evtchn_files_lock);
	list_for_each_entry(f, &evtchn_files, files) {
		mutex_lock(&f->bind_mutex);
		evtchn_port_restored(f);
		mutex_unlock(&f->bind_mutex);
	}
	mutex_unlock(&evtchn_files_lock);
}
