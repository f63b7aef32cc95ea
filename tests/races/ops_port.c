// SPDX-License-Identifier: GPL-2.0
/* Operations on ports: bind, unbind, notify, write, reset. */
#include <unistd.h>

#include "harness.h"
#include "race.h"

#define LIST	16

/* Whose file it is may change between the two calls. */
static bool bind_elsewhere(int fd)
{
	int port = raw_bind_unbound(fd, SELF);

	EXPECT(port > 0, "bind_unbound(self): %s", errno_name(errno));
	if (raw_unbind(fd, (unsigned int)port))
		EXPECT(errno == ENOTCONN, "unbind of port %d: %s", port,
		       errno_name(errno));
	return true;
}

static bool run_bind(struct worker *w)
{
	struct port port, peer;
	unsigned int file;
	int fd = some_fd(w, &file);

	if (file == ELSEWHERE)
		return bind_elsewhere(fd);
	port = bind_end(w, file);
	peer = bind_end_to(w, pick(w, arena->files), port);
	if (pick(w, 2))
		notify_if_bound(fd_of(w, file), port.number);
	let_loose(w, port);
	if (peer.number)
		let_loose(w, peer);
	return true;
}

const struct op op_bind = { .name = "bind", .run = run_bind, .until = QUIET };

/* One that is left in its place is unbound by others at the same time. */
static bool run_unbind(struct worker *w)
{
	unsigned int place = pick(w, LOOSE);
	uint64_t packed = pick(w, 2) ? atomic_load(&arena->loose[place]) :
				       atomic_exchange(&arena->loose[place], 0);
	struct port port = { (unsigned int)(packed >> 32), (unsigned int)packed };

	if (packed)
		return unbind_end(fd_of(w, port.file), port);
	run_bind(w);
	return false;
}

const struct op op_unbind = {
	.name = "unbind", .run = run_unbind, .until = QUIET,
};

static bool run_notify(struct worker *w)
{
	unsigned int file;
	struct port port;
	int fd;

	switch (pick(w, 4)) {
	case 0:
		fd = some_fd(w, &file);
		return notify_if_bound(fd, 1 + pick(w, 200));
	case 1:
		port = some_loose(w);
		return port.number &&
		       notify_if_bound(fd_of(w, port.file), port.number);
	default:
		port = arena->ends[pick(w, ENDS)];
		EXPECT_RET(raw_notify(fd_of(w, port.file), port.number), 0);
		return true;
	}
}

const struct op op_notify = {
	.name = "notify", .run = run_notify, .until = QUIET,
};

static bool run_write(struct worker *w)
{
	unsigned int list[LIST], i, nr = 1 + pick(w, LIST), file;

	for (i = 0; i < nr; i++) {
		switch (pick(w, 4)) {
		case 0:
			list[i] = 1 + pick(w, 200);
			break;
		case 1:
			list[i] = some_loose(w).number;
			break;
		default:
			list[i] = arena->ends[pick(w, ENDS)].number;
			break;
		}
	}
	write_ports(some_fd(w, &file), list, nr);
	return true;
}

const struct op op_write = { .name = "write", .run = run_write, .until = QUIET };

static bool run_reset(struct worker *w)
{
	unsigned int file;

	EXPECT_RET(raw_reset(some_fd(w, &file)), 0);
	return true;
}

const struct op op_reset = { .name = "reset", .run = run_reset, .until = QUIET };
