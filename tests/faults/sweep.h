/* SPDX-License-Identifier: GPL-2.0 */
/* One system call, with a fault at each of its steps in turn. */
#ifndef FAULTS_SWEEP_H
#define FAULTS_SWEEP_H

#include <stdbool.h>

#include "checks.h"
#include "device.h"
#include "inject.h"

/* The name by which this program's irqs are told. */
#define COMM	"faults"

/*
 * What is there when the call is made. The file that it is made on has an event in
 * its ring, the witness, which nothing that fails may take away.
 */
struct bench {
	struct end file;		/* its port is for the sweep's use */
	struct pair witness;		/* b is on the file */
	struct pair other;		/* what the call is about, if used */
	struct channels before;		/* right before the call */
	unsigned int virq;
	int own;			/* a file descriptor of the sweep's */
};

struct sweep {
	const char *what;
	/* The kinds of fault that have to come in each mode: SLAB | PAGE | COPY. */
	unsigned int must;
	/* The modes; 0 for ONE | REST. */
	unsigned int modes;
	/* From which number on Xen's channels are looked at, now; NULL for 1. */
	unsigned int (*from)(void);
	/* Gets ready what the call needs, before the witness comes. */
	void (*before)(struct bench *bench);
	/* One system call on bench->file. */
	long (*call)(struct bench *bench);
	/*
	 * The call failed, and Xen's channels are as they were before. Checks what
	 * else can be seen of that. Then the call is made again, and has to pass.
	 */
	void (*failed)(struct bench *bench);
	/* The call passed. Checks its effect, and undoes it. */
	void (*passed)(struct bench *bench, long ret);
	/* Undoes before(); the file is closed. */
	void (*after)(struct bench *bench);
	/* There is no event of the witness, since the ring has to be empty. */
	bool quiet;
	/* The call takes the witness out of the ring, or closes the file. */
	bool takes_witness, closes;
	/* What the event core does to a channel that it is not to touch. */
	void (*tolerate)(struct bench *bench, const struct outcome *out);
};

/* Where all tests begin: without what they need they are skipped. */
void begin(void);

/* Of sweeps about one more channel, bench->other, of which the file has end b. */
void before_pair(struct bench *bench);
void after_pair(struct bench *bench);
void failed_pair(struct bench *bench);

/* In all modes, until the call has passed with no fault injected. */
void run_sweep(const struct sweep *sweep);

/* Two pages to read into that are not there yet. */
unsigned char *absent_pages(void);
/* An end of the file: a port that was bound on it. */
struct end end_of(const struct end *file, unsigned int port);
/* Events of this channel go both ways; its peer's end is bound on a new file. */
void expect_port_works(const struct end *end);
/* The port is unbound on the file, and its channel is closed. */
void give_up(const struct end *end);

#endif
