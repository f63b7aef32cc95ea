// SPDX-License-Identifier: GPL-2.0
/*
 * Three ways to see an event arrive that is not read:
 *
 * - by signal: the file is O_ASYNC with a real-time signal, which queues, so there is
 *   exactly one for each port that becomes pending;
 * - by edge: an edge-triggered epoll, which reports the file once or more often if
 *   ports have become pending since it was last asked;
 * - by count, in /proc/interrupts: it grows with each event of the driver's, also
 *   with one for a port that is in the ring already, of which nobody is told.
 *
 * A file is seen by one of the first two at least, and by count where these can not
 * tell. In this way each is a test of itself as well.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "model.h"
#include "observe.h"
#include "proc.h"

#define OWN_NAME	"fuzz-"	/* and the number of the file */
#define OWN_IRQS	"evtchn:" OWN_NAME

static sigset_t all_signals;
static int edges = -1;
static bool seen[NR_FILES];

static int signal_of(int slot)
{
	return SIGRTMIN + slot;
}

void observe_name(int slot)
{
	char name[16];

	snprintf(name, sizeof(name), OWN_NAME "%d", slot);
	set_comm(name);
}

static void start_eventfds(void)
{
	int i;

	for (i = 0; i < NR_EVENTFDS; i++) {
		world->eventfds[i].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		EXPECT(world->eventfds[i].fd >= 0, "eventfd: %s",
		       errno_name(errno));
	}
}

void observe_start(void)
{
	struct rlimit limit = { 2 * MAX_RING * NR_FILES, 2 * MAX_RING * NR_FILES };
	int slot;

	/* A signal that finds no room in the queue would be lost. */
	EXPECT_RET(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
	sigemptyset(&all_signals);
	for (slot = 0; slot < NR_FILES; slot++)
		sigaddset(&all_signals, signal_of(slot));
	EXPECT_RET(sigprocmask(SIG_BLOCK, &all_signals, NULL), 0);
	edges = epoll_create1(EPOLL_CLOEXEC);
	EXPECT(edges >= 0, "epoll_create1: %s", errno_name(errno));
	start_eventfds();
}

void observe_file(int slot)
{
	int fd = world->files[slot].fd[0];

	EXPECT_RET(fcntl(fd, F_SETOWN, getpid()), 0);
	EXPECT_RET(fcntl(fd, F_SETSIG, signal_of(slot)), 0);
}

void observe_signals(int slot, bool on)
{
	struct file *f = &world->files[slot];
	int fd = pick_fd(slot), flags, value = on;

	f->by_signal = on;
	if (chance(30)) {
		EXPECT_RET(ioctl(fd, FIOASYNC, &value), 0);
		return;
	}
	flags = fcntl(fd, F_GETFL);
	flags = on ? flags | O_ASYNC : flags & ~O_ASYNC;
	EXPECT_RET(fcntl(fd, F_SETFL, flags), 0);
}

/* What epoll reports is added to what has been seen in this step. */
static void ask_edges(int ms)
{
	struct epoll_event event[NR_FILES];
	int i, n;

	n = epoll_wait(edges, event, NR_FILES, ms);
	EXPECT(n >= 0 || errno == EINTR, "epoll_wait: %s", errno_name(errno));
	for (i = 0; i < n; i++) {
		EXPECT(event[i].events == EPOLLIN,
		       "edge-triggered epoll of file %u: %#x",
		       event[i].data.u32, event[i].events);
		seen[event[i].data.u32] = true;
	}
}

static void add_edges(int slot, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct file *f = &world->files[slot];

	event.data.u32 = (unsigned int)slot;
	f->by_edge = true;
	f->edge_fd = fd;
	EXPECT_RET(epoll_ctl(edges, EPOLL_CTL_ADD, fd, &event), 0);
	/* What is pending already is an edge. */
	ask_edges(0);
	EXPECT_EQ(seen[slot], f->nr_ring > 0);
	seen[slot] = false;
}

void observe_edges(int slot, bool on)
{
	struct file *f = &world->files[slot];

	if (on) {
		add_edges(slot, pick_fd(slot));
		return;
	}
	f->by_edge = false;
	EXPECT_RET(epoll_ctl(edges, EPOLL_CTL_DEL, f->edge_fd, NULL), 0);
}

/* epoll knows a file by its descriptor. */
void observe_closing(int slot, int fd)
{
	struct file *f = &world->files[slot];

	if (!f->by_edge || f->edge_fd != fd)
		return;
	observe_edges(slot, false);
	add_edges(slot, f->fd[0] == fd ? f->fd[1] : f->fd[0]);
}

/* A signal of one file, or of any; its file, or NO_FILE if none has come. */
static int take_signal(int slot, int ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	siginfo_t info = {};
	sigset_t set = all_signals;
	int got;

	if (slot != NO_FILE) {
		sigemptyset(&set);
		sigaddset(&set, signal_of(slot));
	}
	do {
		got = sigtimedwait(&set, &info, &limit);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return NO_FILE;
	slot = got - SIGRTMIN;
	EXPECT(info.si_code == POLL_IN, "the signal of file %d has code %d",
	       slot, info.si_code);
	return slot;
}

static void await_signals(int slot, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		EXPECT(take_signal(slot, DEADLINE_MS) == slot,
		       "lost: file %d was told by SIGIO of %u ports of %u", slot,
		       i, n);
}

static void await_edge(int slot)
{
	int64_t end = now_ms() + DEADLINE_MS;

	while (!seen[slot]) {
		EXPECT(now_ms() < end,
		       "lost: edge-triggered epoll does not report file %d", slot);
		ask_edges((int)(end - now_ms()));
	}
}

static void count_line(const char *line, struct irq_count counts[NR_FILES])
{
	const char *at = strchr(line, ':'), *name = strstr(line, OWN_IRQS);
	unsigned long one;
	char *end;
	int slot;

	slot = name ? name[strlen(OWN_IRQS)] - '0' : -1;
	if (!at || slot < 0 || slot >= NR_FILES)
		return;
	counts[slot].irqs++;
	for (at++; ; at = end) {
		one = strtoul(at, &end, 10);
		if (end == at || *end != ' ')
			return;
		counts[slot].events += one;
	}
}

/* All files in one go, since the kernel writes a line for each irq it has. */
void observe_counts(struct irq_count counts[])
{
	FILE *file = fopen("/proc/interrupts", "re");
	char line[512];

	EXPECT(file, "/proc/interrupts: %s", errno_name(errno));
	memset(counts, 0, NR_FILES * sizeof(*counts));
	while (fgets(line, sizeof(line), file))
		count_line(line, counts);
	fclose(file);
}

static void await_count(int slot)
{
	unsigned long got, want = model_upcalls(slot);
	int64_t end = now_ms() + DEADLINE_MS;
	struct irq_count counts[NR_FILES];

	do {
		observe_counts(counts);
		got = counts[slot].events;
		EXPECT(got <= want, "file %d got %lu events, not %lu", slot, got,
		       want);
		EXPECT(now_ms() < end, "lost: file %d got %lu events of %lu",
		       slot, got, want);
	} while (got != want);
	/* It is counted before it is handled. */
	wait_handlers();
}

static void await_file(int slot)
{
	struct file *f = &world->files[slot];

	if (f->by_signal)
		await_signals(slot, f->pushed);
	if (f->by_edge && f->pushed && !f->edges_free)
		await_edge(slot);
	/* Several may be one edge, and one that merges is none. */
	if (f->merged || (f->pushed && !f->by_signal &&
			  (f->pushed > 1 || f->edges_free)))
		await_count(slot);
}

/* Each event adds 1, and what is added is taken here. */
static void await_eventfd(int i)
{
	struct pollfd pfd = { .fd = world->eventfds[i].fd, .events = POLLIN };
	int64_t end = now_ms() + DEADLINE_MS;
	uint64_t value, sum = 0;

	while (sum < world->eventfds[i].due) {
		EXPECT(now_ms() < end, "lost: eventfd %d was raised %llu times of %u",
		       i, (unsigned long long)sum, world->eventfds[i].due);
		poll(&pfd, 1, (int)(end - now_ms()));
		if (read(pfd.fd, &value, sizeof(value)) == sizeof(value))
			sum += value;
	}
	EXPECT(sum == world->eventfds[i].due,
	       "eventfd %d was raised %llu times, not %u", i,
	       (unsigned long long)sum, world->eventfds[i].due);
	world->eventfds[i].due = 0;
}

/* Nor has what was written to one that sends stayed there. */
static void no_other_eventfd(void)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < NR_EVENTFDS; i++) {
		if (world->eventfds[i].written)
			continue;
		EXPECT(read(world->eventfds[i].fd, &value, sizeof(value)) < 0 &&
		       errno == EAGAIN, "eventfd %d has a value of %llu", i,
		       (unsigned long long)value);
	}
}

