// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-bench: what the operations of /dev/xen/evtchn cost.
 *
 * With "--profiled" as its first argument each operation is done for a while before, for
 * profile.sh to look on.
 */
#include <string.h>

#include "harness.h"
#include "measure.h"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--profiled")) {
		measure_profiled = true;
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	return harness_main(argc, argv);
}
