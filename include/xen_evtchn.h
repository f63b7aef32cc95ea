/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * What /dev/xen/evtchn can do beyond the stock ABI, for programs. All of it stands in
 * this header; there is nothing to link with.
 *
 * It asks once which driver it talks to. Where that is the in-tree one, or lacks a
 * feature, the same is done by the stock calls, if they can do it; else the call fails
 * with EOPNOTSUPP. What is different then is said of each call by "By the stock calls"; the
 * rest, and all errors, stand in <xen/evtchn_ext.h>.
 *
 *	struct xen_evtchn xe;
 *
 *	xen_evtchn_init(&xe, xenevtchn_fd(xce));
 *
 * It works on the file of a libxenevtchn handle, which goes on as usual, or on one that
 * was opened without it. Calls return -1 and set errno, as those of the library do.
 * Only struct xen_evtchn_ring is for one thread at a time, and, by the stock calls, so is
 * a file that is waited on.
 */
#ifndef XEN_EVTCHN_H
#define XEN_EVTCHN_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi/xen/evtchn.h"
/* If the system's own header of that name was there first. */
#include "uapi/xen/evtchn_ext.h"

/**
 * struct xen_evtchn - a file of the device, and what its driver can do
 * @fd: the file
 * @features: EVTCHN_FEATURE_*; 0 for the in-tree driver
 */
struct xen_evtchn {
	int fd;
	uint64_t features;
};

/**
 * xen_evtchn_init() - ask the driver what it can do
 * @xe: to be filled
 * @fd: an open file of /dev/xen/evtchn; it stays the caller's to close
 *
 * Return: 0, or -1 if @fd is not such a file. A 32-bit program can't tell one that is
 * not from one of the in-tree driver, which knows no ioctl of such a program.
 */
static inline int xen_evtchn_init(struct xen_evtchn *xe, int fd)
{
	struct ioctl_evtchn_features features = { 0, 0, 0 };

	xe->fd = fd;
	xe->features = 0;
	if (!ioctl(fd, IOCTL_EVTCHN_FEATURES, &features)) {
		xe->features = features.features;
		return 0;
	}
	if (errno == ENOTTY && sizeof(void *) == 4)
		return 0;
	return errno == ENOSYS ? 0 : -1;
}

