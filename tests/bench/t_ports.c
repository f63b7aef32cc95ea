// SPDX-License-Identifier: GPL-2.0
/* B07 to B14: files and ports that come and go, and many of them. */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

#define CLOSED	400	/* ports of a file that is closed */
#define FILES	5000
#define MANY	20000
#define HELD	8000	/* ports, for memory */
#define SETTLED_BYTES	4096
#define SETTLE_TRIES	100

static void do_open(void *arg)
{
	(void)arg;
	close(raw_open(O_RDWR));
}

TEST_CASE(open_cost, "B07 open and close")
{
	struct work work = { "open", do_open, NULL, 1, 400, 9 };

	measure_middle(&work);
}

static void do_bind(void *arg)
{
	xenevtchn_handle *xce = arg;
	unsigned int a = bind_unbound(xce), b = bind_peer(xce, a);

	EXPECT(!xenevtchn_unbind(xce, (evtchn_port_t)b) &&
	       !xenevtchn_unbind(xce, (evtchn_port_t)a), "unbind");
}

TEST_CASE(bind_cost, "B08 bind and unbind of a connected pair", LIMIT(60))
{
	struct work work = { "bind", do_bind, NULL, 1, 100, 40 };

	work.arg = open_device();
	measure_middle(&work);
}

TEST_CASE(close_cost, "B09 close, for each port of a file", LIMIT(120))
{
	uint64_t samples[41], start;
	unsigned int i, round;
	int fd;

	for (round = 0; round < ARRAY_SIZE(samples); round++) {
		fd = raw_open(O_RDWR);
		for (i = 0; i < CLOSED; i++)
			EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind");
		measure_settle();
		start = ticks();
		close(fd);
		samples[round] = ticks() - start;
	}
	measure_samples("close", samples, ARRAY_SIZE(samples), CLOSED);
	/*
	 * The lower quartile. The middle is where rounds that wait for a worker of the
	 * kernel's begin, and moves by 3 % if the module's code moves at all.
	 */
	measure_value("close", samples[ARRAY_SIZE(samples) / 4] / 100);
}

/* --- memory -------------------------------------------------------------------- */

static FILE *open_account(const char *path)
{
	FILE *file = fopen(path, "re");

	EXPECT(file, "%s: %s", path, errno_name(errno));
	return file;
}

/* The sum of the lines "NAME NUMBER" of these names. */
static uint64_t sum_of(const char *path, const char *const *names,
		       unsigned int nr)
{
	FILE *file = open_account(path);
	unsigned long long one;
	uint64_t sum = 0;
	char name[64], line[256];
	unsigned int i, found = 0;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu", name, &one) != 2)
			continue;
		for (i = 0; i < nr; i++) {
			if (strcmp(name, names[i]))
				continue;
			sum += one;
			found++;
		}
	}
	fclose(file);
	EXPECT(found == nr, "%s has %u of %u lines", path, found, nr);
	return sum;
}

/* Each CPU gives back the slab that it takes objects from: only then they are all counted. */
static void shrink_slabs(void)
{
	glob_t found;
	size_t i;
	FILE *file;

	EXPECT_RET(glob("/sys/kernel/slab/*/shrink", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		file = fopen(found.gl_pathv[i], "we");
		EXPECT(file && fputs("1", file) >= 0 && !fclose(file), "%s: %s",
		       found.gl_pathv[i], errno_name(errno));
	}
	globfree(&found);
}

/* The objects of all slabs, and the pages that these slabs have. */
static uint64_t slab_objects(uint64_t *pages)
{
	unsigned long long active, size, per_slab, slabs;
	uint64_t sum = 0;
	char line[512];
	FILE *file;

	shrink_slabs();
	file = open_account("/proc/slabinfo");
	*pages = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %llu %*u %llu %*u %llu : "
			   "tunables %*u %*u %*u : slabdata %*u %llu",
			   &active, &size, &per_slab, &slabs) != 4)
			continue;
		sum += active * size;
		*pages += per_slab * slabs;
	}
	fclose(file);
	EXPECT(sum > 0, "/proc/slabinfo has no slabs");
	return sum;
}

/*
 * All that the kernel has for itself: objects of slabs, what kmalloc() has given by the page,
 * vmalloc(), and what there is for each CPU.
 */
