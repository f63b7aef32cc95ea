// SPDX-License-Identifier: GPL-2.0
/* C35 to C37: a file inherited, kept over exec, passed to another process. */
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "process.h"

#define NO_PRIVILEGE	65534	/* nobody's user and group */

TEST_CASE(fork_shared, "C35 parent and child share one queue: an event goes to one of them")
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	notify(&p.a);
	pid = fork_child();
	if (pid == 0) {
		expect_event(&p.b);
		_exit(0);
	}
	join_child(pid);
	expect_silence(p.b.fd);
	unmask(&p.b);
	expect_pair_works(&p);
}

TEST_CASE(fork_child_binds, "C35 a port that a child bound stays when the child has exited")
{
	xenevtchn_handle *xce = open_device();
	unsigned int a = bind_unbound(open_device());
	pid_t pid = fork_child();

	if (pid == 0) {
		bind_peer(xce, a);
		_exit(0);
	}
	join_child(pid);
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), SELF, a), EINVAL);
	EXPECT(next_event(xenevtchn_fd(xce)) != a, "the wrong port");
}

TEST_CASE(fork_child_closes, "C35 a child that closes or exits takes nothing from its parent")
{
	struct pair p;
	pid_t pid;

	pair_open(&p);
	pid = fork_child();
	if (pid == 0) {
		pair_close(&p);
		_exit(0);
	}
	join_child(pid);
	expect_pair_works(&p);
	pid = fork_child();
	if (pid == 0)
		_exit(0);
	join_child(pid);
	expect_pair_works(&p);
}

TEST_CASE(fork_parent_closes, "C35 a child goes on when its parent has closed the file")
{
	struct pair p;
	int go[2];
	pid_t pid;
	char byte;

	EXPECT_RET(pipe(go), 0);
	pair_open(&p);
	pid = fork_child();
	if (pid == 0) {
		EXPECT_RET(read(go[0], &byte, 1), 1);
		expect_pair_works(&p);
		_exit(0);
	}
	pair_close(&p);
	EXPECT_RET(write(go[1], "", 1), 1);
	join_child(pid);
	/* Now that the child is gone, so are the ports. */
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), SELF, p.a.port),
		   EINVAL);
}

/* What the executed program does with the file: 0, or the step that failed. */
static int use_file(int fd, unsigned int a, unsigned int b)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	xenevtchn_handle *xce = xenevtchn_fdopen(NULL, fd, 0);
	int port;

	if (!xce)
		return 11;
	if (xenevtchn_notify(xce, a))
		return 12;
	if (poll(&pfd, 1, EVENT_MS) != 1)
		return 13;
	if (xenevtchn_pending(xce) != (int)b)
		return 14;
	if (xenevtchn_unmask(xce, b))
		return 15;
	port = xenevtchn_bind_unbound_port(xce, SELF);
	if (port <= 0)
		return 16;
	return xenevtchn_unbind(xce, (unsigned int)port) ? 17 : 0;
}

int exec_helper(int argc, char **argv)
{
	if (argc == 5)
		return use_file(atoi(argv[2]), (unsigned int)atoi(argv[3]),
				(unsigned int)atoi(argv[4]));
	sleep(60);	/* until it is killed */
	return 10;
}

static void exec_use(const struct pair *p)
{
	char fd[16], a[16], b[16];

	snprintf(fd, sizeof(fd), "%d", p->a.fd);
	snprintf(a, sizeof(a), "%u", p->a.port);
	snprintf(b, sizeof(b), "%u", p->b.port);
	execl("/proc/self/exe", "conformance", EXEC_HELPER, fd, a, b, NULL);
	fail("execl: %s", errno_name(errno));
}

/* Both ends in one file that exec does not close. */
static void pair_kept(struct pair *p)
{
	xenevtchn_handle *xce = xenevtchn_open(NULL, XENEVTCHN_NO_CLOEXEC);

	EXPECT(xce, "xenevtchn_open: %s", errno_name(errno));
	pair_bind(p, xce, xce);
}

TEST_CASE(exec_child, "C36 a child process executes a program that uses the file by fdopen")
{
	struct pair p;
	pid_t pid;

	pair_kept(&p);
	pid = fork_child();
	if (pid == 0)
		exec_use(&p);
	join_child(pid);
	expect_pair_works(&p);
}

TEST_CASE(exec_self, "C36 a process that binds ports and then executes a program keeps them")
{
	struct pair p;
	pid_t pid = fork_child();

	if (pid == 0) {
		pair_kept(&p);
		exec_use(&p);
	}
	join_child(pid);
}

