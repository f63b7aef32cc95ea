// SPDX-License-Identifier: GPL-2.0
/*
 * The model: channels as Xen knows them, ports and rings as the driver has them.
 *
 * What is left open on purpose:
 * - The number of a new port is Xen's choice. The model takes it, if it is not in use.
 * - The order in a ring of ports that one step raised; see struct entry.
 * - VIRQs are raised by Xen when it likes. Those that it raises in an idle system
 *   are not bound (see ops_bind.c), and the others are taken to stay silent.
 */
#include <string.h>

#include "model.h"

#define FIFO_STEP	1024U	/* by so many channels the kernel's array grows */

struct world *world;

struct channel *channel(unsigned int port)
{
	return port && port < MAX_PORTS ? &world->channels[port] : NULL;
}

bool is_bound_on(unsigned int port, int slot)
{
	const struct channel *ch = channel(port);

	return ch && ch->file == slot;
}

bool can_send(int slot)
{
	return slot != NO_FILE && world->files[slot].life == OPEN &&
	       !(world->files[slot].seals & EVTCHN_SEAL_NOTIFY);
}

static void seen(unsigned int port)
{
	EXPECT(port && port < MAX_PORTS, "port %u is too high a number for a run",
	       port);
	if (port > world->highest)
		world->highest = port;
}

/* The domain as it is found: all that is open is the kernel's. */
void model_start(void)
{
	struct evtchn_status status;
	struct channel *ch;
	unsigned int port;

	for (port = 0; port < MAX_PORTS; port++)
		world->channels[port].file = NO_FILE;
	for (port = 1; port < MAX_PORTS; port++) {
		if (!xen_try_status(port, &status))
			break;
		if (status.status == EVTCHNSTAT_closed)
			continue;
		ch = channel(port);
		seen(port);
		ch->state = (unsigned char)status.status;
		ch->kernel = true;
		if (status.status == EVTCHNSTAT_unbound)
			ch->remote = status.u.unbound.dom;
		else if (status.status == EVTCHNSTAT_interdomain)
			ch->peer = status.u.interdomain.port;
		else if (status.status == EVTCHNSTAT_virq)
			ch->virq = status.u.virq;
		world->kernel[world->nr_kernel++] = port;
	}
}

static void open_channel(unsigned int port, unsigned char state)
{
	struct channel *ch;

	seen(port);
	ch = channel(port);
	EXPECT(ch->state == EVTCHNSTAT_closed, "port %u was given out twice",
	       port);
	*ch = (struct channel){ .state = state, .file = NO_FILE };
}

void model_unbound(unsigned int port, domid_t remote)
{
	open_channel(port, EVTCHNSTAT_unbound);
	channel(port)->remote = remote == SELF ? world->self : remote;
}

void model_connected(unsigned int port, unsigned int peer)
{
	open_channel(port, EVTCHNSTAT_interdomain);
	channel(port)->peer = peer;
	channel(peer)->state = EVTCHNSTAT_interdomain;
	channel(peer)->peer = port;
}

void model_virq(unsigned int port, unsigned int virq)
{
	open_channel(port, EVTCHNSTAT_virq);
	channel(port)->virq = virq;
}

void model_behind(unsigned int port)
{
	channel(port)->behind = true;
	world->behind[world->nr_behind++] = port;
}

/* The peer of a port that closes can be connected to again. */
static void close_channel(struct channel *ch)
{
	struct channel *peer;

	if (ch->state == EVTCHNSTAT_interdomain) {
		peer = channel(ch->peer);
		peer->state = EVTCHNSTAT_unbound;
		peer->remote = world->self;
	}
	ch->state = EVTCHNSTAT_closed;
	ch->pending = false;
	ch->behind = false;
}

void model_close_behind(unsigned int port)
{
	unsigned int i;

	for (i = 0; world->behind[i] != port; i++)
		;
	world->behind[i] = world->behind[--world->nr_behind];
	close_channel(channel(port));
}

