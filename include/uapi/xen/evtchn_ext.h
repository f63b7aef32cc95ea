/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * /dev/xen/evtchn: what this driver has beyond the stock ABI. Included by
 * <xen/evtchn.h>.
 *
 * The in-tree driver answers ENOSYS to all of it (ENOTTY to a 32-bit caller), and
 * so does an older one of ours to what is new: ask IOCTL_EVTCHN_FEATURES first.
 *
 * Each command takes a structure that is the same for 32-bit and for 64-bit
 * callers. If a flag is set that is not named here, or a reserved field is not
 * zero, that is EINVAL, and nothing was done. A file's restriction to a domain
 * holds for these commands as well, as do its seals.
 */

#ifndef __LINUX_PUBLIC_EVTCHN_EXT_H__
#define __LINUX_PUBLIC_EVTCHN_EXT_H__

#include <linux/ioctl.h>
#include <linux/types.h>

/* &ioctl_evtchn_features.version */
#define EVTCHN_EXT_VERSION	1

/* &ioctl_evtchn_features.features */
#define EVTCHN_FEATURE_STATUS	(1 << 0) /* IOCTL_EVTCHN_STATUS, _PEER */
#define EVTCHN_FEATURE_SEAL	(1 << 1) /* IOCTL_EVTCHN_SEAL */
#define EVTCHN_FEATURE_PRIORITY	(1 << 2) /* IOCTL_EVTCHN_PRIORITY */
#define EVTCHN_FEATURE_AFFINITY	(1 << 3) /* IOCTL_EVTCHN_AFFINITY */
#define EVTCHN_FEATURE_NOWAIT	(1 << 4) /* RWF_NOWAIT, io_uring; see below */
#define EVTCHN_FEATURE_BATCH	(1 << 5) /* IOCTL_EVTCHN_NOTIFY_MANY, _WAIT */
#define EVTCHN_FEATURE_EVENTFD	(1 << 6) /* IOCTL_EVTCHN_EVENTFD */
#define EVTCHN_FEATURE_RING	(1 << 7) /* mmap(2) */

/**
 * struct ioctl_evtchn_features - argument of IOCTL_EVTCHN_FEATURES
 * @flags: 0
 * @version: set to the driver's EVTCHN_EXT_VERSION, which is another one if something
 *	     that is described here does not hold any more
 * @features: set to the EVTCHN_FEATURE_* of this driver in this kernel
 */
struct ioctl_evtchn_features {
	__u32 flags;
	__u32 version;
	__aligned_u64 features;
};

/**
 * IOCTL_EVTCHN_FEATURES - ask what there is beyond the stock ABI
 *
 * Whether the kernel or Xen can do it for a given port, its command says.
 *
 * Return: 0
 */
#define IOCTL_EVTCHN_FEATURES				\
	_IOWR('E', 0xE0, struct ioctl_evtchn_features)

/* &ioctl_evtchn_status.state */
#define EVTCHN_STATE_CLOSED		0 /* its channel was closed by others */
#define EVTCHN_STATE_UNBOUND		1 /* no peer yet, or none any more */
#define EVTCHN_STATE_INTERDOMAIN	2 /* connected to the peer's port */
#define EVTCHN_STATE_VIRQ		3 /* bound to a virtual irq */
#define EVTCHN_STATE_STALE		4 /* lost when the domain was restored */

/* &ioctl_evtchn_status.pending */
#define EVTCHN_PENDING_ARMED	(1 << 0) /* unmasked: an event can be raised */
#define EVTCHN_PENDING_QUEUED	(1 << 1) /* its number waits to be read */

/**
 * struct ioctl_evtchn_status - argument of IOCTL_EVTCHN_STATUS
 * @flags: 0
 * @port: a port of this file
 * @state: set to an EVTCHN_STATE_*
 * @vcpu: set to the vCPU that its events are delivered to, as Xen numbers it
 * @remote_domain: set to the domid of the peer (interdomain), or of the domain that
 *		   may bind to it (unbound); else 0
 * @remote_port: set to the peer's port (interdomain); else 0
 * @virq: set to the number of the virtual irq (virq); else 0
 * @pending: set to EVTCHN_PENDING_*, of the moment
 * @events: set to how many events were delivered, modulo 2^30
 * @rearms: set to how many times the port was unmasked after one, modulo 2^30
 * @reserved: 0
 */
