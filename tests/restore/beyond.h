/* SPDX-License-Identifier: GPL-2.0 */
/* What is beyond the stock ABI, as the domain is suspended: eventfds and a mapped ring. */
#ifndef RESTORE_BEYOND_H
#define RESTORE_BEYOND_H

#include <stdbool.h>

/* Once, before the first test: each test is to have the mapping and the eventfds. */
void beyond_open(void);
/* Or else the driver is the in-tree one, and none of this is done. */
bool beyond_there(void);
/* Binds and connects all anew; what another restore has left is taken and forgotten. */
void beyond_bind(void);
/* Some of it not taken, and some not written back. */
void beyond_disturb(void);
/* Unbinds what is old, whose numbers may be others' now. */
void beyond_unbind_old(void);

/* Each of them delivers, and sends. */
void beyond_expect_works(void);
/* Each old port has been put into the ring, and raises its eventfd, once. */
void beyond_expect_told(void);
/* What is written to the eventfd of an old port, and written back, reaches nobody. */
void beyond_expect_powerless(void);

#endif