void model_bound(int slot, unsigned int port)
{
	struct file *f = &world->files[slot];
	struct channel *ch = channel(port);
	unsigned int need = (port / FIFO_STEP + 1) * FIFO_STEP;

	EXPECT(model_has_room(slot, f->nr_ports + 1),
	       "port %u was bound, and has no place in the mapped ring", port);
	ch->file = slot;
	ch->armed = true;
	ch->queued = false;
	ch->way = TO_RING;
	ch->sender = NO_EVENTFD;
	ch->upcalls = 0;
	f->ports[f->nr_ports++] = port;
	world->bound++;
	if (!world->two_level && need > world->ready)
		world->ready = need;
}

/* An event that came before there was anybody to take it comes now. */
void model_bind_static(int slot, unsigned int port)
{
	struct channel *ch = channel(port);
	bool pending = ch->pending;

	ch->pending = false;
	model_bound(slot, port);
	if (pending)
		model_raise(port);
}

static void deliver(struct channel *ch, unsigned int port)
{
	struct file *f = &world->files[ch->file];

	/* Else it may have joined the event before. */
	EXPECT(ch->raised != world->step, "model: port %u raised twice in a step",
	       port);
	ch->raised = world->step;
	ch->armed = ch->way == TO_EVENTFD;
	ch->upcalls++;
	if (ch->way != TO_RING) {
		world->eventfds[ch->receiver].due++;
		return;
	}
	if (ch->queued) {
		f->merged++;
		return;
	}
	ch->queued = true;
	f->mapped.head++;
	f->ring[f->nr_ring++] = (struct entry){ port, world->step };
	f->pushed++;
}

/* Xen sets the channel pending. */
void model_raise(unsigned int port)
{
	struct channel *ch = channel(port);

	if (ch->kernel)
		return;
	if (ch->file == NO_FILE || !ch->armed)
		ch->pending = true;
	else
		deliver(ch, port);
}

void model_notify(unsigned int port)
{
	if (channel(port)->state == EVTCHNSTAT_interdomain)
		model_raise(channel(port)->peer);
}

void model_write_back(int slot, unsigned int port)
{
	struct channel *ch = channel(port);

	if (!is_bound_on(port, slot) || ch->armed)
		return;
	ch->armed = true;
	if (!ch->pending)
		return;
	ch->pending = false;
	deliver(ch, port);
}

static void take_entry(struct file *f, unsigned int i)
{
	unsigned int port = f->ring[i].port;

	f->nr_ring--;
	memmove(&f->ring[i], &f->ring[i + 1],
		(f->nr_ring - i) * sizeof(f->ring[0]));
	if (port)
		channel(port)->queued = false;
}

unsigned int mapped_number(const struct mapped *m, unsigned int place)
{
	const char *first = (const char *)m->at + m->at->offset;

	return ((const volatile unsigned int *)first)[place & (m->size - 1)];
}

/* A port that left the ring has. Its place is not known, if others came with it. */
static void add_blank(struct file *f, unsigned int i)
{
	struct mapped *m = &f->mapped;
	unsigned int place;

	channel(f->ring[i].port)->queued = false;
	f->ring[i].port = 0;
	m->blanks++;
	for (place = m->head - f->nr_ring; place != m->head; place++)
		if (!mapped_number(m, place) && place > m->last_blank)
			m->last_blank = place;
}

static void leave_ring(struct file *f, unsigned int port)
{
	unsigned int i;

	for (i = 0; f->ring[i].port != port; i++)
		;
	if (f->mapped.at)
		add_blank(f, i);
	else
		take_entry(f, i);
}

void model_map(int slot, struct evtchn_mapped_ring *at, size_t length)
{
	struct file *f = &world->files[slot];

	f->mapped = (struct mapped){ .at = at, .length = length,
				     .size = at->size, .head = f->nr_ring };
}

