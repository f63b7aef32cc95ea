/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of steps share. */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include <poll.h>

#include "memory.h"

#define READABLE	(POLLIN | POLLRDNORM)
#define WRITABLE	(POLLOUT | POLLWRNORM)
#define POLL_ALL	(READABLE | WRITABLE | POLLPRI | POLLRDBAND | POLLWRBAND)

/* What a call returned: its result, or -errno. */
long result_of(long ret);
void expect_result(long got, long want);

/* An ioctl with its argument anywhere; EFAULT is wanted if it can't be read. */
struct command {
	int slot;
	unsigned int cmd;
	const void *arg;
	size_t size;
	bool restricted_first;	/* EACCES comes before EFAULT */
	unsigned int seal;	/* with this one it is EPERM before all that */
};

/*
 * Makes the call. If it is bound to fail for its pointer, or as the file is
 * restricted or sealed, this is checked, and false returned.
 */
bool do_ioctl(const struct command *command, long *got);
/* The result that the model foresees, or a failure of the run. */
enum outcome judge(long got, long want);
/*
 * The same for a command that answers in its argument, of which answer gets a copy if
 * it is DONE. EFAULT is wanted as well if it can't be written.
 */
enum outcome ask_ioctl(const struct command *command, void *answer, long want);

/* Seldom, sets a field that has to be 0, and says so. */
bool spoil(unsigned int *field);

/* Not what is in a mapped ring: it would be in there twice, and overrun it. */
bool may_write_back(unsigned int port);
void do_reset(int slot);
void close_file(int slot);
/* The mapping keeps a file open as well. */
void unmap_file(int slot);
/* So many of what is in a mapped ring. */
void take_mapped(int slot, unsigned int n, unsigned int *ports);
void release_file(int slot);
/*
 * A child raises an armed port, as this process sleeps in wait(); which of the files is
 * chosen here. It reads, or it is told that it could.
 */
enum outcome late(void (*wait)(int slot), bool reads);
/* Signals interrupt what sleeps, from so many ms on, again and again; 0: off. */
void alarm_every(int ms);

#endif
