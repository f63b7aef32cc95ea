// SPDX-License-Identifier: GPL-2.0
/* One seed: how its world is made, its steps, and its end. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "memory.h"
#include "model.h"
#include "observe.h"
#include "ops.h"

#define MANY_PORTS	400U	/* bound at a time */
#define VERY_MANY_PORTS	2600U	/* the same, of a run with rings of over a page */

static const struct {
	const struct op *ops;
	unsigned int needs;	/* EVTCHN_FEATURE_*, or 0 */
} tables[] = {
	{ file_ops, 0 },
	{ bind_ops, 0 },
	{ channel_ops, 0 },
	{ ioctl_ops, 0 },
	{ io_ops, 0 },
	{ wait_ops, 0 },
	{ timing_ops, 0 },
	{ status_ops, EVTCHN_FEATURE_STATUS },
	{ seal_ops, EVTCHN_FEATURE_SEAL },
	{ priority_ops, EVTCHN_FEATURE_PRIORITY },
	{ affinity_ops, EVTCHN_FEATURE_AFFINITY },
	{ batch_ops, EVTCHN_FEATURE_BATCH },
	{ eventfd_ops, EVTCHN_FEATURE_EVENTFD },
	{ mapped_ops, EVTCHN_FEATURE_RING },
};

static const struct op *find_op(unsigned int i, unsigned int *needs)
{
	const struct op *op;
	unsigned int t;

	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		*needs = tables[t].needs;
		for (op = tables[t].ops; op->name; op++)
			if (!i--)
				return op;
	}
	return NULL;
}

static const struct op *op_at(unsigned int i)
{
	unsigned int needs;

	return find_op(i, &needs);
}

unsigned int op_count(void)
{
	unsigned int n = 0;

	while (op_at(n))
		n++;
	return n;
}

const char *op_name(unsigned int i)
{
	return op_at(i)->name;
}

/* skip is a list of names, divided by commas; and what the driver has not is left out. */
bool op_skipped(unsigned int i, const char *skip)
{
	unsigned int needs;
	const char *name = find_op(i, &needs)->name, *at = skip;
	size_t len = strlen(name);

	if ((progress->features & needs) != needs)
		return true;
	while (at && (at = strstr(at, name))) {
		if ((at == skip || at[-1] == ',') &&
		    (at[len] == ',' || !at[len]))
			return true;
		at++;
	}
	return false;
}

