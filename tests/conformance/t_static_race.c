// SPDX-License-Identifier: GPL-2.0
/*
 * C41: BIND_STATIC of a port that its file is just closing.
 *
 * The event core forgets a port's irq before it closes the channel: for some hundred
 * instructions it is open, and nobody's. Left to chance, one try in 100,000 is made in
 * that time. Where the kernel lets itself be traced, a probe that takes long makes it long.
 */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"

#define TRACING		"/sys/kernel/tracing"
#define INSTANCE	TRACING "/instances/evtchn-closing"
#define PROBE		"evtchn_conformance/forgotten"
#define FORGETS		"xen_irq_info_cleanup"	/* when this returns */
#define WORDS		100	/* that are traced each time */

#define RACE_MS		1500
#define ROUNDS_MIN	20	/* however slow the machine */

static bool put(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	bool done;

	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

static void probe_remove(void)
{
	put(INSTANCE "/events/" PROBE "/enable", 0, "0");
	put(TRACING "/kprobe_events", O_APPEND, "-:" PROBE);
	rmdir(INSTANCE);
}

/* Whether the time between is a long one now. */
static bool probe_add(void)
{
	char line[128 + WORDS * sizeof(" $comm")] = "r:" PROBE " " FORGETS;
	unsigned int i;

	if (access(TRACING "/events", F_OK) &&
	    mount("none", TRACING, "tracefs", 0, NULL))
		return false;
	/* What a test that was killed has left. */
	probe_remove();
	for (i = 0; i < WORDS; i++)
		strcat(line, " $comm");
	if (put(TRACING "/kprobe_events", O_APPEND, line) &&
	    !mkdir(INSTANCE, 0700) &&
	    put(INSTANCE "/events/" PROBE "/enable", 0, "1"))
		return true;
	probe_remove();
	return false;
}

/* A file that gives its port back and binds one, again and again. */
struct rebinder {
	int fd;
	/* The last one: the lowest number that is free, and so the same as a rule. */
	unsigned int port;
	unsigned int rounds;
	bool stop, failed;
	int error;
};

static void *rebind(void *arg)
{
	struct rebinder *r = arg;
	int port = 0;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		if (!raw_unbind(r->fd, r->port))
			port = raw_bind_unbound(r->fd, SELF);
		else
			port = -1;
		if (port < 0) {
			r->error = errno;
			__atomic_store_n(&r->failed, true, __ATOMIC_RELAXED);
			break;
		}
		__atomic_store_n(&r->port, (unsigned int)port, __ATOMIC_RELAXED);
		__atomic_add_fetch(&r->rounds, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static bool going_on(struct rebinder *r, int64_t end)
{
	if (__atomic_load_n(&r->failed, __ATOMIC_RELAXED))
		return false;
	return now_ms() < end || __atomic_load_n(&r->rounds, __ATOMIC_RELAXED) < ROUNDS_MIN;
}

/* What the last BIND_STATIC has said: 0, or an errno. */
static int bind_while_closed(int fd, struct rebinder *r, unsigned int *tries)
{
	int64_t end = now_ms() + RACE_MS;
	pthread_t thread;
	int error;

	EXPECT_RET(pthread_create(&thread, NULL, rebind, r), 0);
	do {
		error = raw_bind_static(fd, __atomic_load_n(&r->port, __ATOMIC_RELAXED)) ?
			errno : 0;
		++*tries;
	} while ((error == EBUSY || error == EINVAL) && going_on(r, end));
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	EXPECT_RET(pthread_join(thread, NULL), 0);
	return error;
}

TEST_CASE(static_closing, "C41 BIND_STATIC of a port that its file is closing is EBUSY or EINVAL",
	  HAZARD, LIMIT(120), STOCK_FAILS("D3: takes ports that somebody else has bound"))
{
	struct rebinder r = { .fd = raw_open(O_RDWR) };
	int fd = raw_open(O_RDWR), got;
	unsigned int tries = 0;
	bool probed;

	got = raw_bind_unbound(r.fd, SELF);
	EXPECT(got > 0, "bind_unbound_port(self): got %d %s", got, errno_name(errno));
	r.port = (unsigned int)got;
	if (raw_bind_static(fd, r.port) && (errno == EOPNOTSUPP || errno == ENOSYS))
		skip("this kernel can not keep a static channel open");
	probed = probe_add();
	got = bind_while_closed(fd, &r, &tries);
	if (probed)
		probe_remove();
	note("%u tries while it was bound %u times%s", tries, r.rounds,
	     probed ? ", with a probe" : "");
	EXPECT(got, "port %u was taken from the file that closes it", r.port);
	EXPECT(got == EBUSY || got == EINVAL, "expected EBUSY or EINVAL, got %s",
	       errno_name(got));
	EXPECT(!r.failed, "unbinding and binding a port: %s", errno_name(r.error));
}
