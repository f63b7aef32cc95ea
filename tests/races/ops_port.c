// SPDX-License-Identifier: GPL-2.0
/* Operations on ports: bind, unbind, notify, write, reset. */
#include <unistd.h>

#include "harness.h"
#include "race.h"

#define MANY	16

/* Whose file it is may change between the two calls. */
static bool bind_elsewhere(int fd)
{
	int port = raw_bind_unbound(fd, SELF);

	if (port < 0 && errno == ENOBUFS && may_be_mapped(ELSEWHERE))
		return false;
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
	int fd = any_fd(w, &file);

	if (file == ELSEWHERE)
		return bind_elsewhere(fd);
	port = bind_end(w, file);
	if (!port.number)
		return false;
	peer = bind_end_to(w, some_file(w), port);
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

/* Whoever's they are: some of this file, some not, some none's. */
static void some_numbers(struct worker *w, unsigned int *list, unsigned int nr)
{
	unsigned int i;

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
}

/* Ports of other files, which are ENOTCONN, among them. */
static bool notify_many(struct worker *w)
{
	unsigned int numbers[MANY], i, file, nr = 1 + pick(w, MANY);
	struct evtchn_notify list[MANY];
	int fd = any_fd(w, &file), sent;

	some_numbers(w, numbers, nr);
	for (i = 0; i < nr; i++)
		list[i] = (struct evtchn_notify){ numbers[i], 1 };
	sent = raw_notify_many(fd, list, nr);
	EXPECT(sent >= 0, "NOTIFY_MANY: %s", errno_name(errno));
	for (i = 0; i < nr; i++) {
		EXPECT(!list[i].result || list[i].result == -ENOTCONN,
		       "notify of port %u, one of many: %s", list[i].port,
		       errno_name(-list[i].result));
		sent -= !list[i].result;
	}
	EXPECT(!sent, "NOTIFY_MANY counts %d that it did not send", sent);
	return true;
}

static bool run_notify(struct worker *w)
{
	unsigned int file;
	struct port port;
	int fd;

	switch (pick(w, 5)) {
	case 0:
		fd = any_fd(w, &file);
		return notify_if_bound(fd, 1 + pick(w, 200));
	case 1:
		port = some_loose(w);
		return port.number &&
		       notify_if_bound(fd_of(w, port.file), port.number);
	case 2:
		return notify_many(w);
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
	unsigned int list[MANY], nr = 1 + pick(w, MANY), file;

	some_numbers(w, list, nr);
	write_ports(some_fd(w, &file), list, nr);
	return true;
}

const struct op op_write = { .name = "write", .run = run_write, .until = QUIET };

static bool run_reset(struct worker *w)
{
	unsigned int file;
	int fd = any_fd(w, &file);

	if (raw_reset(fd) == 0)
		return true;
	EXPECT(errno == ENOBUFS && may_be_mapped(file), "RESET: %s",
	       errno_name(errno));
	return false;
}

const struct op op_reset = { .name = "reset", .run = run_reset, .until = QUIET };
