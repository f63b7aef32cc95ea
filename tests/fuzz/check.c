// SPDX-License-Identifier: GPL-2.0
/* Comparing the model with what the device, the kernel and Xen say. */
#include <poll.h>
#include <unistd.h>

#include "check.h"
#include "model.h"
#include "observe.h"
#include "ops.h"

#define SAMPLE	32	/* channels looked at, if there are more */

static void check_head(const struct mapped *m)
{
	EXPECT(!m->at || m->at->head == m->head,
	       "mapped ring: %u numbers were put in, not %u", m->at->head,
	       m->head);
}

void check_polls(void)
{
	struct pollfd pfd[NR_FILES];
	int slot, n = 0, slots[NR_FILES];
	short want;

	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != OPEN)
			continue;
		slots[n] = slot;
		pfd[n].fd = world->files[slot].fd[0];
		pfd[n++].events = POLL_ALL;
	}
	EXPECT_RET(poll(pfd, (nfds_t)n, 0), n);
	while (n--) {
		check_head(&world->files[slots[n]].mapped);
		want = WRITABLE | (world->files[slots[n]].nr_ring ? READABLE : 0);
		EXPECT(pfd[n].revents == want,
		       "poll of file %d with %u ports pending: %#x, not %#x",
		       slots[n], world->files[slots[n]].nr_ring,
		       (unsigned int)pfd[n].revents, (unsigned int)want);
	}
}

static void check_channel(unsigned int port)
{
	const struct channel *ch = channel(port);
	struct evtchn_status got = { .status = EVTCHNSTAT_closed };

	if (!xen_try_status(port, &got))
		EXPECT_EQ(ch->state, EVTCHNSTAT_closed);
	EXPECT(got.status == ch->state, "port %u%s: state %u in Xen, not %u",
	       port, ch->kernel ? " of the kernel" : "", got.status, ch->state);
	if (ch->state == EVTCHNSTAT_unbound)
		EXPECT(got.u.unbound.dom == ch->remote,
		       "port %u waits for domain %u, not %u", port,
		       got.u.unbound.dom, ch->remote);
	else if (ch->state == EVTCHNSTAT_interdomain && !ch->kernel)
		EXPECT(got.u.interdomain.dom == world->self &&
		       got.u.interdomain.port == ch->peer,
		       "port %u has peer %u of domain %u, not %u", port,
		       got.u.interdomain.port, got.u.interdomain.dom, ch->peer);
	else if (ch->state == EVTCHNSTAT_virq)
		EXPECT(got.u.virq == ch->virq, "port %u has VIRQ %u, not %u",
		       port, got.u.virq, ch->virq);
}

void check_ports(void)
{
	struct irq_count counts[NR_FILES];
	const struct file *f;
	unsigned int i, n;
	int slot;

	observe_counts(counts);
	for (slot = 0; slot < NR_FILES; slot++) {
		f = &world->files[slot];
		EXPECT(counts[slot].irqs == f->nr_ports,
		       "file %d has %u irqs for %u ports", slot,
		       counts[slot].irqs, f->nr_ports);
		EXPECT(counts[slot].events == model_upcalls(slot),
		       "file %d got %lu events, not %u", slot,
		       counts[slot].events, model_upcalls(slot));
		n = f->nr_ports < SAMPLE ? f->nr_ports : SAMPLE;
		for (i = 0; i < n; i++)
			check_channel(n < SAMPLE ? f->ports[i] : pick_own(slot));
	}
}

void check_others(void)
{
	unsigned int i;

	for (i = 0; i < world->nr_kernel; i++)
		check_channel(world->kernel[i]);
	for (i = 0; i < SAMPLE; i++)
		check_channel(1 + below(world->highest));
}

static bool drain_file(int slot)
{
	static unsigned int ports[MAX_RING];
	struct file *f = &world->files[slot];
	unsigned int n = f->nr_ring, i;

	if (!n)
		return false;
	say(" %d:%u", slot, n);
	for (i = 0; i < n; i++)
		ports[i] = 0;
	if (f->mapped.at)
		take_mapped(slot, n, ports);
	for (i = 0; i < n && !f->mapped.at; i += 1024)
		EXPECT_RET(read(f->fd[0], ports + i, (n - i) * 4),
			   n - i > 1024 ? 4096 : (n - i) * 4);
	model_read(slot, ports, n);
	f->edges_free = true;
	return true;
}

/* Also those that were read long ago. */
static void write_back_all(int slot)
{
	struct file *f = &world->files[slot];
	unsigned int i;

	for (i = 0; i < f->nr_ports; i++)
		EXPECT_RET(write(f->fd[0], &f->ports[i], 4), 4);
	for (i = 0; i < f->nr_ports; i++)
		model_write_back(slot, f->ports[i]);
}

/*
 * A file that can not be read is reset; one that can not be written keeps those
 * of its ports masked that were read.
 */
static void empty_file(int slot)
{
	struct file *f = &world->files[slot];

	if (f->can_read)
		drain_file(slot);
	else
		do_reset(slot);
	settle();
	step_begin(++world->step, "drain again");
	if (f->can_write)
		write_back_all(slot);
	settle();
}

void check_drain(void)
{
	int slot, rounds;

	for (rounds = 0; rounds < 3; rounds++) {
		for (slot = 0; slot < NR_FILES; slot++) {
			if (world->files[slot].life != OPEN)
				continue;
			step_begin(++world->step, "drain");
			empty_file(slot);
		}
	}
	check_polls();
	check_ports();
}

static void deliver_one(int slot, unsigned int port)
{
	struct file *f = &world->files[slot];
	const struct channel *ch = channel(port);
	int from;

	if (ch->state != EVTCHNSTAT_interdomain || !ch->armed || ch->queued)
		return;
	from = channel(ch->peer)->file;
	if (!can_send(from))
		return;
	step_begin(++world->step, "delivery");
	say(" of %u on file %d to %u on file %d", ch->peer, from, port, slot);
	EXPECT_RET(raw_notify(world->files[from].fd[0], ch->peer), 0);
	model_notify(ch->peer);
	settle();
	step_begin(++world->step, "delivered");
	if (f->can_read)
		drain_file(slot);
	settle();
}

void check_delivery(void)
{
	unsigned int i;
	int slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		if (world->files[slot].life != OPEN)
			continue;
		for (i = 0; i < world->files[slot].nr_ports; i++)
			deliver_one(slot, world->files[slot].ports[i]);
	}
	check_polls();
}
