/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which port was bound on which file at what time, to tell whether a number that
 * was read may have been.
 */
#ifndef RACES_LEDGER_H
#define RACES_LEDGER_H

#include <stdint.h>

void ledger_open(void);

/* Moments are counted, not measured: all workers agree on their order. */
uint64_t ledger_now(void);

/* A bind, that was begun at that moment, has returned this port. */
void ledger_bound(unsigned int file, unsigned int port, uint64_t began);
/* An unbind has returned 0. */
void ledger_unbound(unsigned int file, unsigned int port);
/* A read, that was begun at that moment, has returned this port. */
void ledger_read(unsigned int file, unsigned int port, uint64_t began);

/* All has been told: every port that was read was bound, or the test fails. */
void ledger_settle(void);

#endif
