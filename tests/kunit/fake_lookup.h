/* SPDX-License-Identifier: GPL-2.0 */
/* Included before all else by port.c, so that its look-ups are the fake's. */
#ifndef _TESTS_KUNIT_FAKE_LOOKUP_H
#define _TESTS_KUNIT_FAKE_LOOKUP_H

#include "drivers/xen/evtchn/evtchn.h"

#include "fake_xen.h"

#define evtchn_table_find fake_table_find

#endif /* _TESTS_KUNIT_FAKE_LOOKUP_H */
