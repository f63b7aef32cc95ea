// SPDX-License-Identifier: GPL-2.0
/* Processes that wait as the domain is suspended. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <xen_evtchn.h>

#include "harness.h"
#include "scenario.h"

static const struct client clients[NR_CLIENTS] = {
	{ .kind = READS, .file = FILE_READ },
	{ .kind = READS, .file = FILE_TWO },
	{ .kind = READS, .file = FILE_TWO },
	{ .kind = READS, .file = FILE_LONE },
	{ .kind = READS, .file = FILE_VIRQ },
	{ .kind = READS, .file = FILE_DOM0 },
	{ .kind = POLLS, .file = FILE_POLL },
	{ .kind = EPOLLS, .file = FILE_EPOLL },
	{ .kind = SIGNALLED, .file = FILE_SIGIO },
	{ .kind = WAITS, .file = FILE_WAIT },
};

static const char *const file_names[NR_FILES] = {
	[FILE_READ] = "read of a pair's end",
	[FILE_TWO] = "read of a file with two readers",
	[FILE_LONE] = "read of an unbound port",
	[FILE_VIRQ] = "read of a VIRQ's port",
	[FILE_DOM0] = "read of dom0's channel",
	[FILE_POLL] = "poll",
	[FILE_EPOLL] = "edge-triggered epoll",
	[FILE_SIGIO] = "SIGIO",
	[FILE_WAIT] = "WAIT",
};

const char *client_name(const struct client *client)
{
	return file_names[client->file];
}

static int wait_by_epoll(int fd, unsigned int *got)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(0);

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return -1;
	event.events = 0;
	/* Unlike poll(), it is not restarted after a freeze. */
	while (epoll_wait(epoll, &event, 1, -1) != 1) {
		if (errno != EINTR)
			return -1;
	}
	*got = event.events;
	return 1;
}

static int wait_for_signal(int fd)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (fcntl(fd, F_SETOWN, getpid()) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC))
		return -1;
	return sigwait(&set, &sig) ? -1 : sig;
}

static int wait_by_wait(int fd, unsigned int *got)
{
	struct ioctl_evtchn_wait wait = {
		.timeout = -1,
		.ports = (uintptr_t)got,
		.nr_ports = 1,
	};
	struct xen_evtchn xe;
	int rc;

	if (xen_evtchn_init(&xe, fd))
		return -1;
	do {
		/* As it is not restarted after a freeze. */
		rc = xen_evtchn_wait(&xe, &wait);
	} while (rc < 0 && errno == EINTR);
	return rc;
}

static void wait_for_event(struct client *client)
{
	struct pollfd pfd = { .fd = fd_of(client->file), .events = POLLIN };
	unsigned int got = 0;

	switch (client->kind) {
	case READS:
		client->ret = (int)read(pfd.fd, &got, sizeof(got));
		break;
	case POLLS:
		client->ret = poll(&pfd, 1, -1);
		got = (unsigned int)pfd.revents;
		break;
	case EPOLLS:
		client->ret = wait_by_epoll(pfd.fd, &got);
		break;
	case SIGNALLED:
		client->ret = wait_for_signal(pfd.fd);
		break;
	case WAITS:
		client->ret = wait_by_wait(pfd.fd, &got);
		break;
	}
	client->err = errno;
	client->got = got;
	client->woken = true;
}

/* The letter of the process's state: S once it sleeps. */
static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return state;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

/* It outlives the test that starts it, so it leaves that one's process group. */
static pid_t fork_client(void)
{
	pid_t pid = fork_child();

	setpgid(pid, 0);
	return pid;
}

void start_clients(void)
{
	struct client *client;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		if (client->pid && !client->woken)
			kill(client->pid, SIGKILL);
		*client = clients[i];
		pid = fork_client();
		if (pid) {
			client->pid = pid;
		} else {
			wait_for_event(client);
			_exit(0);
		}
	}
	/* Two looks: on its way there it may have slept elsewhere. */
	sleep_ms(300);
	for (i = 0; i < NR_CLIENTS; i++) {
		client = &sc->clients[i];
		EXPECT(!client->woken && state_of(client->pid) == 'S',
		       "%s does not block", client_name(client));
	}
}

bool client_waits(const struct client *client)
{
	return !client->woken && state_of(client->pid) == 'S';
}

bool client_wakes(const struct client *client)
{
	int64_t end = now_ms() + EVENT_MS;

	while (!client->woken && now_ms() < end)
		sleep_ms(10);
	return client->woken;
}

/* Of two readers of one file, each gets one of its two ports. */
static bool two_got_theirs(const struct client *client)
{
	const struct client *other;
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		other = &sc->clients[i];
		if (other != client && other->file == FILE_TWO &&
		    (!other->woken || other->got == client->got))
			return false;
	}
	return client->got == sc->two[0].b.port ||
		client->got == sc->two[1].b.port;
}

bool client_got_its_own(const struct client *client)
{
	switch (client->file) {
	case FILE_READ:
		return client->ret == 4 && client->got == sc->read.b.port;
	case FILE_TWO:
		return client->ret == 4 && two_got_theirs(client);
	case FILE_LONE:
		return client->ret == 4 && client->got == sc->lone.port;
	case FILE_VIRQ:
		return client->ret == 4 && client->got == sc->virq.port;
	case FILE_DOM0:
		return client->ret == 4 && client->got == sc->dom0.port;
	case FILE_SIGIO:
		return client->ret == SIGIO;
	case FILE_WAIT:
		return client->ret == 1 && client->got == sc->wait.b.port;
	default:
		return client->ret == 1 && client->got == POLLIN;
	}
}

/* --- holders ---------------------------------------------------------------- */

static void hold(struct holder *holder)
{
	xenevtchn_handle *xce = open_device();
	struct pair pairs[NR_FEW];
	unsigned int i;

	for (i = 0; i < NR_FEW; i++) {
		pair_bind(&pairs[i], xce, xce);
		holder->ports[2 * i] = pairs[i].a.port;
		holder->ports[2 * i + 1] = pairs[i].b.port;
	}
	holder->ready = true;
	while (holder->order == ORDER_NONE)
		sleep_ms(20);
	if (holder->order == ORDER_CLOSE) {
		holder->ret = close(xenevtchn_fd(xce));
		holder->err = errno;
		holder->done = true;
		pause();
	}
	_exit(0);
}

void start_holders(void)
{
	struct holder *holder;
	unsigned int i;
	int64_t end;
	pid_t pid;

	for (i = 0; i < NR_HOLDERS; i++) {
		holder = &sc->holders[i];
		*holder = (struct holder){ };
		pid = fork_client();
		if (!pid)
			hold(holder);
		holder->pid = pid;
		end = now_ms() + EVENT_MS;
		while (!holder->ready && now_ms() < end)
			sleep_ms(10);
		EXPECT(holder->ready, "a client can not hold its ports");
	}
}

/* Whether the process is gone, or a zombie that nobody has waited for. */
static bool ended(pid_t pid)
{
	return kill(pid, 0) || state_of(pid) == 'Z';
}

bool holder_ends(struct holder *holder, enum order order)
{
	int64_t end = now_ms() + EVENT_MS;

	if (order == ORDER_NONE)
		kill(holder->pid, SIGKILL);
	else
		holder->order = order;
	while (now_ms() < end) {
		if (order == ORDER_CLOSE ? holder->done : ended(holder->pid))
			return true;
		sleep_ms(10);
	}
	return false;
}
