// SPDX-License-Identifier: GPL-2.0
/*
 * The ports of one file, by number.
 *
 * A table of slots, of which a port takes the one that its number hashes to, or the
 * next that is free. Numbers come in runs, as Xen gives out the lowest that is
 * free, and a multiplicative hash spreads a run evenly: a look-up is a
 * multiplication, and as a rule one slot.
 *
 * Look-ups go on under RCU while the table is changed, by one at a time (under
 * &evtchn_file.bind_mutex). They go from a number's home to the first slot that is
 * NULL, so none of the slots between a port and its home may ever be NULL:
 *
 * - A port that is removed leaves a gap behind. If the next slot is NULL, then no
 *   look-up has to go on from here, and it becomes NULL itself, as do the gaps
 *   right before it. A look-up that stands in one of them goes on to the slot that
 *   was NULL before.
 * - A port that is inserted takes the first slot that is NULL or a gap. A look-up
 *   that has gone by already does not find it, as if it had come before.
 * - When too few slots are NULL, all ports go to a new table, and look-ups that are
 *   in the old one end there. They may find a port that was removed since: it is
 *   freed after them, and they see that it is dead when they get its lock.
 *
 *	evtchn_table_remove()		evtchn_table_find()
 *	  [a] [b] NULL			  at a, which is not it
 *	  [a] gap-or-NULL NULL		  next: b, or the gap, or NULL
 *
 * rcu_assign_pointer() here pairs with the rcu_dereference_check() of look-ups, so
 * that who finds a table, or a port, finds it filled in.
 *
 * (Tests: "table" and "race" in the KUnit suite.)
 */

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "evtchn.h"

/* Memory of the smallest table; others are larger by powers of two, to fill it. */
#define EVTCHN_TABLE_MIN	128

/* What stands in a slot that a port has left. */
struct evtchn_port evtchn_table_gap;

/* The table of a file that never had a port: counts as full, and is not freed. */
static struct evtchn_table evtchn_table_none = {
	.slots = 1,
	.used = 1,
	.slot = { NULL },
};

static struct evtchn_table *evtchn_table_of(struct evtchn_file *f)
{
	return rcu_dereference_protected(f->ports,
					 lockdep_is_held(&f->bind_mutex));
}

static struct evtchn_port *evtchn_table_slot(struct evtchn_file *f,
					     struct evtchn_table *t, u32 i)
{
	return rcu_dereference_protected(t->slot[i],
					 lockdep_is_held(&f->bind_mutex));
}

static bool evtchn_table_full(const struct evtchn_table *t)
{
	return t->used >= t->slots - t->slots / 8;
}

/**
 * evtchn_table_init() - give a new file an empty table
 * @f: the file
 */
void evtchn_table_init(struct evtchn_file *f)
{
	RCU_INIT_POINTER(f->ports, &evtchn_table_none);
}

/**
 * evtchn_table_destroy() - free the table of a file that is closed
 * @f: the file; nobody looks ports up any more
 *
 * Context: may sleep.
 */
void evtchn_table_destroy(struct evtchn_file *f)
{
	struct evtchn_table *t = rcu_dereference_protected(f->ports, true);

	if (t != &evtchn_table_none)
		kvfree(t);
}

static void evtchn_table_free_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct evtchn_table, rcu));
}

static void evtchn_table_put(struct evtchn_file *f, struct evtchn_table *t,
			     struct evtchn_port *p)
{
	u32 i = evtchn_table_home(t, p->entry.port);
	struct evtchn_port *old;

	while ((old = evtchn_table_slot(f, t, i)) && old != &evtchn_table_gap)
		i = evtchn_table_after(t, i);

	if (!old)
		t->used++;
	t->live++;
	rcu_assign_pointer(t->slot[i], p);
}

/**
 * evtchn_table_reserve() - make room for one more port
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int evtchn_table_reserve(struct evtchn_file *f)
{
	struct evtchn_table *old = evtchn_table_of(f);
	size_t size = EVTCHN_TABLE_MIN;
	struct evtchn_table *t;
	struct evtchn_port *p;
	u32 slots, i = 0;

	if (!evtchn_table_full(old))
		return 0;

	/* At most three quarters full, so that the next time is not soon. */
	for (;; size *= 2) {
		slots = (size - sizeof(*t)) / sizeof(t->slot[0]);
		if (old->live < slots - slots / 4)
			break;
	}
	t = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;

	t->slots = slots;
	while ((p = evtchn_table_next(f, &i)))
		evtchn_table_put(f, t, p);

	rcu_assign_pointer(f->ports, t);
	if (old != &evtchn_table_none)
		call_rcu(&old->rcu, evtchn_table_free_rcu);
	return 0;
}

/**
 * evtchn_table_insert() - put a port into the table
 * @f: the file; &evtchn_file.bind_mutex is held, evtchn_table_reserve() was called
 *     under it, and no port was inserted since
 * @p: the port; there is none of its number in the table
 *
 * Context: any.
 */
void evtchn_table_insert(struct evtchn_file *f, struct evtchn_port *p)
{
	evtchn_table_put(f, evtchn_table_of(f), p);
}

/**
 * evtchn_table_remove() - take a port out of the table
 * @f: the file; &evtchn_file.bind_mutex is held
 * @p: the port, which is in the table; look-ups may have found it
 *
 * Context: any.
 */
void evtchn_table_remove(struct evtchn_file *f, struct evtchn_port *p)
{
	struct evtchn_table *t = evtchn_table_of(f);
	u32 i = evtchn_table_home(t, p->entry.port);

	while (evtchn_table_slot(f, t, i) != p)
		i = evtchn_table_after(t, i);

	t->live--;
	RCU_INIT_POINTER(t->slot[i], &evtchn_table_gap);
	if (evtchn_table_slot(f, t, evtchn_table_after(t, i)))
		return;

	while (evtchn_table_slot(f, t, i) == &evtchn_table_gap) {
		RCU_INIT_POINTER(t->slot[i], NULL);
		t->used--;
		i = (i ? i : t->slots) - 1;
	}
}

/**
 * evtchn_table_next() - the next port of a file
 * @f: the file; &evtchn_file.bind_mutex is held
 * @slot: where to look from, 0 at first; set to the slot after the port
 *
 * Each port that is in the table all the time is seen once. Ports may be removed
 * meanwhile.
 *
 * Context: any.
 * Return: the port, or NULL if there is none from there on.
 */
struct evtchn_port *evtchn_table_next(struct evtchn_file *f, u32 *slot)
{
	struct evtchn_table *t = evtchn_table_of(f);
	struct evtchn_port *p;

	while (*slot < t->slots) {
		p = evtchn_table_slot(f, t, (*slot)++);
		if (p && p != &evtchn_table_gap)
			return p;
	}
	return NULL;
}

/**
 * evtchn_table_live() - how many ports a file has
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Return: the number, stale ports included.
 */
u32 evtchn_table_live(struct evtchn_file *f)
{
	return evtchn_table_of(f)->live;
}
