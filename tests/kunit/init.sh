#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# /init of the guest that runs the KUnit suites: loads them, which runs them, and
# writes what came out as TAP, one line a case.

# shellcheck source=../vm/init/lib.sh
. /etc/lib.sh

# What a suite has logged: cases are indented once, the parameters of a case and
# what a failed one has to say further. Only the cases count. A suite without a
# last line of its own, or without a case, did not come to its end.
suite_as_lines()
{
	awk -v suite="$1" '
		/^    (not )?ok [0-9]/ {
			verdict = $1 == "not" ? "not ok" : "ok"
			sub(/^ *(not )?ok [0-9]+ /, "")
			print verdict, suite "." $0
			cases++
			next
		}
		/^(not )?ok / { ended = 1; next }
		/KTAP version|^ *1\.\.[0-9]+$|# (Subtest|module|Totals):|: pass:[0-9]/ { next }
		/^ +ok / { next }
		/[^ ]/ { sub(/^ *(# )?/, ""); print "#", $0 }
		END { if (!ended || !cases) print "not ok", suite " came to its end" }
	' "/sys/kernel/debug/kunit/$1/results"
}

suites_as_tap()
{
	for suite in /sys/kernel/debug/kunit/xen_evtchn*; do
		suite_as_lines "${suite##*/}"
	done | awk '
		/^#/ { print; next }
		{ sub(/ok /, "ok " ++n " - "); print }
		/^not/ { bad = 1 }
		END { print "1.." n + 0; exit bad }'
}

look_for_races
load xen_evtchn_kunit
run_tests suites_as_tap
finish