struct ioctl_evtchn_status {
	__u32 flags;
	__u32 port;
	__u32 state;
	__u32 vcpu;
	__u32 remote_domain;
	__u32 remote_port;
	__u32 virq;
	__u32 pending;
	__u32 events;
	__u32 rearms;
	__u32 reserved[2];
};

/**
 * IOCTL_EVTCHN_STATUS - ask how a port stands
 *
 * When a peer closes its end, or dies, an interdomain port becomes unbound.
 * Neither Xen nor this driver raises an event for that.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file.
 */
#define IOCTL_EVTCHN_STATUS				\
	_IOWR('E', 0xE1, struct ioctl_evtchn_status)

/* &ioctl_evtchn_peer.peer */
#define EVTCHN_PEER_EXISTS	(1 << 0) /* there is such a domain */
#define EVTCHN_PEER_BOUND	(1 << 1) /* the port is connected to it */

/**
 * struct ioctl_evtchn_peer - argument of IOCTL_EVTCHN_PEER
 * @flags: 0
 * @port: a port of this file, or 0 to ask after @domain
 * @domain: if @port is 0, the domain; else set to the domid of the port's peer
 * @peer: set to EVTCHN_PEER_*
 */
struct ioctl_evtchn_peer {
	__u32 flags;
	__u32 port;
	__u32 domain;
	__u32 peer;
};

/**
 * IOCTL_EVTCHN_PEER - ask whether a domain exists, and holds its end of a port
 *
 * A domain that was destroyed exists as long as others have its memory mapped,
 * but its ports are gone. Domids are used again.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file;
 * EINVAL the port has no peer: it is bound to a VIRQ, stale, or closed; or the
 * domid is a reserved one other than 0x7FF0 (DOMID_SELF);
 * EACCES the file is restricted to another domain.
 */
#define IOCTL_EVTCHN_PEER				\
	_IOWR('E', 0xE2, struct ioctl_evtchn_peer)

/* &ioctl_evtchn_seal.flags */
#define EVTCHN_SEAL_BIND	(1 << 0) /* no port is bound any more */
#define EVTCHN_SEAL_NOTIFY	(1 << 1) /* no event is sent any more */

/**
 * struct ioctl_evtchn_seal - argument of IOCTL_EVTCHN_SEAL
 * @flags: the EVTCHN_SEAL_* to add to those that the file has; may be 0
 * @seals: set to all that the file has now
 */
struct ioctl_evtchn_seal {
	__u32 flags;
	__u32 seals;
};

/**
 * IOCTL_EVTCHN_SEAL - give up binding or notifying on this file, for good
 *
 * For a broker that binds ports, and hands the file to a worker that it does not
 * trust. It holds for all who have the file, however they came by it. From then on
 * each IOCTL_EVTCHN_BIND_*, or each call that sends an event, is EPERM, before
 * its argument is looked at (IOCTL_EVTCHN_WAIT and _EVENTFD, which may send nothing,
 * have to look). UNBIND, reading and writing back are not affected. An event that is
 * being sent right now may still be.
 *
 * Return: 0
 */
#define IOCTL_EVTCHN_SEAL				\
	_IOWR('E', 0xE3, struct ioctl_evtchn_seal)

/**
 * struct ioctl_evtchn_priority - argument of IOCTL_EVTCHN_PRIORITY
 * @flags: 0
 * @port: a port of this file
 * @priority: from 0, the highest, to 15; 7 is what a port starts with
 * @reserved: 0
 */
struct ioctl_evtchn_priority {
	__u32 flags;
	__u32 port;
	__u32 priority;
	__u32 reserved;
};

/**
 * IOCTL_EVTCHN_PRIORITY - say which port's events Xen delivers first
 *
 * Of several ports that are raised on one vCPU, those of higher priority reach the
 * file first. It holds from the next event on.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file, or is stale;
 * EINVAL the priority is above 15;
 * EOPNOTSUPP channels have no priority: the kernel uses the 2-level ABI.
 */
#define IOCTL_EVTCHN_PRIORITY				\
	_IOW('E', 0xE4, struct ioctl_evtchn_priority)

/**
 * struct ioctl_evtchn_affinity - argument of IOCTL_EVTCHN_AFFINITY
 * @flags: 0
 * @port: a port of this file
 * @cpu: number of the CPU, as Linux has it
 * @reserved: 0
 */
struct ioctl_evtchn_affinity {
	__u32 flags;
	__u32 port;
	__u32 cpu;
	__u32 reserved;
};

