// SPDX-License-Identifier: GPL-2.0
/* Operations on whole files: close, fork, pass over a socket. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "race.h"

/* The descriptor is closed while others are in a call on it. */
static void replace(int fd, int by)
{
	EXPECT_RET(dup2(by, fd), fd);
}

static void use_and_close(int fd, unsigned int number)
{
	unsigned int list[4];
	int got = read_ports(fd, ELSEWHERE, list, ARRAY_SIZE(list));

	if (got)
		write_ports(fd, list, (unsigned int)got);
	notify_if_bound(fd, number);
	EXPECT_RET(close(fd), 0);
}

static bool run_close(struct worker *w)
{
	struct port end = arena->ends[pick(w, ENDS)];
	int fd;

	switch (pick(w, 4)) {
	case 0:
		replace(arena->alias[end.file], arena->file[end.file]);
		break;
	case 1:
		fd = dup(fd_of(w, end.file));
		EXPECT(fd >= 0, "dup: %s", errno_name(errno));
		EXPECT_RET(raw_notify(fd, end.number), 0);
		EXPECT_RET(close(fd), 0);
		break;
	case 2:
		use_and_close(fresh_file(), end.number);
		break;
	default:
		/* The last close of a file that others are in. */
		fd = fresh_file();
		replace(arena->fresh[pick(w, FRESH)], fd);
		EXPECT_RET(close(fd), 0);
	}
	return true;
}

const struct op op_close = { .name = "close", .run = run_close, .until = QUIET };

/* Its end closes all its descriptors, of some the last ones. */
static void child(struct worker *w)
{
	static const struct op *const ops[] = {
		&op_bind, &op_unbind, &op_notify, &op_write, &op_poll,
		&op_reset, &op_close,
	};
	unsigned int i, nr = pick(w, 4);

	w->child = true;
	for (i = 0; i < nr; i++)
		ops[pick(w, ARRAY_SIZE(ops))]->run(w);
	_exit(0);
}

static bool run_fork(struct worker *w)
{
	struct worker copy = *w;
	pid_t pid = fork_child();

	if (pid == 0)
		child(&copy);
	/* The child may have the last descriptor of a file after this. */
	if (pick(w, 2))
		run_close(w);
	join_child(pid);
	return true;
}

const struct op op_fork = { .name = "fork", .run = run_fork, .until = QUIET };

/* A message with one descriptor. */
struct parcel {
	struct msghdr msg;
	struct iovec data;
	char byte;
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
};

static void wrap(struct parcel *p)
{
	memset(p, 0, sizeof(*p));
	p->data = (struct iovec){ &p->byte, 1 };
	p->msg.msg_iov = &p->data;
	p->msg.msg_iovlen = 1;
	p->msg.msg_control = p->control.room;
	p->msg.msg_controllen = sizeof(p->control.room);
}

/* Whether there was room in the socket's queue. */
static bool send_fd(int sock, int fd)
{
	struct cmsghdr *cmsg;
	struct parcel p;

	wrap(&p);
	cmsg = CMSG_FIRSTHDR(&p.msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(sock, &p.msg, 0) == 1)
		return true;
	EXPECT(errno == EAGAIN, "sendmsg: %s", errno_name(errno));
	return false;
}

/* -1 if the queue is empty. */
static int receive_fd(int sock)
{
	struct cmsghdr *cmsg;
	struct parcel p;
	int fd;

	wrap(&p);
	if (recvmsg(sock, &p.msg, MSG_CMSG_CLOEXEC) != 1) {
		EXPECT(errno == EAGAIN, "recvmsg: %s", errno_name(errno));
		return -1;
	}
	cmsg = CMSG_FIRSTHDR(&p.msg);
	EXPECT(cmsg && cmsg->cmsg_type == SCM_RIGHTS &&
	       cmsg->cmsg_len == CMSG_LEN(sizeof(fd)),
	       "a message came without its descriptor");
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static void open_sockets(int sock[2])
{
	EXPECT_RET(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      0, sock), 0);
}

static void pass_there_and_back(int fd, unsigned int number)
{
	int sock[2], got;

	open_sockets(sock);
	EXPECT(send_fd(sock[0], fd), "an empty queue has no room");
	got = receive_fd(sock[1]);
	EXPECT(got >= 0, "what was sent did not come");
	EXPECT_RET(raw_notify(got, number), 0);
	EXPECT_RET(close(got), 0);
	EXPECT_RET(close(sock[0]), 0);
	EXPECT_RET(close(sock[1]), 0);
}

/* The last reference to a file is that of the queue, which goes with both ends. */
static void drop_in_flight(bool in_a_ring)
{
	int fd = fresh_file(), sock[2];

	open_sockets(sock);
	EXPECT(send_fd(sock[0], fd), "an empty queue has no room");
	/* A queue that holds its own socket is found by the kernel's collector. */
	if (in_a_ring)
		EXPECT(send_fd(sock[0], sock[1]), "a short queue has no room");
	EXPECT_RET(close(fd), 0);
	EXPECT_RET(close(sock[1]), 0);
	EXPECT_RET(close(sock[0]), 0);
}

/* To whoever takes it out of the arena's socket, in which process ever. */
static bool post(void)
{
	int fd = fresh_file();
	bool sent = send_fd(arena->post[0], fd);

	EXPECT_RET(close(fd), 0);
	return sent;
}

static bool run_pass(struct worker *w)
{
	struct port end = arena->ends[pick(w, ENDS)];
	int fd;

	switch (pick(w, 6)) {
	case 0:
		pass_there_and_back(fd_of(w, end.file), end.number);
		return true;
	case 1:
		drop_in_flight(!pick(w, 4));
		return true;
	case 2:
	case 3:
		return post();
	default:
		fd = receive_fd(arena->post[1]);
		if (fd < 0)
			return false;
		use_and_close(fd, end.number);
		return true;
	}
}

const struct op op_pass = { .name = "pass", .run = run_pass, .until = QUIET };
