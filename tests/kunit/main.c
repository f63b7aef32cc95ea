// SPDX-License-Identifier: GPL-2.0
/*
 * The KUnit suites of the driver, over a fake Xen.
 */

#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of the xen-evtchn driver");
MODULE_AUTHOR("xen-evtchn developers");
MODULE_VERSION(EVTCHN_VERSION);
MODULE_LICENSE("GPL");
