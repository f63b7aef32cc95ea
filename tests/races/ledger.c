// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger: no number of an unbound port is read.
 *
 * A port lives from the begin of the bind that returned its number to the end
 * of the UNBIND that took it: what is between the two is the kernel's to decide. A
 * read, from its begin to its end, has to meet a life of the port on that file.
 *
 * Workers write down what they did after they did it, so that entries come late
 * and in another order than things happened: a number that was read may have been
 * bound by a call that has not been written down yet. So a read without a life is a
 * claim, which a bind that is written down later may answer, and counts only at the
 * end. An UNBIND without a life is one of that kind, too (anybody may unbind
 * any number). Where two lives are open, the older one ends: then no life is ever
 * written down shorter than it was, whatever the order.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "harness.h"
#include "ledger.h"

#define PORTS	4096U	/* those that are bound here are far below */
#define LIVES	8	/* remembered for each number */
#define EARLY	8	/* UNBINDs before their binds were written down */
#define CLAIMS	8
#define FOREVER	UINT64_MAX

struct life {
	unsigned int file;
	uint64_t from, to;	/* to is 0 if this place is free */
};

struct entry {
	atomic_flag lock;
	bool blind;		/* it was too much: nothing is claimed any more */
	struct life lives[LIVES];
	struct life early[EARLY];
	struct life claims[CLAIMS];
	uint64_t forgotten;	/* a life that is not remembered ended then */
};

struct ledger {
	atomic_ullong now;
	struct entry entries[PORTS];
};

static struct ledger *ledger;

void ledger_open(void)
{
	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(ledger != MAP_FAILED, "mmap: %s", errno_name(errno));
}

uint64_t ledger_now(void)
{
	return atomic_fetch_add(&ledger->now, 1) + 1;
}

/* A lock for processes, too, that are never killed while they hold it. */
static struct entry *lock_entry(unsigned int port)
{
	struct entry *e;

	EXPECT(port < PORTS, "port %u is beyond all that were bound", port);
	e = &ledger->entries[port];
	while (atomic_flag_test_and_set(&e->lock))
		sched_yield();
	return e;
}

static void unlock_entry(struct entry *e)
{
	atomic_flag_clear(&e->lock);
}

static bool meet(const struct life *a, const struct life *b)
{
	return a->to && b->to && a->file == b->file && a->from <= b->to &&
	       b->from <= a->to;
}

/* The oldest of a list that is of this file, and over or not. */
static struct life *oldest(struct life *list, unsigned int nr,
			   unsigned int file, bool over)
{
	struct life *found = NULL;
	unsigned int i;
	bool is_over;

	for (i = 0; i < nr; i++) {
		is_over = list[i].to != FOREVER;
		if (!list[i].to || list[i].file != file || is_over != over)
			continue;
		if (!found || list[i].from < found->from)
			found = &list[i];
	}
	return found;
}

static bool keep(struct life *list, unsigned int nr, const struct life *life)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (list[i].to)
			continue;
		list[i] = *life;
		return true;
	}
	return false;
}

/* The life that ended first makes room for a new one. */
static void remember(struct entry *e, const struct life *life)
{
	struct life *out = NULL;
	unsigned int i;

	if (keep(e->lives, LIVES, life))
		return;
	for (i = 0; i < LIVES; i++)
		if (!out || e->lives[i].to < out->to)
			out = &e->lives[i];
	if (out->to == FOREVER)
		e->blind = true;
	else if (out->to > e->forgotten)
		e->forgotten = out->to;
	*out = *life;
}

void ledger_bound(unsigned int file, unsigned int port, uint64_t began)
{
	struct life life = { .file = file, .from = began, .to = FOREVER };
	struct entry *e = lock_entry(port);
	struct life *early = oldest(e->early, EARLY, file, true);
	unsigned int i;

	if (early) {
		life.to = early->to;
		early->to = 0;
	}
	remember(e, &life);
	for (i = 0; i < CLAIMS; i++)
		if (meet(&e->claims[i], &life))
			e->claims[i].to = 0;
	unlock_entry(e);
}

void ledger_unbound(unsigned int file, unsigned int port)
{
	struct entry *e = lock_entry(port);
	struct life *life = oldest(e->lives, LIVES, file, false);
	struct life early = { .file = file };

	/* Taken under the lock, so that they are in the order of the ledger. */
	early.from = ledger_now();
	early.to = early.from;
	if (life)
		life->to = early.to;
	else if (!keep(e->early, EARLY, &early))
		e->blind = true;
	unlock_entry(e);
}

void ledger_read(unsigned int file, unsigned int port, uint64_t began)
{
	struct life claim = { .file = file, .from = began, .to = ledger_now() };
	struct entry *e = lock_entry(port);
	unsigned int i;

	for (i = 0; i < LIVES; i++)
		if (meet(&e->lives[i], &claim))
			break;
	if (i == LIVES && began > e->forgotten)
		keep(e->claims, CLAIMS, &claim);
	unlock_entry(e);
}

static void settle(const struct entry *e, unsigned int port)
{
	const struct life *claim = NULL, *last = NULL;
	unsigned int i;

	for (i = 0; i < CLAIMS; i++)
		if (e->claims[i].to)
			claim = &e->claims[i];
	if (!claim || e->blind)
		return;
	for (i = 0; i < LIVES; i++)
		if (e->lives[i].to && e->lives[i].to < claim->from &&
		    (!last || e->lives[i].to > last->to))
			last = &e->lives[i];
	if (!last)
		fail("port %u was read from file %u, where it had not been bound",
		     port, claim->file);
	fail("port %u was read from file %u in moments %llu to %llu, unbound from file %u at %llu",
	     port, claim->file, (unsigned long long)claim->from,
	     (unsigned long long)claim->to, last->file,
	     (unsigned long long)last->to);
}

void ledger_settle(void)
{
	unsigned int port, blind = 0;

	for (port = 0; port < PORTS; port++) {
		settle(&ledger->entries[port], port);
		blind += ledger->entries[port].blind;
	}
	if (blind)
		note("%u numbers came and went too fast to be judged", blind);
}