bool model_has_room(int slot, unsigned int ports)
{
	struct file *f = &world->files[slot];
	struct mapped *m = &f->mapped;
	unsigned int blanks;

	if (m->head - m->last_blank > f->nr_ring)
		m->blanks = 0;
	blanks = m->blanks < f->nr_ring ? m->blanks : f->nr_ring;
	return !m->at || ports + blanks <= m->size;
}

bool model_has_spare(int slot, unsigned int more)
{
	const struct file *f = &world->files[slot];

	return !f->mapped.at ||
	       f->nr_ports + more + f->nr_ring <= f->mapped.size;
}

/* What waits to be read is the first to raise it; for what is armed at once, see there. */
void model_receive(int slot, unsigned int port, int eventfd, bool hold)
{
	struct channel *ch = channel(port);

	if (ch->queued) {
		leave_ring(&world->files[slot], port);
		world->eventfds[eventfd].due++;
	}
	ch->receiver = eventfd;
	ch->way = hold ? TO_EVENTFD_HELD : TO_EVENTFD;
	if (!hold)
		model_write_back(slot, port);
}

void model_stop_receiving(unsigned int port)
{
	channel(port)->way = TO_RING;
}

void model_send_all(int eventfd)
{
	const struct file *f;
	unsigned int i;
	int slot;

	for (slot = 0; slot < NR_FILES; slot++) {
		f = &world->files[slot];
		for (i = 0; i < f->nr_ports; i++)
			if (channel(f->ports[i])->sender == eventfd)
				model_notify(f->ports[i]);
	}
}

void model_unbind(unsigned int port)
{
	struct channel *ch = channel(port);
	struct file *f = &world->files[ch->file];
	unsigned int i;

	if (ch->queued)
		leave_ring(f, port);
	for (i = 0; f->ports[i] != port; i++)
		;
	f->nr_ports--;
	memmove(&f->ports[i], &f->ports[i + 1],
		(f->nr_ports - i) * sizeof(f->ports[0]));
	ch->file = NO_FILE;
	ch->sender = NO_EVENTFD;
	world->bound--;
	if (!ch->behind)
		close_channel(ch);
}

void model_reset(int slot)
{
	struct file *f = &world->files[slot];
	unsigned int i, n = 0, ports[MAX_RING];

	for (i = 0; i < f->nr_ring; i++)
		if (f->ring[i].port)
			ports[n++] = f->ring[i].port;
	for (i = 0; i < n; i++)
		leave_ring(f, ports[i]);
	for (i = 0; i < n; i++)
		model_write_back(slot, ports[i]);
}

void model_release(int slot)
{
	struct file *f = &world->files[slot];

	while (f->nr_ports)
		model_unbind(f->ports[f->nr_ports - 1]);
	f->life = CLOSED;
}

static unsigned int find_in_group(const struct file *f, unsigned int port)
{
	unsigned int i;

	for (i = 0; i < f->nr_ring && f->ring[i].group == f->ring[0].group; i++)
		if (f->ring[i].port == port)
			return i;
	return f->nr_ring;
}

/* These were read: each has to be one of the oldest in the ring. */
void model_read(int slot, const unsigned int *ports, unsigned int n)
{
	struct file *f = &world->files[slot];
	unsigned int i;

	for (i = 0; i < n; i++) {
		EXPECT(f->nr_ring, "read: port %u, number %u of %u, and nothing was pending",
		       ports[i], i, n);
		EXPECT(find_in_group(f, ports[i]) < f->nr_ring,
		       "read: port %u, number %u of %u, but %u is the oldest pending one",
		       ports[i], i, n, f->ring[0].port);
		take_entry(f, find_in_group(f, ports[i]));
	}
}

unsigned int model_upcalls(int slot)
{
	const struct file *f = &world->files[slot];
	unsigned int i, sum = 0;

	for (i = 0; i < f->nr_ports; i++)
		sum += channel(f->ports[i])->upcalls;
	return sum;
}
