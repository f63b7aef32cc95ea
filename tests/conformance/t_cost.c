// SPDX-License-Identifier: GPL-2.0
/* D13 to D15: what a call takes that it should not: memory, time, somebody's sleep. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "trap.h"

#define WRITES	500	/* a page each would be seen */
#define ROUNDS	5	/* of which one at least is not disturbed */
#define READERS	8
#define EVENTS	40

/* Pages that the kernel has given out since it started, to whomever. */
static unsigned long pages_given(void)
{
	FILE *file = fopen("/proc/vmstat", "re");
	unsigned long sum = 0, one;
	bool found = false;
	char name[64];

	EXPECT(file, "/proc/vmstat: %s", errno_name(errno));
	while (fscanf(file, "%63s %lu", name, &one) == 2) {
		if (strncmp(name, "pgalloc_", 8))
			continue;
		found = true;
		sum += one;
	}
	fclose(file);
	if (!found)
		skip("this kernel does not count the pages it gives out");
	return sum;
}

TEST_CASE(write_no_page, "D13 writing a port back takes no page of memory",
	  STOCK_FAILS("D13: takes one for each write"))
{
	unsigned long least = ~0UL, before, taken;
	struct pair p;
	int i, round;

	pair_open(&p);
	for (round = 0; round < ROUNDS; round++) {
		before = pages_given();
		for (i = 0; i < WRITES; i++)
			EXPECT_RET(write(p.b.fd, &p.b.port, 4), 4);
		taken = pages_given() - before;
		least = taken < least ? taken : least;
	}
	EXPECT(least < WRITES / 4, "%d writes took %lu pages", WRITES, least);
}

/* --- a bind that waits for its argument --------------------------------------- */

struct slow_bind {
	struct trap trap;
	int fd;
	int ret;
};

static void *bind_slowly(void *arg)
{
	struct slow_bind *bind = arg;

	bind->ret = ioctl(bind->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
			  bind->trap.page);
	return NULL;
}

/* What a client does all day, with no bind or unbind. */
struct use {
	struct pair pair;
	volatile const char *doing;
};

static void *use_pair(void *arg)
{
	struct use *use = arg;
	unsigned int port;

	use->doing = "NOTIFY";
	notify(&use->pair.a);
	use->doing = "read";
	EXPECT_RET(read(use->pair.b.fd, &port, 4), 4);
	use->doing = "write";
	unmask(&use->pair.b);
	use->doing = NULL;
	return NULL;
}

TEST_CASE(bind_holds_up, "D13 NOTIFY, read and write go on while a bind of their file waits",
	  STOCK_FAILS("D13: one lock for all of them"), LIMIT(60))
{
	struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = SELF };
	xenevtchn_handle *xce = open_device();
	struct slow_bind bind = { .fd = xenevtchn_fd(xce) };
	struct use use = { .doing = "nothing" };
	pthread_t binder, user;
	int64_t end;

	trap_set(&bind.trap);
	pair_bind(&use.pair, xce, xce);
	EXPECT_RET(pthread_create(&binder, NULL, bind_slowly, &bind), 0);
	trap_wait(&bind.trap);
	EXPECT_RET(pthread_create(&user, NULL, use_pair, &use), 0);
	end = now_ms() + EVENT_MS;
	while (use.doing && now_ms() < end)
		sleep_ms(5);
	EXPECT(!use.doing, "%s waits for the bind", (const char *)use.doing);
	trap_fill(&bind.trap, &arg, sizeof(arg));
	pthread_join(binder, NULL);
	pthread_join(user, NULL);
	EXPECT(bind.ret > 0, "bind: %d", bind.ret);
}

/* --- readers of one file --------------------------------------------------------- */

static unsigned long sleeps_of(pid_t pid)
{
	unsigned long sleeps = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	EXPECT(file, "%s: %s", path, errno_name(errno));
	while (fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %lu", &sleeps);
	fclose(file);
	return sleeps;
}

static unsigned long sleeps_of_all(const pid_t *pids)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < READERS; i++)
		sum += sleeps_of(pids[i]);
	return sum;
}

static void read_for_ever(const struct end *end, volatile unsigned int *count)
{
	unsigned int port;

	for (;;) {
		EXPECT_RET(read(end->fd, &port, 4), 4);
		EXPECT_EQ(port, end->port);
		unmask(end);
		__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	}
}

static void notify_and_wait(const struct end *from, volatile unsigned int *count)
{
	unsigned int before = *count;
	int64_t end = now_ms() + EVENT_MS;

	notify(from);
	while (*count == before) {
		EXPECT(now_ms() < end, "no reader got the event");
		sleep_ms(1);
	}
}

TEST_CASE(herd, "D15 of eight readers that wait, an event wakes one and lets the others sleep",
	  STOCK_FAILS("D15: wakes them all"), LIMIT(60))
{
	volatile unsigned int *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t readers[READERS];
	unsigned long before, sleeps;
	struct pair p;
	int i;

	EXPECT(count != MAP_FAILED, "mmap: %s", errno_name(errno));
	pair_open(&p);
	for (i = 0; i < READERS; i++) {
		readers[i] = fork_child();
		if (readers[i] == 0)
			read_for_ever(&p.b, count);
	}
	/* Each has slept once, and is asleep by the first event of those counted. */
	for (i = 0; i < READERS; i++)
		notify_and_wait(&p.a, count);
	sleep_ms(SETTLE_MS);
	before = sleeps_of_all(readers);
	for (i = 0; i < EVENTS; i++)
		notify_and_wait(&p.a, count);
	sleep_ms(SETTLE_MS);
	sleeps = sleeps_of_all(readers) - before;
	note("%d events, %lu times a reader went to sleep", EVENTS, sleeps);
	EXPECT(sleeps >= EVENTS / 2 && sleeps < 2 * EVENTS,
	       "%d events for %d readers, but %lu times one went to sleep",
	       EVENTS, READERS, sleeps);
}