/**
 * IOCTL_EVTCHN_AFFINITY - say which CPU takes a port's events
 *
 * It is what /proc/irq/N/smp_affinity sets, by the port's number and for who has
 * the file. The administrator, irqbalance, and a CPU that goes offline can still
 * move the port.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file, or is stale;
 * EINVAL there is no such CPU, or it is offline;
 * EOPNOTSUPP the kernel can not be asked (before Linux 5.13, but for Debian's 5.10), or
 * can not move channels. Nobody tells if Xen can't move one, as of a VIRQ of a vCPU.
 */
#define IOCTL_EVTCHN_AFFINITY				\
	_IOW('E', 0xE5, struct ioctl_evtchn_affinity)

/*
 * EVTCHN_FEATURE_NOWAIT: no command, but reads and writes that never sleep
 *
 * preadv2(2) with RWF_NOWAIT is EAGAIN if no port is pending, whether or not the file
 * is O_NONBLOCK. An IORING_OP_READ of io_uring that finds none waits as a poll does,
 * without a thread that sleeps (unless others have taken what it woke for more than a
 * hundred times), and can be cancelled; of an O_NONBLOCK file it is EAGAIN. Any number of
 * threads and rings may read and write one file: each pending port goes to one of them.
 *
 * readv(2) and writev(2) take their pieces of memory as one, wherever a number is
 * cut, and as read(2) and write(2) do a page of it at most. A readv(2) sleeps only
 * until there is something to return.
 */

/* The longest list that a command takes. */
#define EVTCHN_MANY	1024

/**
 * struct evtchn_notify - one of the ports for IOCTL_EVTCHN_NOTIFY_MANY
 * @port: a port of this file
 * @result: set to 0, or to the error of IOCTL_EVTCHN_NOTIFY, negative: -ENOTCONN,
 *	    -EINVAL; -EPERM if the file was sealed meanwhile
 */
struct evtchn_notify {
	__u32 port;
	__s32 result;
};

/**
 * struct ioctl_evtchn_notify_many - argument of IOCTL_EVTCHN_NOTIFY_MANY
 * @flags: 0
 * @count: how many @ports; at most EVTCHN_MANY
 * @ports: address of that many struct evtchn_notify
 */
struct ioctl_evtchn_notify_many {
	__u32 flags;
	__u32 count;
	__aligned_u64 ports;
};

/**
 * IOCTL_EVTCHN_NOTIFY_MANY - send an event on each of a list of ports
 *
 * In the order of the list, which may have a port more than once. A port that fails
 * does not stop the others.
 *
 * Return: how many events were sent, or an error:
 * EPERM the file is sealed by EVTCHN_SEAL_NOTIFY;
 * EINVAL @count is above EVTCHN_MANY;
 * EFAULT the argument can't be read; or one of @ports can't be read or written: all
 * before it were seen to, and have their result, and its own event was sent if only
 * its result can't be written.
 */
#define IOCTL_EVTCHN_NOTIFY_MANY			\
	_IOWR('E', 0xE6, struct ioctl_evtchn_notify_many)

/**
 * struct ioctl_evtchn_wait - argument of IOCTL_EVTCHN_WAIT
 * @flags: 0
 * @nr_rearm: how many ports to re-arm, first; at most EVTCHN_MANY
 * @nr_notify: how many to send an event on, then; at most EVTCHN_MANY
 * @nr_ports: how many to take at most, then; at most EVTCHN_MANY, and 0 not to wait
 * @rearm: address of @nr_rearm __u32: ports, as write(2) takes them
 * @notify: address of @nr_notify __u32: ports of this file
 * @ports: address of @nr_ports __u32: filled as by read(2)
 * @timeout: how long to wait for a port at most, in nanoseconds of CLOCK_MONOTONIC
 *	     from when the events were sent; 0 not at all, negative for ever
 */
struct ioctl_evtchn_wait {
	__u32 flags;
	__u32 nr_rearm;
	__u32 nr_notify;
	__u32 nr_ports;
	__aligned_u64 rearm;
	__aligned_u64 notify;
	__aligned_u64 ports;
	__s64 timeout;
};

