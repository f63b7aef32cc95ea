/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says: its release, /proc/interrupts, the kernel log; modules that help. */
#ifndef CONFORMANCE_PROC_H
#define CONFORMANCE_PROC_H

#include <stdbool.h>
#include <stddef.h>

struct irqs {
	unsigned int lines;	/* irqs of this name */
	unsigned long count;	/* how often they fired, on all CPUs together */
	unsigned int irq;	/* the number of the last */
	char last[512];		/* its line */
};

/* Whether the kernel is of this release or later. */
bool linux_at_least(long major, long minor);

/* Opens of this process bear this name from now on. */
void set_comm(const char *comm);
/* The lines of /proc/interrupts whose action is "evtchn:" and this name. */
struct irqs irqs_of(const char *comm);

/* Waits until they have fired so often in all. */
void wait_irqs(const char *comm, unsigned long count);

/* The kernel log from here on; skips the test where it can not be read. */
int kmsg_from_here(void);
/* What a slow emulator makes any kernel say, whatever the driver. */
bool kmsg_is_noise(const char *text);
/* No line at warning level or above, and none of the driver's, has come. */
void expect_kmsg_quiet(int fd);

/*
 * /lib/modules/evtchn-NAME.ko does its work as it is loaded, and is unloaded. Skips the
 * test where it is not there.
 */
void run_module(const char *name, const char *parameters);

#endif
