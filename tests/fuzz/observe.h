/* SPDX-License-Identifier: GPL-2.0 */
/* Seeing events arrive without reading them. */
#ifndef FUZZ_OBSERVE_H
#define FUZZ_OBSERVE_H

void observe_start(void);
/* A file was opened, its first descriptor is there. */
void observe_file(int slot);
void observe_signals(int slot, bool on);
void observe_edges(int slot, bool on);
/* A descriptor is about to be closed, and others of the file are left. */
void observe_closing(int slot, int fd);
/* Files that are opened now have irqs of this slot's name. */
void observe_name(int slot);
/* What /proc/interrupts has of each file. */
struct irq_count {
	unsigned int irqs;
	unsigned long events;
};

void observe_counts(struct irq_count counts[]);

/* All that the model expects has arrived, and nothing else has. */
void settle(void);
/* The same for a step whose events are let go: only nothing else. */
void forget_arrivals(int slot);

#endif
