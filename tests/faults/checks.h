/* SPDX-License-Identifier: GPL-2.0 */
/* What must be as it was: Xen's channels and the kernel's irqs. */
#ifndef FAULTS_CHECKS_H
#define FAULTS_CHECKS_H

/*
 * The states of this domain's channels, as Xen says. Xen gives out the lowest free
 * number, so a channel that is left over stands right behind the others, and not
 * all of them need be asked for.
 */
struct channels {
	unsigned int from, to;	/* numbers, the last one not included */
	unsigned char state[1024];
};

/* Xen knows as many numbers as a test may look at. No channel is kept for that. */
void make_room(void);

/* As many as are in use from this number on, and room for those of a test. */
void channels_from(struct channels *ch, unsigned int from);
/* The states of the same ones as in like, now. */
void channels_now(struct channels *ch, const struct channels *like);
void expect_channels(const struct channels *before, const char *when);

/* Makes channels by privcmd until the next one has this number. */
void fill_up_to(unsigned int port);
/* Closes what fill_up_to() made. */
void drain(void);

/* All irqs of the kernel are counted before the first test opens a file. */
void count_irqs_at_start(void);
/* They are so many again: the event core frees them some time after unbinding. */
void expect_irqs_at_start(void);

#endif
