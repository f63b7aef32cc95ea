// SPDX-License-Identifier: GPL-2.0
/* Files and descriptors come and go, and change their flags. */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "observe.h"
#include "ops.h"

static enum outcome open_file(void)
{
	static const int modes[] = {
		O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDWR, O_RDONLY, O_WRONLY,
	};
	int slot = pick_closed(), mode = PICK(modes);
	bool nonblock = chance(60);
	struct file *f;

	if (slot == NO_FILE)
		return NOT_NOW;
	f = &world->files[slot];
	memset(f, 0, sizeof(*f));
	f->life = OPEN;
	f->can_read = mode != O_WRONLY;
	f->can_write = mode != O_RDONLY;
	f->nonblock = nonblock;
	f->restricted = UNRESTRICTED;
	observe_name(slot);
	f->fd[0] = raw_open(mode | (nonblock ? O_NONBLOCK : 0));
	f->nr_fds = 1;
	say(" file %d, mode %d%s", slot, mode, nonblock ? ", O_NONBLOCK" : "");
	observe_file(slot);
	if (chance(70))
		observe_edges(slot, true);
	if (!f->by_edge || chance(50))
		observe_signals(slot, true);
	return DONE;
}

static void drop_fd(struct file *f, unsigned int i)
{
	EXPECT_RET(close(f->fd[i]), 0);
	f->fd[i] = f->fd[--f->nr_fds];
}

void close_file(int slot)
{
	struct file *f = &world->files[slot];

	say(" file %d with %u ports", slot, f->nr_ports);
	while (f->nr_fds)
		drop_fd(f, 0);
	unmap_file(slot);
	model_release(slot);
}

static enum outcome close_any(void)
{
	int slot = pick_file();

	if (slot == NO_FILE)
		return NOT_NOW;
	close_file(slot);
	return DONE;
}

static enum outcome dup_fd(void)
{
	int slot = pick_file(), fd;
	struct file *f;

	if (slot == NO_FILE || world->files[slot].nr_fds == MAX_FDS)
		return NOT_NOW;
	f = &world->files[slot];
	fd = chance(50) ? dup(pick_fd(slot)) :
		fcntl(pick_fd(slot), F_DUPFD_CLOEXEC, 0);
	EXPECT(fd >= 0, "dup: %s", errno_name(errno));
	f->fd[f->nr_fds++] = fd;
	say(" of file %d", slot);
	return DONE;
}

/* Not the last one: nothing comes of it. */
static enum outcome close_dup(void)
{
	int slot = pick_file();
	struct file *f;
	unsigned int i;

	if (slot == NO_FILE || world->files[slot].nr_fds < 2)
		return NOT_NOW;
	f = &world->files[slot];
	i = below(f->nr_fds);
	say(" of file %d", slot);
	observe_closing(slot, f->fd[i]);
	drop_fd(f, i);
	return DONE;
}

/* Through any of its descriptors, for all of them. */
static enum outcome set_blocking(void)
{
	int slot = pick_file(), on = chance(60);

	if (slot == NO_FILE)
		return NOT_NOW;
	say(" file %d %s", slot, on ? "no" : "yes");
	if (chance(50))
		set_nonblock(pick_fd(slot), on);
	else
		EXPECT_RET(ioctl(pick_fd(slot), FIONBIO, &on), 0);
	world->files[slot].nonblock = on;
	return DONE;
}

/* Changes how the file is observed, in one way at least. */
static enum outcome set_async(void)
{
	int slot = pick_file();
	struct file *f;

	if (slot == NO_FILE)
		return NOT_NOW;
	f = &world->files[slot];
	if (!f->by_signal) {
		observe_signals(slot, true);
		if (f->by_edge && chance(50))
			observe_edges(slot, false);
	} else {
		if (!f->by_edge)
			observe_edges(slot, true);
		observe_signals(slot, false);
	}
	say(" file %d %s", slot, f->by_signal ? "on" : "off");
	return DONE;
}

/* Its descriptors are copied and closed again. */
static enum outcome fork_exit(void)
{
	int slot = pick_file();
	pid_t pid;

	if (slot == NO_FILE)
		return NOT_NOW;
	pid = fork_child();
	if (!pid) {
		close(pick_fd(slot));
		_exit(0);
	}
	join_child(pid);
	return DONE;
}

/* What is left in its ring goes back by the pipe. */
static void hold(int fd, int pipe_fd)
{
	unsigned int ports[1024];
	char byte = 'r';
	ssize_t len;
	int slot;

	/* Nothing else, or it would keep that open as well. */
	EXPECT(dup2(fd, 200) == 200 && dup2(pipe_fd, 201) == 201, "dup2: %s",
	       errno_name(errno));
	EXPECT_RET(close_range(3, 199, 0), 0);
	EXPECT_RET(close_range(202, ~0U, 0), 0);
	for (slot = 0; slot < NR_FILES; slot++)
		unmap_file(slot);
	EXPECT_RET(write(201, &byte, 1), 1);
	if (read(201, &byte, 1) != 1)
		_exit(0);
	set_nonblock(200, true);
	len = read(200, ports, sizeof(ports));
	if (len < 0)
		len = 0;
	EXPECT_RET(write(201, &len, sizeof(len)), sizeof(len));
	EXPECT_RET(write(201, ports, (size_t)len), len);
	_exit(0);
}

/* A child keeps it open, and this process closes it. */
static enum outcome hold_file(void)
{
	int slot = pick_file(), ends[2];
	struct file *f;
	char byte;

	if (slot == NO_FILE)
		return NOT_NOW;
	f = &world->files[slot];
	say(" file %d with %u ports", slot, f->nr_ports);
	EXPECT_RET(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	f->holder = fork_child();
	if (!f->holder)
		hold(f->fd[0], ends[1]);
	close(ends[1]);
	f->holder_pipe = ends[0];
	EXPECT_RET(read(f->holder_pipe, &byte, 1), 1);
	while (f->nr_fds)
		drop_fd(f, 0);
	f->life = HELD;
	return DONE;
}

void release_file(int slot)
{
	static unsigned int ports[1024];
	struct file *f = &world->files[slot];
	ssize_t len, got, want;

	say(" file %d with %u pending", slot, f->nr_ring);
	EXPECT_RET(write(f->holder_pipe, "q", 1), 1);
	EXPECT_RET(read(f->holder_pipe, &len, sizeof(len)), sizeof(len));
	want = f->nr_ring < 1024 ? f->nr_ring * 4 : 4096;
	EXPECT_EQ(len, f->can_read && !f->mapped.at ? want : 0);
	for (got = 0; got < len; got += want) {
		want = read(f->holder_pipe, (char *)ports + got,
			    (size_t)(len - got));
		EXPECT(want > 0, "a holder's pipe: %s", errno_name(errno));
	}
	model_read(slot, ports, (unsigned int)len / 4);
	f->edges_free = true;
	join_child(f->holder);
	close(f->holder_pipe);
	unmap_file(slot);
	model_release(slot);
}

static enum outcome release_held(void)
{
	int slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != HELD)
			continue;
		release_file(slot);
		return DONE;
	}
	return NOT_NOW;
}

const struct op file_ops[] = {
	{ "open", 40, open_file },
	{ "close", 4, close_any },
	{ "dup", 8, dup_fd },
	{ "close-dup", 9, close_dup },
	{ "set-blocking", 10, set_blocking },
	{ "set-async", 8, set_async },
	{ "fork", 6, fork_exit },
	{ "hold", 4, hold_file },
	{ "release", 5, release_held },
	{ }
};