/**
 * IOCTL_EVTCHN_WAIT - re-arm ports, send events, and wait for the next ports
 *
 * What a loop does by a write(2), some IOCTL_EVTCHN_NOTIFY and a read(2), in one
 * call. It takes its turn with those who read: each port that is pending goes to one
 * of them. If a port is pending, it is taken, even if the time is over, or a signal
 * is there. A file that is O_NONBLOCK does not wait, as if @timeout was 0.
 *
 * Return: how many ports were put into @ports; 0 if none came in time,
 * or if @nr_ports is 0; or an error:
 * EINVAL a list is longer than EVTCHN_MANY: nothing was done;
 * EPERM the file is sealed by EVTCHN_SEAL_NOTIFY, and @nr_notify is not 0: nothing
 * was done;
 * ENOTCONN, EINVAL of the first of @notify that failed, as of IOCTL_EVTCHN_NOTIFY:
 * all of @rearm were re-armed, and the events before it sent, but no port was taken;
 * EINTR a signal came while it waited, or the task was stopped or frozen, as it is when
 * the domain is suspended: all was re-armed and sent, and the call is not restarted;
 * EBUSY the file is mapped, and @nr_ports is not 0: all was re-armed and sent;
 * EFAULT the argument can't be read: nothing was done; or a list can't be read or
 * written: what comes before that was done, and no port was taken.
 */
#define IOCTL_EVTCHN_WAIT				\
	_IOWR('E', 0xE7, struct ioctl_evtchn_wait)

/* &ioctl_evtchn_eventfd.flags */
#define EVTCHN_EVENTFD_SEND	(1 << 0) /* it sends events; else events raise it */
#define EVTCHN_EVENTFD_HOLD	(1 << 1) /* raised once until written back */
#define EVTCHN_EVENTFD_REMOVE	(1 << 2) /* undo it */

/* On so many ports one eventfd can send. */
#define EVTCHN_EVENTFD_SENDS	64

/**
 * struct ioctl_evtchn_eventfd - argument of IOCTL_EVTCHN_EVENTFD
 * @flags: EVTCHN_EVENTFD_SEND, _HOLD, or neither; or EVTCHN_EVENTFD_REMOVE, with or
 *	   without _SEND
 * @port: a port of this file
 * @fd: an eventfd; -1 with EVTCHN_EVENTFD_REMOVE
 * @reserved: 0
 */
struct ioctl_evtchn_eventfd {
	__u32 flags;
	__u32 port;
	__s32 fd;
	__u32 reserved;
};

/**
 * IOCTL_EVTCHN_EVENTFD - connect a port to an eventfd
 *
 * For who waits on eventfds as it is, and for other threads and drivers that signal or
 * are signalled by one. A port can have one eventfd for each of the two directions, and
 * it can be the same. An eventfd can have any number of ports to receive from, and
 * EVTCHN_EVENTFD_SENDS, of any files, to send on: each is a hypercall with irqs off.
 *
 * Receiving. Each event adds 1 to the eventfd, in the place of making the port's number
 * readable. If the number waits to be read as this is called, it no longer does, and
 * adds 1 at once. The port is armed again at once, and need not be written back; if it
 * was read and not written back before, this does it. With EVTCHN_EVENTFD_HOLD the port
 * is armed again when it is written back, as ever; what came meanwhile adds 1 then.
 * IOCTL_EVTCHN_STATUS counts events as for any other port. IOCTL_EVTCHN_RESET leaves
 * the port and its eventfd alone. After EVTCHN_EVENTFD_REMOVE events are read again;
 * what was added to the eventfd stays there, and a port that waits to be written back
 * still does.
 *
 * A port that is armed at once is not so for a while if its events are a storm: more
 * than 20,000 in a second, where one whose eventfd sends counts as what it sends.
 *
 * Sending. A write to the eventfd is what IOCTL_EVTCHN_NOTIFY is, whatever the value; so
 * is a signal from within the kernel. The value is taken from it (of one that is an
 * EFD_SEMAPHORE, 1 is). If it had been written to before, an event is sent at once.
 * EVTCHN_SEAL_NOTIFY has no say in it once it is set up: a broker can keep the eventfd
 * of a file that it has sealed and handed out.
 *
 * It lasts until EVTCHN_EVENTFD_REMOVE, or until the port is unbound or the file is
 * closed; after that no event is added or sent. It does not end when the eventfd is
 * closed. A stale port adds 1 as it becomes stale, and sends nothing.
 *
 * It concerns ports that the file has, so a restriction to a domain does not.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file, or is stale;
 * EBADF or EINVAL fd is not open, or no eventfd;
 * EINVAL the port is bound to a VIRQ, and nothing can be sent on it; the flags exclude
 * each other; fd is not -1 with EVTCHN_EVENTFD_REMOVE;
 * EEXIST the port has an eventfd for that direction;
 * ENOENT the port has none to be removed;
 * ENOSPC the eventfd sends on EVTCHN_EVENTFD_SENDS ports already;
 * EPERM the file is sealed against notifying, and this would have been to send;
 * EOPNOTSUPP the kernel has no eventfds;
 * ENOBUFS the port is pending in a mapped ring that has no room for a 0 in its place;
 * ENOMEM.
 */
