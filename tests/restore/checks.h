/* SPDX-License-Identifier: GPL-2.0 */
/* What holds after a restore, the first or another one. */
#ifndef RESTORE_CHECKS_H
#define RESTORE_CHECKS_H

#include "scenario.h"

void check_clients_woke(bool readers);
void check_notify_refused(void);
void check_write_ignored(void);
void check_unbind_once(const struct end *end);
/* Of the old numbers, fresh has those that the kernel has not taken itself. */
void check_numbers_reused(void);
void check_holder(struct holder *holder, enum order order);
void check_rebind(void);
void check_new_kinds(void);
void check_dom0(void);

#endif
