// SPDX-License-Identifier: GPL-2.0
/* B20 to B22: events of a file that is mapped, beside those that are read. */
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "mapped.h"
#include "measure.h"

#define BATCH	400
#define ROUNDS	15

struct batch {
	struct pair pairs[BATCH];
	unsigned int ports[BATCH];
	struct mapping m;
	int fd;
};

static struct batch batch;

static void batch_open(void)
{
	xenevtchn_handle *xce = open_device();
	int i;

	batch.fd = xenevtchn_fd(xce);
	for (i = 0; i < BATCH; i++)
		pair_bind(&batch.pairs[i], xce, xce);
}

static void batch_map(void)
{
	void *memory = mapped_try(batch.fd, 2, PROT_READ | PROT_WRITE, MAP_SHARED, 0);

	if (memory == MAP_FAILED)
		skip("this driver has no ring to map: %s", errno_name(errno));
	batch.m.fd = batch.fd;
	batch.m.ring = memory;
}

static void notify_all(void)
{
	int i;

	for (i = 0; i < BATCH; i++)
		xenevtchn_notify(batch.pairs[i].b.xce, batch.pairs[i].b.port);
}

static void write_all(void)
{
	EXPECT(write(batch.fd, batch.ports, sizeof(batch.ports)) ==
	       sizeof(batch.ports), "write");
}

static void take_by_read(void)
{
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(batch.ports)) {
		n = read(batch.fd, (char *)batch.ports + got, sizeof(batch.ports) - got);
		EXPECT(n > 0, "read: %zd after %zu bytes", n, got);
		got += (size_t)n;
	}
	write_all();
}

/* As a client would: what never changes is read once, and the tail written once. */
static void take_from_ring(void)
{
	struct evtchn_mapped_ring *ring = batch.m.ring;
	const unsigned int *numbers;
	unsigned int nr = 0, mask = ring->size - 1, tail = ring->tail, head;

	numbers = (const unsigned int *)((const char *)ring + ring->offset);
	head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
	EXPECT(head - tail == BATCH, "%u events", head - tail);
	while (tail != head)
		batch.ports[nr++] = numbers[tail++ & mask];
	__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
	write_all();
}

static void do_ring(void *arg)
{
	(void)arg;
	notify_all();
	take_from_ring();
}

TEST_CASE(ring_cost, "B20 an event of 400 that are taken from the mapped ring and written at once",
	  LIMIT(60))
{
	struct work work = { "ring", do_ring, NULL, BATCH, 1, ROUNDS };

	batch_open();
	batch_map();
	measure_middle(&work);
}

/* From the first that is taken until the last is armed again. */
static void measure_taking(const char *name, void (*take)(void))
{
	uint64_t samples[ROUNDS], start;
	int round;

	for (round = -1; round < ROUNDS; round++) {
		measure_settle();
		notify_all();
		start = ticks();
		take();
		if (round >= 0)
			samples[round] = ticks() - start;
	}
	measure_samples(name, samples, ROUNDS, BATCH);
	measure_value(name, samples[ROUNDS / 2] / 100);
}

TEST_CASE(take_stock_cost, "B21 taking and writing back 400 events by read and write", LIMIT(60))
{
	batch_open();
	measure_taking("take-stock", take_by_read);
}

TEST_CASE(take_ring_cost, "B22 taking and writing back 400 events by the ring and write", LIMIT(60))
{
	batch_open();
	batch_map();
	measure_taking("take-ring", take_from_ring);
}
