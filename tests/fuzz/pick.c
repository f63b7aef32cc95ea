// SPDX-License-Identifier: GPL-2.0
/*
 * Random choices among what the model has. They go by the place in a list, not by the
 * number of a port, so that they come out the same whatever numbers Xen gives out.
 */
#include "model.h"

static int pick_alive(enum life life, unsigned int ports)
{
	int slots[NR_FILES], slot;
	unsigned int n = 0;

	for (slot = 0; slot < NR_FILES; slot++)
		if (world->files[slot].life == life &&
		    world->files[slot].nr_ports >= ports)
			slots[n++] = slot;
	return n ? slots[below(n)] : NO_FILE;
}

/* Rather one that has some ports. */
int pick_file(void)
{
	int slot = chance(60) ? pick_alive(OPEN, 4) : NO_FILE;

	return slot == NO_FILE ? pick_alive(OPEN, 0) : slot;
}

int pick_closed(void)
{
	return pick_alive(CLOSED, 0);
}

int pick_fd(int slot)
{
	const struct file *f = &world->files[slot];

	return f->fd[below(f->nr_fds)];
}

unsigned int pick_own(int slot)
{
	const struct file *f = &world->files[slot];

	return f->nr_ports ? f->ports[below(f->nr_ports)] : 0;
}

unsigned int pick_behind(void)
{
	return world->nr_behind ? world->behind[below(world->nr_behind)] : 0;
}

static unsigned int pick_limit(int slot)
{
	static const unsigned int limits[] = {
		0, 1, 2, 63, 64, 1022, 1023, 1024, 1025, 4094, 4095, 4096, 4097,
		8191, 8192, 65535, 65536, 131070, 131071, 131072, 131073,
		0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};

	switch (below(8)) {
	case 0:
		return pick_own(slot) + 1;
	case 1:
		return pick_own(slot) - 1;
	case 2:
		return world->highest + below(3);
	case 3:
		return world->ready - 1 + below(3);
	case 4:
		return (unsigned int)rng_next();
	case 5:
		return below(world->highest + 2);
	default:
		return PICK(limits);
	}
}

/* A port of this file, mostly; else of another, of the kernel, of nobody. */
unsigned int pick_port(int slot)
{
	unsigned int kind = below(100);
	int other;

	if (kind < 65)
		return pick_own(slot);
	if (kind < 75) {
		other = pick_file();
		return other == NO_FILE ? 0 : pick_own(other);
	}
	if (kind < 80 && world->nr_kernel)
		return world->kernel[below(world->nr_kernel)];
	if (kind < 85)
		return pick_behind();
	return pick_limit(slot);
}

/* A port of ours that this domain may connect to. */
unsigned int pick_unbound(void)
{
	unsigned int found[64], n = 0, i, port;
	int slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		for (i = 0; i < world->files[slot].nr_ports; i++) {
			port = world->files[slot].ports[i];
			if (channel(port)->state == EVTCHNSTAT_unbound &&
			    channel(port)->remote == world->self &&
			    n < ARRAY_SIZE(found))
				found[n++] = port;
		}
	}
	return n ? found[below(n)] : 0;
}

unsigned int pick_domain(void)
{
	static const unsigned int strange[] = {
		1, 5, NOBODY, DOMID_FIRST_RESERVED + 1, DOMID_XEN, DOMID_IDLE,
		DOMID_INVALID, 0x8000, 0xffff, 0x10000, 0x10000 + SELF,
		0x20000 + 1, 0x80000000, 0xffffffff,
	};

	if (chance(85))
		return SELF;
	if (chance(30))
		return world->self;
	if (chance(20))
		return (unsigned int)rng_next();
	return PICK(strange);
}

unsigned int pick_target(int slot)
{
	const struct file *f = &world->files[slot];
	unsigned int found[64], n = 0, i;
	const struct channel *ch;

	for (i = 0; i < f->nr_ports && n < ARRAY_SIZE(found); i++) {
		ch = channel(f->ports[i]);
		if (ch->state != EVTCHNSTAT_interdomain || !ch->armed ||
		    ch->queued || ch->way != TO_RING)
			continue;
		if (can_send(channel(ch->peer)->file))
			found[n++] = f->ports[i];
	}
	return n ? found[below(n)] : 0;
}
