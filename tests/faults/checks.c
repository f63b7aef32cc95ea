// SPDX-License-Identifier: GPL-2.0
/* Counting what could be left over. */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "device.h"
#include "hypervisor.h"
#include "checks.h"

#define ROOM	24	/* closed numbers in a row: none are used behind them */
#define IRQS	"/sys/kernel/irq"
/* A worker of the kernel frees them: if none went for so long, they are lost. */
#define IRQ_MS	(10000 * (int)slowness)

static unsigned int fillers[32768], nr_fillers;
static unsigned int irqs_at_start;

/*
 * Makes channels until one has this number or a higher one, which is the answer. Xen
 * does not know numbers that are much higher than those it has given out.
 */
static unsigned int fill_beyond(unsigned int port)
{
	unsigned int got;

	do {
		EXPECT(nr_fillers < ARRAY_SIZE(fillers), "too many fillers");
		got = xen_alloc_unbound();
		fillers[nr_fillers++] = got;
	} while (got < port);
	return got;
}

static void drain_from(unsigned int port)
{
	while (nr_fillers && fillers[nr_fillers - 1] >= port)
		EXPECT_RET(xen_close(fillers[--nr_fillers]), 0);
}

void fill_up_to(unsigned int port)
{
	unsigned int got = fill_beyond(port);

	fill_beyond(port + 2 * ROOM);
	drain_from(port);
	EXPECT_EQ(got, port);
}

void drain(void)
{
	drain_from(0);
}

void make_room(void)
{
	fill_beyond(fill_beyond(0) + 2 * ROOM);
	drain();
}

void channels_from(struct channels *ch, unsigned int from)
{
	unsigned int closed = 0, port = from, nr = 0;

	while (closed < ROOM && nr < ARRAY_SIZE(ch->state)) {
		ch->state[nr] = (unsigned char)xen_status(port++).status;
		closed = ch->state[nr++] == EVTCHNSTAT_closed ? closed + 1 : 0;
	}
	ch->from = from;
	ch->to = port;
}

void channels_now(struct channels *ch, const struct channels *like)
{
	unsigned int port;

	ch->from = like->from;
	ch->to = like->to;
	for (port = ch->from; port < ch->to; port++)
		ch->state[port - ch->from] =
			(unsigned char)xen_status(port).status;
}

void expect_channels(const struct channels *before, const char *when)
{
	struct channels now;
	unsigned int i;

	channels_now(&now, before);
	for (i = 0; i < now.to - now.from; i++)
		EXPECT(now.state[i] == before->state[i],
		       "channel %u %s: its state in Xen was %u and is %u",
		       now.from + i, when, before->state[i], now.state[i]);
}

/* Each irq that has a descriptor has a directory here, handler or not. */
static unsigned int count_irqs(void)
{
	DIR *dir = opendir(IRQS);
	struct dirent *entry;
	unsigned int irqs = 0;

	while (dir && (entry = readdir(dir)))
		irqs += isdigit((unsigned char)entry->d_name[0]) != 0;
	if (dir)
		closedir(dir);
	return irqs;
}

void count_irqs_at_start(void)
{
	irqs_at_start = count_irqs();
}

void expect_irqs_at_start(void)
{
	unsigned int irqs, last = UINT_MAX;
	int64_t end = 0;

	EXPECT(irqs_at_start, IRQS " is empty");
	while ((irqs = count_irqs()) != irqs_at_start) {
		if (irqs < last)
			end = now_ms() + IRQ_MS;
		last = irqs;
		EXPECT(now_ms() < end,
		       "there were %u irqs at the start, there are %u now",
		       irqs_at_start, irqs);
		sleep_ms(10);
	}
}
