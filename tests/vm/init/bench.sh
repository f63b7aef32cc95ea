#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the benchmark over each of the drivers in /lib/modules that are named
# first, one after the other. Before a result stands which driver gave it.
#
# usage: guest.sh --init bench.sh --add evtchn-bench --args "DRIVER,... [OPTION...]"

# shellcheck source=lib.sh
. /etc/lib.sh

# shellcheck disable=SC2086 # words
set -- $ARGS
drivers=$(echo "$1" | tr ',' ' ')
shift

# The tests of all drivers are numbered on.
measure()
{
	n=0 failed=0
	for driver in $drivers; do
		insmod "/lib/modules/$driver.ko" || return 1
		/bin/evtchn-bench "$@" >/tmp/one || failed=1
		# The in-tree one bears the name of ours; the newest module stands first.
		rmmod "$(awk 'NR == 1 { print $1 }' /proc/modules)" || return 1
		awk -v driver="$driver" -v n="$n" '
			/^# (bench|rounds) / { sub(/^# [a-z]+ /, "&" driver " ") }
			/^(not )?ok / { sub(/ok [0-9]+ - /, "ok " ++n " - " driver ": ") }
			!/^(TAP|1\.\.|# Totals)/ { print }' /tmp/one
		n=$((n + $(grep -cE '^(not )?ok ' /tmp/one)))
	done
	echo "1..$n"
	return $failed
}

run_tests measure "$@"
finish
