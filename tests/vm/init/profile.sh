#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: operations of the benchmark, each for a while, over one driver after the
# other, to be looked at from outside; before that, which address is which function.
#
# usage: guest.sh --init profile.sh --add evtchn-bench --args "DRIVER,... KERNEL? OPTION..."
#
# KERNEL? is yes if the kernel's own functions are wanted as well as the drivers'.

# shellcheck source=lib.sh
. /etc/lib.sh

# shellcheck disable=SC2086 # words
set -- $ARGS
drivers=$(echo "$1" | tr ',' ' ')
if [ "$2" = yes ]; then
	say "symbols of kernel"
	awk '$4 == "" && $2 ~ /[tT]/ { print $1, $3 }' /proc/kallsyms | gzip | base64
	say "end of symbols"
fi
shift 2
for driver in $drivers; do
	insmod "/lib/modules/$driver.ko" || finish 1
	say "symbols of $driver"
	awk '$4 != "" && $2 ~ /[tT]/ { print $1, $3 }' /proc/kallsyms
	say "end of symbols"
	# Of its output that alone which profile.sh waits for: these tests prove nothing.
	{
		/bin/evtchn-bench --profiled --slow 10 "$@"
		echo $? >/tmp/status
	} | grep XEN-EVTCHN-RIG
	[ "$(cat /tmp/status)" = 0 ] || finish 1
	# The in-tree one bears the name of ours; the newest module stands first.
	rmmod "$(awk 'NR == 1 { print $1 }' /proc/modules)" || finish 1
done
finish 0