static void no_other_signal(void)
{
	int slot;

	while ((slot = take_signal(NO_FILE, 0)) != NO_FILE)
		EXPECT(world->files[slot].signals_free,
		       "file %d was told by SIGIO of a port that was not raised",
		       slot);
}

static void no_other_edge(int slot)
{
	const struct file *f = &world->files[slot];

	EXPECT(f->edges_free || !seen[slot] || f->pushed,
	       "edge-triggered epoll reports file %d, and nothing was raised",
	       slot);
}

static void step_over(int slot)
{
	struct file *f = &world->files[slot];

	seen[slot] = false;
	f->pushed = 0;
	f->merged = 0;
	f->edges_free = false;
	f->signals_free = false;
}

void settle(void)
{
	int slot, i;

	for (slot = 0; slot < NR_FILES; slot++)
		if (world->files[slot].life != CLOSED)
			await_file(slot);
	for (i = 0; i < NR_EVENTFDS; i++)
		await_eventfd(i);
	no_other_eventfd();
	no_other_signal();
	ask_edges(0);
	for (slot = 0; slot < NR_FILES; slot++) {
		no_other_edge(slot);
		step_over(slot);
	}
}

/* One port was raised and closed at once, so its event came or not. */
void forget_arrivals(int slot)
{
	struct file *f = &world->files[slot];

	f->pushed = 0;
	f->merged = 0;
	f->edges_free = true;
	f->signals_free = true;
}
