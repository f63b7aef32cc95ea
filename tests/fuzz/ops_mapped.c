// SPDX-License-Identifier: GPL-2.0
/* The ring that is mapped: how it comes and goes, and what is taken out of it. */
#include <sys/mman.h>

#include "model.h"
#include "ops.h"

#define MANY_PAGES	(EVTCHN_MAPPED_MAX * 4 / PAGE + 1)	/* the most */

static void *try_map(int slot, size_t pages, int prot, int flags, size_t page)
{
	errno = 0;
	return mmap(NULL, pages * PAGE, prot, flags, pick_fd(slot),
		    (off_t)(page * PAGE));
}

static void expect_mapped(int slot)
{
	const struct mapped *m = &world->files[slot].mapped;

	EXPECT_EQ(m->at->offset, PAGE);
	EXPECT_EQ(m->size, m->length >= 3 * PAGE ? 2048 : 1024);
	EXPECT_EQ(m->at->tail, 0);
}

/* A port that was written back unread would be put in twice. */
static bool can_map(const struct file *f)
{
	unsigned int i;

	if (!f->can_read || !f->can_write || f->mapped.at)
		return false;
	for (i = 0; i < f->nr_ring; i++)
		if (channel(f->ring[i].port)->armed)
			return false;
	return true;
}

static enum outcome map_ring(void)
{
	int slot = pick_file();
	size_t pages = 2 + below(3);
	unsigned int size = pages == 2 ? 1024 : 2048;
	struct file *f;
	void *at;

	if (slot == NO_FILE || !can_map(&world->files[slot]))
		return NOT_NOW;
	f = &world->files[slot];
	say(" file %d with %u ports, %u pending, by %zu pages", slot,
	    f->nr_ports, f->nr_ring, pages);
	at = try_map(slot, pages, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (f->nr_ports > size) {
		EXPECT_EQ(at == MAP_FAILED, true);
		EXPECT_EQ(errno, ENOBUFS);
		return REFUSED;
	}
	EXPECT(at != MAP_FAILED, "mmap: %s", errno_name(errno));
	model_map(slot, at, pages * PAGE);
	expect_mapped(slot);
	/* Who waits is woken, and looks. */
	f->edges_free = true;
	return DONE;
}

static int pick_mapped(void)
{
	int slots[NR_FILES], slot;
	unsigned int n = 0;

	for (slot = 0; slot < NR_FILES; slot++)
		if (world->files[slot].life == OPEN &&
		    world->files[slot].mapped.at)
			slots[n++] = slot;
	return n ? slots[below(n)] : NO_FILE;
}

/* The same memory once more, for a moment. */
static enum outcome map_again(void)
{
	struct evtchn_mapped_ring *at;
	int slot = pick_mapped();
	const struct mapped *m;

	if (slot == NO_FILE)
		return NOT_NOW;
	m = &world->files[slot].mapped;
	say(" file %d", slot);
	at = try_map(slot, m->length / PAGE, PROT_READ, MAP_SHARED, 0);
	EXPECT(at != MAP_FAILED, "mmap: %s", errno_name(errno));
	EXPECT_EQ(at->head, m->head);
	EXPECT_EQ(at->tail, m->at->tail);
	EXPECT_RET(munmap(at, m->length), 0);
	world->files[slot].edges_free = true;
	return DONE;
}

static enum outcome map_badly(void)
{
	static const struct {
		size_t pages;
		int flags;
		size_t page;
	} bad[] = {
		{ 1, MAP_SHARED, 0 }, { 2, MAP_PRIVATE, 0 }, { 2, MAP_SHARED, 1 },
		{ MANY_PAGES + 1, MAP_SHARED, 0 }, { MANY_PAGES, MAP_SHARED, 16 },
	};
	unsigned int i = below(ARRAY_SIZE(bad));
	int slot = pick_file();
	struct file *f;
	void *at;

	if (slot == NO_FILE)
		return NOT_NOW;
	f = &world->files[slot];
	say(" file %d, in way %u", slot, i);
	if (!f->can_read || !f->can_write) {
		at = try_map(slot, 2, PROT_READ, MAP_SHARED, 0);
		EXPECT(at == MAP_FAILED && errno == EACCES, "mmap: %s",
		       errno_name(errno));
		return DONE;
	}
	at = try_map(slot, bad[i].pages, PROT_READ, bad[i].flags, bad[i].page);
	EXPECT(at == MAP_FAILED && errno == EINVAL, "mmap: %s", errno_name(errno));
	if (f->mapped.at) {
		at = try_map(slot, f->mapped.length / PAGE + 1, PROT_READ, MAP_SHARED, 0);
		EXPECT(at == MAP_FAILED && errno == EINVAL, "mmap: %s",
		       errno_name(errno));
	}
	return DONE;
}

void unmap_file(int slot)
{
	struct mapped *m = &world->files[slot].mapped;

	if (m->at)
		EXPECT_RET(munmap(m->at, m->length), 0);
	m->at = NULL;
}

void take_mapped(int slot, unsigned int n, unsigned int *ports)
{
	const struct file *f = &world->files[slot];
	unsigned int i, tail = f->mapped.head - f->nr_ring;
	struct evtchn_mapped_ring *ring = f->mapped.at;

	EXPECT_EQ(__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), f->mapped.head);
	EXPECT_EQ(ring->tail, tail);
	for (i = 0; i < n; i++)
		ports[i] = mapped_number(&f->mapped, tail + i);
	__atomic_store_n(&ring->tail, tail + n, __ATOMIC_RELEASE);
}

static enum outcome take_some(void)
{
	static unsigned int ports[MAX_RING];
	int slot = pick_mapped();
	unsigned int n;

	if (slot == NO_FILE || !world->files[slot].nr_ring)
		return NOT_NOW;
	n = world->files[slot].nr_ring;
	n = chance(40) ? n : 1 + below(n);
	say(" %u of %u from file %d", n, world->files[slot].nr_ring, slot);
	take_mapped(slot, n, ports);
	model_read(slot, ports, n);
	return DONE;
}

const struct op mapped_ops[] = {
	{ "map", 12, map_ring },
	{ "map-again", 6, map_again },
	{ "map-badly", 6, map_badly },
	{ "take-mapped", 60, take_some },
	{ }
};
