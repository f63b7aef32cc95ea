/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's fault injection: the n-th thing of one system call that can fail
 * does fail. See Documentation/fault-injection/fault-injection.rst of the kernel.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>

/* What can fail. */
enum fault_kind {
	FAULT_SLAB,	/* kmalloc() and the like */
	FAULT_PAGE,	/* a page of its own */
	FAULT_COPY,	/* copy_from_user(), copy_to_user() */
	FAULT_KINDS,
};

/* Several of them. */
#define MASK(nr)	(1U << (nr))
#define SLAB		MASK(FAULT_SLAB)
#define PAGE		MASK(FAULT_PAGE)
#define COPY		MASK(FAULT_COPY)

enum fault_mode {
	/* The n-th of any kind fails, and no other. */
	FAULT_ONE,
	/* So does each slab allocation that follows: no second attempt helps. */
	FAULT_REST,
	/* Only pages are counted, and the n-th of them fails. */
	FAULT_PAGES,
	/* So does each page that follows. */
	FAULT_PAGES_REST,
	FAULT_MODES,
};

#define ONE		MASK(FAULT_ONE)
#define REST		MASK(FAULT_REST)
#define PAGES		MASK(FAULT_PAGES)
#define PAGES_REST	MASK(FAULT_PAGES_REST)

/* What became of a system call. */
struct outcome {
	long ret;
	int err;		/* errno, if ret is -1 */
	bool injected;		/* it got as far as the n-th */
	unsigned int faults[FAULT_KINDS];
};

/* Without fault injection in the kernel a test fails, and is not skipped. */
void require_faults(void);
/* Skips the test where the kernel has no fault injection. */
void need_faults(void);

/* Pages of vmalloc() fail as well; so do those of page faults, which others do not bear. */
void fail_any_page(void);

/* call(arg) makes one system call, and nothing else that enters the kernel. */
struct outcome call_with_fault(enum fault_mode mode, unsigned int n,
			       long (*call)(void *arg), void *arg);

#endif
