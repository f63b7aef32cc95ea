// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-faults: what the driver of /dev/xen/evtchn does when the kernel is out of
 * memory, or a copy to or from user space fails, at each of its steps.
 */
#include <string.h>

#include "harness.h"
#include "checks.h"
#include "inject.h"

int main(int argc, char **argv)
{
	int from, to = 1;

	for (from = 1; from < argc; from++) {
		if (!strcmp(argv[from], "--require"))
			require_faults();
		else
			argv[to++] = argv[from];
	}
	argv[to] = NULL;
	count_irqs_at_start();
	return harness_main(to, argv);
}