/* For the irqs that are bound from here on. */
static void place_irqs(const char *mask)
{
	int fd = open("/proc/irq/default_smp_affinity", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* There may be one CPU only. */
	if (write(fd, mask, 1) != 1)
		say(" (the irqs stay where they are: %s)", errno_name(errno));
	close(fd);
}

/*
 * Where events are taken, and where they are sent from: on one CPU, so that they are
 * there when the call returns; on two; or wherever the kernel likes.
 */
static void place(void)
{
	static const char *const names[] = { "one CPU", "two CPUs", "any CPU" };
	unsigned int kind = below(3), cpu = below(2);
	cpu_set_t set;

	say(" %s;", names[kind]);
	place_irqs(kind == 2 ? "3" : cpu ? "2" : "1");
	if (kind == 2)
		return;
	CPU_ZERO(&set);
	CPU_SET(kind == 1 ? !cpu : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A kernel with the 2-level ABI is ready for all channels that there can be. */
static bool has_two_levels(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	EXPECT(fd >= 0 && read(fd, line, sizeof(line) - 1) > 0,
	       "/proc/cmdline: %s", errno_name(errno));
	close(fd);
	return strstr(line, "fifo_events=0");
}

/* UNBIND tells how many channels the kernel is ready for. */
static void find_ready(void)
{
	int fd = raw_open(O_RDWR);

	world->ready = 1024;
	while (raw_unbind(fd, world->ready) == -1 && errno == ENOTCONN)
		world->ready += 1024;
	EXPECT_EQ(errno, EINVAL);
	close(fd);
	world->two_level = has_two_levels();
}

/* Takes the low numbers away, so that the ports come near a limit. */
static void hog(void)
{
	static const unsigned int limits[] = { 1005, 1015, 4080 };
	unsigned int limit = chance(25) ? PICK(limits) : 0, port = 0;

	if (world->two_level && limit > 1024)
		limit = 1015;
	say(" ports from %u", limit);
	while (port + 1 < limit) {
		port = xen_alloc_unbound();
		model_unbound(port, SELF);
		model_behind(port);
	}
}

static void find_static(void)
{
	unsigned int port = xen_alloc_unbound();
	int fd = raw_open(O_RDWR);

	if (raw_bind_static(fd, port))
		world->no_static = errno == EOPNOTSUPP;
	close(fd);
	EXPECT_RET(xen_close(port), 0);
}

/* A driver without extensions knows no such command. */
static void find_features(void)
{
	struct ioctl_evtchn_features features = {};
	int fd = raw_open(O_RDWR);

	progress->features = 0;
	if (!ioctl(fd, IOCTL_EVTCHN_FEATURES, &features))
		progress->features = features.features;
	else
		EXPECT_EQ(errno, ENOSYS);
	close(fd);
}

static void prepare(const struct run *run)
{
	rng_seed(run->seed);
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(world != MAP_FAILED, "mmap: %s", errno_name(errno));
	step_begin(0, "start:");
	memory_start();
	observe_start();
	need_hypercalls();
	world->self = own_domid();
	place();
	find_ready();
	find_features();
	if (!run->skip || !strstr(run->skip, "bind-static"))
		find_static();
	model_start();
	world->max_bound = chance(12) ? VERY_MANY_PORTS : MANY_PORTS;
	hog();
}

static unsigned int pick_op(const struct run *run)
{
	static unsigned int total;
	unsigned int i, n = op_count(), at;

	if (!total)
		for (i = 0; i < n; i++)
			total += op_at(i)->weight;
	do {
		at = below(total);
		for (i = 0; at >= op_at(i)->weight; i++)
			at -= op_at(i)->weight;
	} while (op_skipped(i, run->skip));
	return i;
}

#define TRIES	30	/* of a step, to find something that can be done */

static void one_step(const struct run *run)
{
	enum outcome outcome = NOT_NOW;
	unsigned int i, tries;

	world->step++;
	for (tries = 0; tries < TRIES && outcome == NOT_NOW; tries++) {
		i = pick_op(run);
		step_begin(world->step, op_at(i)->name);
		outcome = op_at(i)->run();
	}
	if (outcome == DONE)
		progress->count[i].done++;
	else if (outcome == REFUSED)
		progress->count[i].refused++;
	if (run->verbose)
		step_show();
	settle();
	check_polls();
	if (world->step % 16 == 0)
		check_ports();
	if (world->step % 64 == 0)
		check_others();
}

static void release_all(void)
{
	int slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != HELD)
			continue;
		step_begin(++world->step, "release:");
		release_file(slot);
		settle();
	}
}

/* All that is pending comes, each port that is left delivers, nothing stays. */
static void finish(void)
{
	int slot;

	release_all();
	check_drain();
	check_delivery();
	check_drain();
	sleep_ms(SETTLE_MS);
	settle();
	check_polls();
	step_begin(++world->step, "end:");
	for (slot = 0; slot < NR_FILES; slot++)
		if (world->files[slot].life == OPEN)
			close_file(slot);
	settle();
	check_ports();
	while (world->nr_behind) {
		EXPECT_RET(xen_close(world->behind[0]), 0);
		model_close_behind(world->behind[0]);
	}
	check_others();
}

void run_seed(const struct run *run)
{
	unsigned int i;

	prepare(run);
	for (i = 0; i < run->steps; i++)
		one_step(run);
	finish();
}
