// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing back by what is not read(2) or write(2): readv(2) and
 * preadv2(2), their counterparts, io_uring, aio.
 *
 * read(2) and write(2) have functions of their own in file.c, which the VFS
 * prefers, and which cost less. Here is the same for memory in pieces, or of the
 * kernel's: whole numbers, a page of them at most, as a stream of bytes that goes on
 * from one piece to the next, wherever a number is cut. That of a port is copied
 * with no lock held, and the port leaves the ring then if it is pending still.
 *
 * The in-tree driver has none of this, so that the VFS calls its read() and write()
 * once for each piece: there a piece is a page at most, one of less than a number
 * ends the call, and a readv(2) that has filled one piece may sleep for the next.
 * Here the call returns with what was pending.
 *
 * With IOCB_NOWAIT a call does not sleep until a port is pending, but is told
 * EAGAIN; io_uring then polls the file, and no thread sleeps in it. Nor does it need
 * one to be asked not to: readers do not exclude one another.
 */

#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/uio.h>

#include "evtchn.h"

/*
 * evtchn_file_hand_out() for any memory.
 *
 * Return: number of bytes, 0 if nothing is pending any more, or -EFAULT.
 */
static ssize_t evtchn_iter_hand_out(struct evtchn_file *f, struct iov_iter *to,
				    size_t max)
{
	size_t copied, done = 0;
	u32 port;

	while (done < max && evtchn_ring_first(&f->ring, &port)) {
		copied = copy_to_iter(&port, sizeof(port), to);
		if (copied == sizeof(port) && evtchn_ring_pop(&f->ring, port)) {
			done++;
			continue;
		}

		/* Its memory is gone, or it was unbound: the number must not go out. */
		iov_iter_revert(to, copied);
		if (copied < sizeof(port))
			return done ? done * sizeof(port) : -EFAULT;
	}

	return done * sizeof(port);
}

/**
 * evtchn_read_iter() - take pending ports, into any memory
 * @iocb: the call; IOCB_NOWAIT is as O_NONBLOCK, for this call alone
 * @to: the memory
 *
 * Context: may sleep; with IOCB_NOWAIT, on a page of @to at most.
 * Return: number of bytes, 0 only if there is no room for a number; -EAGAIN if
 * nothing is pending and the call is not to wait; -EBUSY if the file's ring is mapped;
 * -ERESTARTSYS; -EFAULT.
 */
ssize_t evtchn_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct evtchn_file *f = iocb->ki_filp->private_data;
	size_t max = min_t(size_t, iov_iter_count(to), PAGE_SIZE) / sizeof(u32);
	bool nonblock = iocb->ki_flags & IOCB_NOWAIT ||
			iocb->ki_filp->f_flags & O_NONBLOCK;
	ssize_t rc;

	if (!max)
		return 0;

	do {
		rc = evtchn_iter_hand_out(f, to, max);
		if (rc)
			break;
		if (evtchn_ring_mapped(&f->ring))
			rc = -EBUSY;
		else
			rc = nonblock ? -EAGAIN : evtchn_ring_wait(&f->ring, NULL);
	} while (!rc);

	if (rc < 0)
		evtchn_ring_pass_on(&f->ring);

	return rc;
}

/**
 * evtchn_write_iter() - re-arm ports, from any memory
 * @iocb: the call; never waits for an event
 * @from: the memory
 *
 * Context: may sleep, on a page of @from at most.
 * Return: number of bytes, 0 only if there is no whole number; -EFAULT if the first
 * can't be read.
 */
ssize_t evtchn_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct evtchn_file *f = iocb->ki_filp->private_data;
	size_t max = min_t(size_t, iov_iter_count(from), PAGE_SIZE) / sizeof(u32);
	size_t done;
	u32 port;

	for (done = 0; done < max; done++) {
		if (!copy_from_iter_full(&port, sizeof(port), from))
			return done ? done * sizeof(port) : -EFAULT;
		rcu_read_lock();
		evtchn_port_rearm(f, port);
		rcu_read_unlock();
	}

	return done * sizeof(port);
}
