#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs a guest, and writes what its tests said as TAP: each test of the guest,
# and as the last one the guest's own verdict, since a guest can fail though all
# of its tests pass. A verdict on more or fewer tests than were seen here is none.
#
# usage: guest-tap.sh NAME OPTION...        (OPTIONs of guest.sh)

. "$(dirname "$0")/../vm/lib.sh"

[ $# -gt 0 ] || die "usage: guest-tap.sh NAME OPTION..."
name=$1
shift
need_scratch
mkdir -p "$XE_LOGS"
log=$XE_LOGS/$name-$(date +%Y%m%d-%H%M%S).$$.log

status=0
verdict=$("$XE_VM/guest.sh" --name "$name" --log "$log" "$@" 9>&-) || status=$?

# The guest numbered its tests, but may have died before it came to the last one:
# the plan is of what is there, and the verdict says that it is not all.
[ -e "$log" ] || : >"$log"
tr -d '\r\000' <"$log" | awk -v name="$name" -v status="$status" -v verdict="$verdict" '
	/^XEN-EVTCHN-RIG: kernel log/ { over = 1 }
	!over && /^(not )?ok [0-9]+/ {
		sub(/ok [0-9]+ *(- *)?/, "ok " ++n " - " name ": ")
		print
		next
	}
	!over && /^#/ { print }
	END {
		if (verdict == "")
			verdict = "guest " name ": it could not be started"
		counts = split(verdict, count, /[^0-9]*(passed|failed|skipped)=/)
		if (!status && (counts != 4 ||
				count[2] + count[3] + count[4] != n + 0)) {
			status = wrong = 1
			verdict = verdict ", but " n + 0 " tests were seen"
		}
		printf "%sok %d - %s\n", status ? "not " : "", ++n, verdict
		printf "1..%d\n", n
		exit wrong
	}' || status=1
exit "$status"
