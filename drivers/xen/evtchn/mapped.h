/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring that a client maps; see mapped.c. For ring.c, port.c and file.c.
 */
#ifndef _DRIVERS_XEN_EVTCHN_MAPPED_H
#define _DRIVERS_XEN_EVTCHN_MAPPED_H

#include <linux/types.h>

struct evtchn_mapped_ring;
struct evtchn_ring;
struct evtchn_ring_entry;
struct vm_area_struct;

/**
 * struct evtchn_mapped - a mapped ring, as the kernel knows it
 * @shared: the first page of the mapping; the client may write to all of it, at any
 *	    time
 * @numbers: the ring itself, in the pages after it
 * @length: bytes of the mapping
 * @size: how many numbers there is room for
 * @blanks: at least so many places hold 0 in the stead of a number, and were not taken
 *	    when the newest of them was made
 * @head: the place of the next number
 * @last_blank: the newest of the @blanks
 * @reset: RESET drops numbers in places before this one
 *
 * A place is the count of all numbers that were put in before, of which @shared has
 * the lower 32 bits. It is never used again, which those might be.
 *
 * @shared to @size are constant, the others are protected by &evtchn_ring.lock.
 */
struct evtchn_mapped {
	struct evtchn_mapped_ring *shared;
	u32 *numbers;
	unsigned long length;
	u32 size;
	u32 blanks;
	u64 head;
	u64 last_blank;
	u64 reset;
};

struct evtchn_mapped *evtchn_mapped_alloc(unsigned long length);
void evtchn_mapped_free(struct evtchn_mapped *m);
int evtchn_mapped_show(struct evtchn_mapped *m, struct vm_area_struct *vma);
void evtchn_mapped_put(struct evtchn_mapped *m, struct evtchn_ring_entry *entry);
bool evtchn_mapped_waits(const struct evtchn_mapped *m, u64 place);
void evtchn_mapped_blank(struct evtchn_mapped *m, u64 place);
bool evtchn_mapped_room(struct evtchn_mapped *m, u32 ports);
int evtchn_mapped_admit(struct evtchn_ring *ring);
void evtchn_mapped_dismiss(struct evtchn_ring *ring);
int evtchn_mapped_begin_reset(struct evtchn_ring *ring);
bool evtchn_mapped_any(struct evtchn_ring *ring);
struct evtchn_mapped *evtchn_mapped_attach(struct evtchn_ring *ring,
					   struct evtchn_mapped *m);

#endif /* _DRIVERS_XEN_EVTCHN_MAPPED_H */