static inline int xen_evtchn_ioctl(const struct xen_evtchn *xe, uint64_t feature,
				   unsigned long cmd, void *arg)
{
	if (!(xe->features & feature)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return ioctl(xe->fd, cmd, arg);
}

/**
 * xen_evtchn_status() - ask how a port stands
 * @xe: the file
 * @port: a port of it
 * @status: to be filled
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_status(const struct xen_evtchn *xe, uint32_t port,
				    struct ioctl_evtchn_status *status)
{
	static const struct ioctl_evtchn_status none = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0, 0 }
	};

	*status = none;
	status->port = port;
	return xen_evtchn_ioctl(xe, EVTCHN_FEATURE_STATUS, IOCTL_EVTCHN_STATUS, status);
}

/**
 * xen_evtchn_peer() - ask whether the other end of a port is there
 * @xe: the file
 * @port: a port of it
 *
 * Return: EVTCHN_PEER_*, or -1.
 */
static inline int xen_evtchn_peer(const struct xen_evtchn *xe, uint32_t port)
{
	struct ioctl_evtchn_peer peer = { 0, port, 0, 0 };
	int rc = xen_evtchn_ioctl(xe, EVTCHN_FEATURE_STATUS, IOCTL_EVTCHN_PEER, &peer);

	return rc ? rc : (int)peer.peer;
}

/**
 * xen_evtchn_domain_exists() - ask whether there is such a domain
 * @xe: the file
 * @domid: the domain
 *
 * Return: 1 if so, 0 if not, or -1.
 */
static inline int xen_evtchn_domain_exists(const struct xen_evtchn *xe, uint32_t domid)
{
	struct ioctl_evtchn_peer peer = { 0, 0, domid, 0 };
	int rc = xen_evtchn_ioctl(xe, EVTCHN_FEATURE_STATUS, IOCTL_EVTCHN_PEER, &peer);

	return rc ? rc : !!(peer.peer & EVTCHN_PEER_EXISTS);
}

/**
 * xen_evtchn_seal() - give up binding or notifying for good
 * @xe: the file
 * @seals: EVTCHN_SEAL_*
 *
 * Return: all that the file has now, or -1.
 */
static inline int xen_evtchn_seal(const struct xen_evtchn *xe, uint32_t seals)
{
	struct ioctl_evtchn_seal seal = { seals, 0 };
	int rc = xen_evtchn_ioctl(xe, EVTCHN_FEATURE_SEAL, IOCTL_EVTCHN_SEAL, &seal);

	return rc ? rc : (int)seal.seals;
}

/**
 * xen_evtchn_set_priority() - say whose events come first
 * @xe: the file
 * @port: a port of it
 * @priority: from 0, the highest, to 15
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_set_priority(const struct xen_evtchn *xe, uint32_t port,
					  uint32_t priority)
{
	struct ioctl_evtchn_priority arg = { 0, port, priority, 0 };

	return xen_evtchn_ioctl(xe, EVTCHN_FEATURE_PRIORITY, IOCTL_EVTCHN_PRIORITY, &arg);
}

/**
 * xen_evtchn_set_cpu() - say which CPU takes a port's events
 * @xe: the file
 * @port: a port of it
 * @cpu: number of the CPU
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_set_cpu(const struct xen_evtchn *xe, uint32_t port, uint32_t cpu)
{
	struct ioctl_evtchn_affinity arg = { 0, port, cpu, 0 };

	return xen_evtchn_ioctl(xe, EVTCHN_FEATURE_AFFINITY, IOCTL_EVTCHN_AFFINITY, &arg);
}

/**
 * xen_evtchn_eventfd() - connect a port to an eventfd, or no longer
 * @xe: the file
 * @port: a port of it
 * @eventfd: the eventfd; -1 with EVTCHN_EVENTFD_REMOVE
 * @flags: EVTCHN_EVENTFD_*
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_eventfd(const struct xen_evtchn *xe, uint32_t port, int eventfd,
				     uint32_t flags)
{
	struct ioctl_evtchn_eventfd arg = { flags, port, eventfd, 0 };

	return xen_evtchn_ioctl(xe, EVTCHN_FEATURE_EVENTFD, IOCTL_EVTCHN_EVENTFD, &arg);
}

/**
 * xen_evtchn_notify_many() - send an event on each of a list of ports
 * @xe: the file
 * @list: the ports; the result of each is put there
 * @count: how many; at most EVTCHN_MANY
 *
 * By the stock calls, a list that can't be read or written is the program's crash in the
 * place of EFAULT; and no result is -EINVAL over the in-tree driver, which says 0 then.
 *
 * Return: how many events were sent, or -1.
 */
static inline int xen_evtchn_notify_many(const struct xen_evtchn *xe,
					 struct evtchn_notify *list, uint32_t count)
{
	struct ioctl_evtchn_notify_many many = { 0, count, (uintptr_t)list };
	struct ioctl_evtchn_notify notify;
	int sent = 0;
	uint32_t i;

	if (xe->features & EVTCHN_FEATURE_BATCH)
		return ioctl(xe->fd, IOCTL_EVTCHN_NOTIFY_MANY, &many);

	if (count > EVTCHN_MANY) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < count; i++) {
		notify.port = list[i].port;
		list[i].result = ioctl(xe->fd, IOCTL_EVTCHN_NOTIFY, &notify) ? -errno : 0;
		sent += !list[i].result;
	}
	return sent;
}

/* What IOCTL_EVTCHN_WAIT does first, by the stock calls. */
static inline int xen_evtchn_stock_send(const struct xen_evtchn *xe,
					const struct ioctl_evtchn_wait *wait)
{
	const uint32_t *rearm = (const uint32_t *)(uintptr_t)wait->rearm;
	const uint32_t *ports = (const uint32_t *)(uintptr_t)wait->notify;
	size_t left = wait->nr_rearm * sizeof(*rearm);
	struct ioctl_evtchn_notify notify;
	uint32_t i;

	while (left) {
		ssize_t n = write(xe->fd, rearm, left);

		if (n < 0)
			return -1;
		rearm += (size_t)n / sizeof(*rearm);
		left -= (size_t)n;
	}
	for (i = 0; i < wait->nr_notify; i++) {
		notify.port = ports[i];
		if (ioctl(xe->fd, IOCTL_EVTCHN_NOTIFY, &notify))
			return -1;
	}
	return 0;
}

/*
 * How long poll(2) has to wait: not less than was asked for, but for times of weeks. It
 * does not care that a file is O_NONBLOCK, as IOCTL_EVTCHN_WAIT does.
 */
