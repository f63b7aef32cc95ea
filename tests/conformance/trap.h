/* SPDX-License-Identifier: GPL-2.0 */
/* Memory whose first use waits until somebody fills it in. */
#ifndef CONFORMANCE_TRAP_H
#define CONFORMANCE_TRAP_H

#include <stddef.h>

struct trap {
	int fd;
	void *page;
	size_t size;
};

/* Skips the test where there is no userfaultfd. */
void trap_set(struct trap *trap);
/* Until somebody waits for it. */
void trap_wait(const struct trap *trap);
/* What the page begins with; who waits goes on. */
void trap_fill(const struct trap *trap, const void *what, size_t len);

#endif
