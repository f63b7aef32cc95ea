/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One channel of each kind, to bind.
 */
#ifndef _TESTS_KUNIT_BIND_TYPES_H
#define _TESTS_KUNIT_BIND_TYPES_H

#include <kunit/test.h>

#include "drivers/xen/evtchn/evtchn.h"

#define BIND_TYPES	4
#define BIND_STATIC_PORT	30

extern const struct evtchn_channel bind_types[BIND_TYPES];

void bind_type_desc(const struct evtchn_channel *ch, char *desc);
void bind_type_prepare(const struct evtchn_channel *ch);
u32 bind_type_bind(struct kunit *test, struct evtchn_file *f,
		   const struct evtchn_channel *ch);
void bind_type_finish(const struct evtchn_channel *ch);

#endif /* _TESTS_KUNIT_BIND_TYPES_H */