static uint64_t kernel_bytes_now(void)
{
	static const char *const slab_pages[] = {
		"nr_slab_reclaimable", "nr_slab_unreclaimable"
	};
	static const char *const areas[] = { "VmallocUsed:", "Percpu:" };
	uint64_t objects, in_slabs, pages;
	FILE *refresh;

	/* For each CPU's count to be in the sum. */
	refresh = fopen("/proc/sys/vm/stat_refresh", "we");
	EXPECT(refresh && fputs("1", refresh) >= 0 && !fclose(refresh),
	       "stat_refresh: %s", errno_name(errno));
	objects = slab_objects(&in_slabs);
	pages = sum_of("/proc/vmstat", slab_pages, ARRAY_SIZE(slab_pages));
	EXPECT(pages >= in_slabs, "%llu pages of slabs, of which %llu are in slabs",
	       (unsigned long long)pages, (unsigned long long)in_slabs);
	return objects + (pages - in_slabs) * 4096 +
	       sum_of("/proc/meminfo", areas, ARRAY_SIZE(areas)) * 1024;
}

/* The same when what was freed before is gone: much of it RCU frees later. */
static uint64_t kernel_bytes(void)
{
	uint64_t now = kernel_bytes_now(), before;
	int tries = 0;

	do {
		before = now;
		measure_settle();
		now = kernel_bytes_now();
		EXPECT(++tries < SETTLE_TRIES, "memory does not come to rest");
	} while (now + SETTLED_BYTES < before);
	return now;
}

static uint64_t per(uint64_t before, uint64_t after, unsigned int nr)
{
	return after > before ? (after - before) / nr : 0;
}

TEST_CASE(file_memory, "B10 memory for a file")
{
	struct rlimit limit = { 2 * FILES, 2 * FILES };
	uint64_t before;
	int i;

	EXPECT_RET(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* The process' own table of files grows before. */
	EXPECT(dup2(0, 2 * FILES - 1) > 0, "dup2");
	before = kernel_bytes();
	for (i = 0; i < FILES; i++)
		raw_open(O_RDWR);
	measure_value("file-bytes", per(before, kernel_bytes(), FILES));
}

static uint64_t port_bytes(void)
{
	int fd = raw_open(O_RDWR), i;
	uint64_t before, bytes;

	/* What a file needs for its first port is not the port's. */
	EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind");
	before = kernel_bytes();
	for (i = 0; i < HELD; i++)
		EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind");
	bytes = per(before, kernel_bytes(), HELD);
	close(fd);
	return bytes;
}

/*
 * The kernel has other things to do, which make it up to 18 KiB more or less: two bytes a port
 * with so many.
 */
TEST_CASE(port_memory, "B10 memory for a port", LIMIT(180))
{
	uint64_t samples[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(samples); i++)
		samples[i] = port_bytes();
	/* The next test is not to have to wait while the last of these irqs are freed. */
	kernel_bytes();
	measure_value("port-bytes", middle_of(samples, ARRAY_SIZE(samples)));
}

/* --- many ports on one file ---------------------------------------------------- */

struct many {
	struct pair *pairs;
	unsigned int nr;
	uint32_t random;
};

/* Any pair, so that each look-up goes another way. */
static void do_any(void *arg)
{
	struct many *many = arg;
	struct pair *p;
	unsigned int got;

	many->random = many->random * 1664525 + 1013904223;
	p = &many->pairs[(uint64_t)many->random * many->nr >> 32];
	xenevtchn_notify(p->b.xce, p->b.port);
	got = (unsigned int)xenevtchn_pending(p->a.xce);
	EXPECT(got == p->a.port, "got %u", got);
	xenevtchn_unmask(p->a.xce, got);
}

static void bind_many(struct many *many, unsigned int ports)
{
	xenevtchn_handle *xce = open_device();
	unsigned int i;

	many->nr = ports / 2;
	many->pairs = calloc(many->nr, sizeof(*many->pairs));
	EXPECT(many->pairs, "no memory");
	/* Written once, so that what is measured later is the kernel's alone. */
	memset(many->pairs, 1, many->nr * sizeof(*many->pairs));
	for (i = 0; i < many->nr; i++)
		pair_bind(&many->pairs[i], xce, xce);
}

static void measure_many(const char *name, unsigned int ports)
{
	struct many many = { .random = 1 };
	struct work work = { name, do_any, &many, 1, 300, 9 };

	bind_many(&many, ports);
	measure_middle(&work);
}

TEST_CASE(ports_2, "B11 an event with 2 ports on the file")
{
	measure_many("ports-2", 2);
}

TEST_CASE(ports_64, "B12 an event with 64 ports on the file")
{
	measure_many("ports-64", 64);
}

TEST_CASE(ports_1000, "B13 an event with 1000 ports on the file", LIMIT(60))
{
	measure_many("ports-1000", 1000);
}

TEST_CASE(ports_20000, "B14 an event with 20000 ports on the file", LIMIT(600))
{
	measure_many("ports-20000", MANY);
}