TEST_CASE(exec_closes, "C36 exec closes a file opened by the library, and its ports are free")
{
	unsigned int a = bind_unbound(open_device());
	int64_t end = now_ms() + EVENT_MS;
	int bound[2];
	char byte;
	pid_t pid;

	EXPECT_RET(pipe(bound), 0);
	pid = fork_child();
	if (pid == 0) {
		bind_peer(open_device(), a);
		EXPECT_RET(write(bound[1], "", 1), 1);
		execl("/proc/self/exe", "conformance", EXEC_HELPER, NULL);
		fail("execl: %s", errno_name(errno));
	}
	EXPECT_RET(read(bound[0], &byte, 1), 1);
	while (xenevtchn_bind_interdomain(open_device(), SELF, a) < 0) {
		EXPECT(now_ms() < end, "the port is still bound");
		sleep_ms(5);
	}
	EXPECT_RET(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void socket_pair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		skip("no Unix sockets: %s", errno_name(errno));
}

static void send_file(int socket, int fd, const struct pair *p)
{
	unsigned int ports[2] = { p->a.port, p->b.port };
	struct iovec iov = { ports, sizeof(ports) };
	union control control = {};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	EXPECT_RET(sendmsg(socket, &msg, 0), sizeof(ports));
}

static void receive_file(int socket, struct pair *p)
{
	unsigned int ports[2];
	struct iovec iov = { ports, sizeof(ports) };
	union control control = {};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int fd;

	EXPECT_RET(recvmsg(socket, &msg, MSG_CMSG_CLOEXEC), sizeof(ports));
	header = CMSG_FIRSTHDR(&msg);
	EXPECT(header && header->cmsg_type == SCM_RIGHTS, "no file came");
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	p->a.xce = xenevtchn_fdopen(NULL, fd, 0);
	p->b.xce = p->a.xce;
	EXPECT(p->a.xce, "xenevtchn_fdopen: %s", errno_name(errno));
	p->a.fd = fd;
	p->b.fd = fd;
	p->a.port = ports[0];
	p->b.port = ports[1];
}

/* A process that has nothing of ours but the socket, and gets the file by it. */
static pid_t start_receiver(int socket, int go)
{
	pid_t pid = fork_child();
	struct pair p;
	char byte;

	if (pid)
		return pid;
	EXPECT_RET(read(go, &byte, 1), 1);
	receive_file(socket, &p);
	expect_pair_works(&p);
	bind_unbound(p.a.xce);
	_exit(0);
}

TEST_CASE(pass, "C37 a process that is passed a file over a socket uses it beside the sender")
{
	xenevtchn_handle *xce;
	int ends[2], go[2];
	struct pair p;
	pid_t pid;

	socket_pair(ends);
	EXPECT_RET(pipe(go), 0);
	pid = start_receiver(ends[1], go[0]);
	xce = open_device();
	pair_bind(&p, xce, xce);
	send_file(ends[0], p.a.fd, &p);
	EXPECT_RET(write(go[1], "", 1), 1);
	join_child(pid);
	expect_pair_works(&p);
}

TEST_CASE(pass_closed, "C37 ports stay bound while their file is on its way, closed by its sender")
{
	xenevtchn_handle *xce;
	int ends[2], go[2];
	struct pair p;
	pid_t pid;

	socket_pair(ends);
	EXPECT_RET(pipe(go), 0);
	pid = start_receiver(ends[1], go[0]);
	close(ends[1]);
	xce = open_device();
	pair_bind(&p, xce, xce);
	send_file(ends[0], p.a.fd, &p);
	EXPECT_RET(xenevtchn_close(xce), 0);
	EXPECT_RET(write(go[1], "", 1), 1);
	join_child(pid);
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), SELF, p.a.port),
		   EINVAL);
}

TEST_CASE(pass_dropped, "C37 the ports of a file that nobody receives are freed with the socket")
{
	xenevtchn_handle *xce = open_device();
	int64_t end = now_ms() + EVENT_MS;
	unsigned int a = bind_unbound(open_device());
	struct pair p = {};
	int ends[2];

	socket_pair(ends);
	p.b.port = bind_peer(xce, a);
	send_file(ends[0], xenevtchn_fd(xce), &p);
	EXPECT_RET(xenevtchn_close(xce), 0);
	EXPECT_ERR(xenevtchn_bind_interdomain(open_device(), SELF, a), EINVAL);
	close(ends[0]);
	close(ends[1]);
	while (xenevtchn_bind_interdomain(open_device(), SELF, a) < 0) {
		EXPECT(now_ms() < end, "the port is still bound");
		sleep_ms(5);
	}
}

TEST_CASE(unprivileged, "C37 a process that has given up its privileges goes on using its file")
{
	xenevtchn_handle *xce = open_device();
	struct pair p;

	EXPECT_RET(setgroups(0, NULL), 0);
	EXPECT_RET(setresgid(NO_PRIVILEGE, NO_PRIVILEGE, NO_PRIVILEGE), 0);
	EXPECT_RET(setresuid(NO_PRIVILEGE, NO_PRIVILEGE, NO_PRIVILEGE), 0);
	pair_bind(&p, xce, xce);
	expect_pair_works(&p);
}