static inline int xen_evtchn_stock_ms(const struct xen_evtchn *xe, int64_t timeout)
{
	if (timeout && (fcntl(xe->fd, F_GETFL) & O_NONBLOCK))
		return 0;
	if (timeout < 0)
		return -1;
	return timeout / 1000000 < INT_MAX ? (int)((timeout + 999999) / 1000000) : INT_MAX;
}

/**
 * xen_evtchn_wait() - re-arm ports, send events, and wait for the next ports
 * @xe: the file
 * @wait: see IOCTL_EVTCHN_WAIT
 *
 * By the stock calls:
 *
 * Nobody else must read the file meanwhile, since who does may take the port that was
 * waited for, and then this sleeps on, unless the file is O_NONBLOCK.
 *
 * The timeout is rounded up to milliseconds, and is 24 days at most.
 *
 * A @wait or @wait->notify that can't be read is the program's crash in the place of EFAULT,
 * and of a @wait->rearm that can't be read none or some may have been re-armed.
 *
 * Over the in-tree driver to send on a VIRQ's port is no error, and what read(2) and
 * write(2) say there is one of this: EFBIG when more events came than it has room for, until
 * IOCTL_EVTCHN_RESET, and ENOMEM.
 *
 * Return: how many ports were put into @wait->ports; 0 if none came in time; or -1.
 */
static inline int xen_evtchn_wait(const struct xen_evtchn *xe, struct ioctl_evtchn_wait *wait)
{
	struct pollfd pfd = { xe->fd, POLLIN, 0 };
	ssize_t n;
	int rc;

	if (xe->features & EVTCHN_FEATURE_BATCH)
		return ioctl(xe->fd, IOCTL_EVTCHN_WAIT, wait);

	if (wait->flags || wait->nr_rearm > EVTCHN_MANY || wait->nr_notify > EVTCHN_MANY ||
	    wait->nr_ports > EVTCHN_MANY) {
		errno = EINVAL;
		return -1;
	}
	rc = xen_evtchn_stock_send(xe, wait);
	if (rc || !wait->nr_ports)
		return rc;
	rc = poll(&pfd, 1, xen_evtchn_stock_ms(xe, wait->timeout));
	if (rc <= 0)
		return rc;
	n = read(xe->fd, (void *)(uintptr_t)wait->ports, wait->nr_ports * sizeof(uint32_t));
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	return (int)((size_t)n / sizeof(uint32_t));
}

/* Ports that are re-armed in one go, or read in one go where there is no mapped ring. */
#define XEN_EVTCHN_BATCH	256

/**
 * struct xen_evtchn_ring - the pending ports of a file, taken without a system call
 * @xe: the file
 * @map: the mapped ring, or NULL: the ports are read then
 * @length: of the mapping
 * @nr_back: how many of @back wait to be re-armed
 * @back: ports that were given to xen_evtchn_ring_rearm()
 * @at: the next of @read, which is not used with a mapped ring
 * @nr_read: how many of them there are
 * @read: ports that were read
 */
struct xen_evtchn_ring {
	const struct xen_evtchn *xe;
	struct evtchn_mapped_ring *map;
	size_t length;
	uint32_t nr_back;
	uint32_t back[XEN_EVTCHN_BATCH];
	uint32_t at;
	uint32_t nr_read;
	uint32_t read[XEN_EVTCHN_BATCH];
};

/**
 * xen_evtchn_ring_init() - take a file's events by a ring from now on, for good
 * @ring: to be filled
 * @xe: the file; it has to stay where it is
 * @ports: how many ports will be bound at most
 *
 * By the stock calls, the file stays as it is, and the calls below read and write it, up to
 * XEN_EVTCHN_BATCH ports at once. So nobody else must read it, and to sleep is for
 * xen_evtchn_ring_wait() alone, as poll(2) does not know of what was read. A port that is
 * unbound after it was read is taken all the same, nor does IOCTL_EVTCHN_RESET drop it.
 * xen_evtchn_ring_next() and _wait() can fail as xen_evtchn_wait() does.
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_ring_init(struct xen_evtchn_ring *ring, const struct xen_evtchn *xe,
				       uint32_t ports)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = page / sizeof(uint32_t);
	void *map;

	ring->xe = xe;
	ring->map = NULL;
	ring->nr_back = 0;
	ring->at = 0;
	ring->nr_read = 0;
	if (!(xe->features & EVTCHN_FEATURE_RING))
		return 0;

	while (size < ports && size < EVTCHN_MAPPED_MAX)
		size *= 2;
	ring->length = page + size * sizeof(uint32_t);
	map = mmap(NULL, ring->length, PROT_READ | PROT_WRITE, MAP_SHARED, xe->fd, 0);
	if (map == MAP_FAILED)
		return -1;
	ring->map = (struct evtchn_mapped_ring *)map;
	return 0;
}

/**
 * xen_evtchn_ring_fini() - forget the ring; the file's events still go there
 * @ring: the ring
 *
 * Ports that were given to xen_evtchn_ring_rearm() since the last wait or flush are not
 * re-armed. By the stock calls, events are read again, and those that were read before and
 * not taken are forgotten with the ring: their ports are not re-armed either.
 */
