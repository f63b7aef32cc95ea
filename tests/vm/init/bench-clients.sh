#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: what Debian's toolstack does over one driver, by the benchmark. Before a
# result stands which driver it was.
#
# usage: guest.sh --init bench-clients.sh --add evtchn-bench --args DRIVER

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

measure()
{
	if ! load_drivers || ! start_toolstack; then
		trouble "the toolstack does not start"
		return 1
	fi
	/bin/evtchn-bench --only 'K0?' >/tmp/one
	status=$?
	sed -E "s/^# (bench|rounds) /&$ARGS /; s/^((not )?ok [0-9]+ - )/\1$ARGS: /" /tmp/one
	return $status
}

run_tests measure
finish
