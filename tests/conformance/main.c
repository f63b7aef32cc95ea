// SPDX-License-Identifier: GPL-2.0
/* evtchn-conformance: does a driver keep the contract of /dev/xen/evtchn? */
#include <string.h>

#include "harness.h"
#include "process.h"

int main(int argc, char **argv)
{
	/* Some tests go on in a program that they execute: this one. */
	if (argc > 1 && !strcmp(argv[1], EXEC_HELPER))
		return exec_helper(argc, argv);
	return harness_main(argc, argv);
}