static inline void xen_evtchn_ring_fini(struct xen_evtchn_ring *ring)
{
	if (ring->map)
		munmap(ring->map, ring->length);
	ring->map = NULL;
}

/* The next number of the mapping, which is 0 if its port was unbound. */
static inline int xen_evtchn_ring_take(struct xen_evtchn_ring *ring, uint32_t *port)
{
	struct evtchn_mapped_ring *map = ring->map;
	const uint32_t *numbers = (const uint32_t *)((const char *)map + map->offset);
	uint32_t tail = map->tail;

	/* Pairs with the kernel's release of head: the number is there. */
	if (tail == __atomic_load_n(&map->head, __ATOMIC_ACQUIRE))
		return 0;
	*port = __atomic_load_n(&numbers[tail & (map->size - 1)], __ATOMIC_RELAXED);
	__atomic_store_n(&map->tail, tail + 1, __ATOMIC_RELEASE);
	return 1;
}

/* The same of what was read; reads more if there is none. */
static inline int xen_evtchn_ring_read(struct xen_evtchn_ring *ring, uint32_t *port)
{
	struct pollfd pfd = { ring->xe->fd, POLLIN, 0 };
	ssize_t n;
	int rc;

	if (ring->at == ring->nr_read) {
		rc = poll(&pfd, 1, 0);
		if (rc <= 0)
			return rc;
		n = read(ring->xe->fd, ring->read, sizeof(ring->read));
		if (n < 0)
			return errno == EAGAIN ? 0 : -1;
		ring->at = 0;
		ring->nr_read = (uint32_t)((size_t)n / sizeof(uint32_t));
	}
	*port = ring->read[ring->at++];
	return 1;
}

/**
 * xen_evtchn_ring_next() - take the oldest pending port
 * @ring: the ring
 * @port: set to its number
 *
 * Return: 1; 0 if none is pending; or -1.
 */
static inline int xen_evtchn_ring_next(struct xen_evtchn_ring *ring, uint32_t *port)
{
	int rc;

	do {
		rc = ring->map ? xen_evtchn_ring_take(ring, port) :
				 xen_evtchn_ring_read(ring, port);
	} while (rc == 1 && !*port);
	return rc;
}

/**
 * xen_evtchn_ring_flush() - re-arm what was given to xen_evtchn_ring_rearm()
 * @ring: the ring
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_ring_flush(struct xen_evtchn_ring *ring)
{
	size_t length = ring->nr_back * sizeof(uint32_t);

	if (length && write(ring->xe->fd, ring->back, length) != (ssize_t)length)
		return -1;
	ring->nr_back = 0;
	return 0;
}

/**
 * xen_evtchn_ring_rearm() - re-arm a port, at the latest with the next wait
 * @ring: the ring
 * @port: what xen_evtchn_ring_next() has said
 *
 * Return: 0 or -1.
 */
static inline int xen_evtchn_ring_rearm(struct xen_evtchn_ring *ring, uint32_t port)
{
	if (ring->nr_back == XEN_EVTCHN_BATCH && xen_evtchn_ring_flush(ring))
		return -1;
	ring->back[ring->nr_back++] = port;
	return 0;
}

/**
 * xen_evtchn_ring_wait() - re-arm what there is, and sleep until a port is pending
 * @ring: the ring
 * @timeout: milliseconds, or negative for ever; see poll(2)
 *
 * Return: 1; 0 if the time was over; or -1.
 */
static inline int xen_evtchn_ring_wait(struct xen_evtchn_ring *ring, int timeout)
{
	struct pollfd pfd = { ring->xe->fd, POLLIN, 0 };

	if (xen_evtchn_ring_flush(ring))
		return -1;
	return ring->at < ring->nr_read ? 1 : poll(&pfd, 1, timeout);
}

#endif /* XEN_EVTCHN_H */