#define IOCTL_EVTCHN_EVENTFD				\
	_IOW('E', 0xE8, struct ioctl_evtchn_eventfd)

/* The most numbers that a mapped ring has room for: no domain has more ports. */
#define EVTCHN_MAPPED_MAX	131072

/**
 * struct evtchn_mapped_ring - the first page of what mmap(2) of the file maps
 * @size: how many numbers the ring has room for: a power of two; never changes
 * @offset: bytes from here to the first number, which is in the next page; never
 *	    changes
 * @reserved: for what may come
 * @head: how many numbers the kernel has put in, modulo 2^32
 * @reserved2: keeps @tail in a cache line of its own
 * @tail: how many numbers the client has taken out, modulo 2^32; the client writes it
 * @reserved3: for what may come
 *
 * mmap(2) with MAP_SHARED at offset 0 has the file's events go to a ring in memory,
 * from then on and for good; PROT_READ | PROT_WRITE is what a client needs. The
 * length is that of a page for this structure, and of at least one for the numbers, of
 * which as many as make a power of two are used. What is pending moves there.
 *
 * A client takes events without a system call:
 *
 *	numbers = (__u32 *)((char *)ring + ring->offset);
 *	while (tail != load_acquire(&ring->head)) {
 *		port = numbers[tail++ & (ring->size - 1)];
 *		if (port)
 *			...
 *	}
 *	store_release(&ring->tail, tail);
 *
 * It writes back what it took by write(2), as ever, and any number of ports at once; but
 * not before @tail says that it has taken them. It sleeps by poll(2) and the like, which
 * report EPOLLIN while @head is not @tail. SIGIO is sent as ever. read(2) is EBUSY.
 *
 * A number that is not taken when its port is unbound, or connected to an eventfd,
 * becomes 0, which is no port. So does each by IOCTL_EVTCHN_RESET, and its port is
 * unmasked. It takes its place in the ring until it is taken as well. A port that was
 * lost when the domain was restored is put in once more, unless its number has not been
 * taken yet.
 *
 * There is room for one number of each port that is bound, beside those that have
 * become 0. Where there would not be, that is ENOBUFS, and nothing was done: for mmap(2),
 * IOCTL_EVTCHN_BIND_*, IOCTL_EVTCHN_RESET and IOCTL_EVTCHN_EVENTFD. To take what there is
 * helps, but for mmap(2), and for more ports than @size.
 *
 * A client that writes a port back before it has taken it can have its ring overrun:
 * @head is ahead of @tail by more than @size then, and of the oldest numbers those of
 * the last @size that were put in are left. The ports of those that were lost stay
 * masked. Nothing that is written to the mapping does harm but to ports of this file.
 *
 * The mapping is that of the file: another mmap(2) of the same length maps the same
 * ring, as does who has the file from fork(2) or otherwise. The ring stays until the
 * file is closed, also if nobody has it mapped. And as any mapping keeps its file, the
 * file is closed, and its ports unbound, when the last mapping has gone as well as the
 * last descriptor.
 *
 * mmap(2) fails with
 * EINVAL an offset that is not 0, no MAP_SHARED, less than two pages, more than are
 * needed for EVTCHN_MAPPED_MAX numbers, or not the length of the ring that there is;
 * EACCES the file is not open for reading and for writing;
 * ENOBUFS more ports are bound than there would be room for;
 * ENOMEM no memory: the file may have the ring all the same, for the next mmap(2).
 * The in-tree driver, and an older one of ours, answer ENODEV.
 */
struct evtchn_mapped_ring {
	__u32 size;
	__u32 offset;
	__u32 reserved[14];
	__u32 head;
	__u32 reserved2[15];
	__u32 tail;
	__u32 reserved3[15];
};

#endif /* __LINUX_PUBLIC_EVTCHN_EXT_H__ */
