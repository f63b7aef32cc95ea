// SPDX-License-Identifier: GPL-2.0
/*
 * evtchn-restore: what becomes of the ports of a domU that is suspended, by a
 * suspend that is cancelled, and by two restores in a row. It asks its dom0 for them by
 * lines on its console: "XEN-EVTCHN-RIG: suspend me: cancel" or "restore".
 *
 * The environment has RESTORE_PORTS, dom0's ports: see echo.c.
 */
#include <signal.h>
#include <unistd.h>

#include "harness.h"
#include "scenario.h"

/* They have the files open, and the module is to be unloaded. */
static void end_clients(void)
{
	unsigned int i;

	for (i = 0; i < NR_CLIENTS; i++) {
		if (sc->clients[i].pid)
			kill(sc->clients[i].pid, SIGKILL);
	}
	for (i = 0; i < NR_HOLDERS; i++) {
		if (sc->holders[i].pid)
			kill(sc->holders[i].pid, SIGKILL);
	}
}

int main(int argc, char **argv)
{
	int status;

	watch_kernel_log();
	scenario_open();
	status = harness_main(argc, argv);
	end_clients();
	return status;
}
