// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on the device that check their answer and keep the ledger. The errors
 * that an innocent caller gets are these, and no other, whatever runs beside it:
 *
 * bind		EINVAL from BIND_INTERDOMAIN: the port to be connected to has been
 *		unbound, or connected to by somebody else.
 * unbind	ENOTCONN: somebody else was first. The number may even have been bound
 *		anew, and then this takes it from its new owner.
 * notify	ENOTCONN: the port has been unbound, or the descriptor is of another
 *		file now. Never on a survivor.
 * read		EAGAIN: non-blocking, and nothing is pending. EINTR: a signal, which
 *		readers get at the end only. EBUSY: somebody has mapped the file.
 * WAIT		what notify and read answer; but 0 is its EAGAIN.
 * bind, RESET	ENOBUFS: the file is mapped, and nobody takes from its ring.
 *
 * None from write, poll, mmap, open, dup, close, fork. EBADF never: descriptors are
 * replaced (dup2), so that each number is of a file of the device at any time.
 */
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "ledger.h"
#include "race.h"

/* Its number is 0 if the ring is full. */
struct port bind_end(struct worker *w, unsigned int file)
{
	uint64_t began = ledger_now();
	int port = raw_bind_unbound(fd_of(w, file), SELF);

	if (port < 0 && errno == ENOBUFS && may_be_mapped(file))
		return (struct port){ file, 0 };
	EXPECT(port > 0, "bind_unbound(self): %s", errno_name(errno));
	ledger_bound(file, (unsigned int)port, began);
	return (struct port){ file, (unsigned int)port };
}

/* Its number is 0 if the peer is gone, or the ring full. */
struct port bind_end_to(struct worker *w, unsigned int file, struct port peer)
{
	uint64_t began = ledger_now();
	int port = raw_bind_interdomain(fd_of(w, file), SELF, peer.number);

	if (port < 0) {
		EXPECT(errno == EINVAL || (errno == ENOBUFS && may_be_mapped(file)),
		       "bind_interdomain(self, %u): %s", peer.number,
		       errno_name(errno));
		return (struct port){ file, 0 };
	}
	EXPECT(port > 0, "bind_interdomain: got port 0");
	ledger_bound(file, (unsigned int)port, began);
	return (struct port){ file, (unsigned int)port };
}

/* fd is of the port's file. */
bool unbind_end(int fd, struct port port)
{
	if (raw_unbind(fd, port.number) == 0) {
		ledger_unbound(port.file, port.number);
		return true;
	}
	EXPECT(errno == ENOTCONN, "unbind of port %u: %s", port.number,
	       errno_name(errno));
	return false;
}

/*
 * From now on others know it. Whoever takes a number out of its place unbinds it, so
 * that in the end no port is bound that is not in a place.
 */
void let_loose(struct worker *w, struct port port)
{
	uint64_t packed = (uint64_t)port.file << 32 | port.number;

	packed = atomic_exchange(&arena->loose[pick(w, LOOSE)], packed);
	port.file = (unsigned int)(packed >> 32);
	port.number = (unsigned int)packed;
	if (packed)
		unbind_end(fd_of(w, port.file), port);
}

bool notify_if_bound(int fd, unsigned int number)
{
	if (raw_notify(fd, number) == 0)
		return true;
	EXPECT(errno == ENOTCONN, "notify of port %u: %s", number,
	       errno_name(errno));
	return false;
}

/* Numbers that a call has returned, which was begun at that moment. */
static void enter_read(unsigned int file, const unsigned int *list, unsigned int nr,
		       uint64_t began)
{
	unsigned int i;

	for (i = 0; file != ELSEWHERE && i < nr; i++)
		ledger_read(file, list[i], began);
}

/* How many ports were read: 0 if there was nothing, or a signal came first. */
int read_ports(int fd, unsigned int file, unsigned int *list, unsigned int max)
{
	uint64_t began = ledger_now();
	ssize_t got = read(fd, list, max * sizeof(*list));
	unsigned int nr;

	if (got < 0) {
		EXPECT(errno == EAGAIN || errno == EINTR ||
		       (errno == EBUSY && may_be_mapped(file)), "read: %s",
		       errno_name(errno));
		return 0;
	}
	EXPECT(got > 0 && got % 4 == 0, "read returned %zd", got);
	nr = (unsigned int)got / 4;
	EXPECT(nr <= max, "read returned %zd, more than there is room for", got);
	enter_read(file, list, nr, began);
	return (int)nr;
}

/* How many ports were taken. If one was to be sent on that is not bound, that is 0. */
int wait_ports(int fd, unsigned int file, struct ioctl_evtchn_wait *arg,
	       bool all_bound)
{
	uint64_t began = ledger_now();
	int got = ioctl(fd, IOCTL_EVTCHN_WAIT, arg);

	if (got < 0) {
		EXPECT(errno == EINTR || (errno == ENOTCONN && !all_bound) ||
		       (errno == EBUSY && may_be_mapped(file)), "WAIT: %s",
		       errno_name(errno));
		return 0;
	}
	EXPECT(got <= (int)arg->nr_ports, "WAIT took %d ports, there is room for %u",
	       got, arg->nr_ports);
	enter_read(file, (void *)(uintptr_t)arg->ports, (unsigned int)got, began);
	return got;
}

/*
 * The oldest in the ring of MAPPED, if there is one; 0 if it was unbound. A ring has one
 * who takes, or many who agree.
 */
bool take_mapped(unsigned int *number)
{
	uint64_t began;
	bool taken;

	while (atomic_flag_test_and_set(&arena->taking))
		sched_yield();
	began = ledger_now();
	taken = mapped_take(&arena->mapping, number);
	atomic_flag_clear(&arena->taking);
	if (taken && *number)
		enter_read(MAPPED, number, 1, began);
	return taken;
}

void write_ports(int fd, const unsigned int *list, unsigned int nr)
{
	EXPECT_RET(write(fd, list, nr * sizeof(*list)), nr * sizeof(*list));
}
