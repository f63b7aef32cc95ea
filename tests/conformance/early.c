// SPDX-License-Identifier: GPL-2.0
/* Events that come before the last one was written back, by evtchn-handlers.ko. */
#include <stdio.h>

#include "harness.h"
#include "early.h"
#include "proc.h"

#define COMM	"early"

/* Has the module do this to the irq of b, if anything, and wait for its handler. */
static void handlers(const struct early *e, const char *what)
{
	char parameters[64];

	snprintf(parameters, sizeof(parameters), "irq=%u %s", e->irq, what);
	run_module("handlers", parameters);
}

void early_open(struct early *e)
{
	xenevtchn_handle *a = open_device(), *b;
	struct irqs irqs;

	set_comm(COMM);
	b = open_device();
	pair_bind(&e->pair, a, b);
	irqs = irqs_of(COMM);
	EXPECT_EQ(irqs.lines, 1);
	e->irq = irqs.irq;
	/* The first time the kernel may say that it does not know the module. */
	handlers(e, "");
}

void early_call(const struct early *e)
{
	notify(&e->pair.a);
	handlers(e, "calls=1");
}

void early_upcall(const struct early *e)
{
	unsigned long count = irqs_of(COMM).count;

	handlers(e, "unmask=1");
	notify(&e->pair.a);
	wait_irqs(COMM, count + 1);
	handlers(e, "");
}
