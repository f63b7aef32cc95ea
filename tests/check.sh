#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs tiers of tests, one after the other, and counts. The last line on stdout is
# "N passed, N failed" (", N skipped" may follow); the status is 0 only if nothing
# failed.
#
# usage: check.sh TIER...        (see tier_script)
#
# A tier writes TAP. It fails as a whole, as one test more, if it ends with an
# error that none of its tests shows, or if its plan is not the number of its
# tests: a tier that dies half-way has not passed.

tests=$(cd "$(dirname "$0")" && pwd)
XE_VM=$tests/vm
# shellcheck source=vm/lib.sh
. "$XE_VM/lib.sh"

passed=0 failed=0 skipped=0

tier_script()
{
	case $1 in
	static) echo static/run.sh ;;
	kunit) echo kunit/run.sh ;;
	kunit-debug) echo kunit/run.sh --debug ;;
	rig) echo vm/selftest.sh ;;
	xen) echo conformance/run.sh off-xen pv ;;
	xen-pvh) echo conformance/run.sh pvh ;;
	debug) echo conformance/run.sh debug ;;
	races) echo races/run.sh ;;
	fuzz) echo fuzz/run.sh debian ;;
	fuzz-debug) echo fuzz/run.sh ;;
	faults) echo faults/run.sh ;;
	variants) echo conformance/run.sh variants ;;
	restore) echo restore/run.sh ;;
	package) echo package/run.sh ;;
	*) die "there is no tier '$1'" ;;
	esac
}

# tally TAP STATUS - "PASSED FAILED SKIPPED", the tier's own failure included.
tally()
{
	awk -v status="$2" '
		/^ok / { if (toupper($0) ~ /# *SKIP/) skipped++; else passed++ }
		/^not ok / { failed++ }
		/^Bail out!/ { bailed = 1 }
		/^1\.\.[0-9]+/ { plan = substr($1, 4); planned = 1 }
		END {
			wrong = bailed || !planned ||
				plan != passed + failed + skipped ||
				plan == 0 || (status != 0 && !failed)
			printf "%d %d %d\n", passed, failed + wrong, skipped
		}' "$1"
}

run_tier()
{
	say "== $1"
	status=0
	start=$(date +%s)
	# shellcheck disable=SC2086 # a script and its arguments
	{ "$tests/"$2 9>&- || echo $? >"$XE_SCRATCH/status"; } |
		tee "$XE_SCRATCH/tap" | grep --line-buffered -E '^((not )?ok |#|Bail out!)' || :
	if [ -e "$XE_SCRATCH/status" ]; then
		status=$(cat "$XE_SCRATCH/status")
		rm "$XE_SCRATCH/status"
	fi
	tally "$XE_SCRATCH/tap" "$status" >"$XE_SCRATCH/tally"
	read -r p f s <"$XE_SCRATCH/tally"
	[ "$status" = 0 ] || [ "$f" -gt 1 ] || say "$1 ended with status $status"
	say "== $1: $p passed, $f failed, $s skipped in $(($(date +%s) - start)) s"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

[ $# -gt 0 ] || die "usage: check.sh TIER..."
need_scratch
for tier; do
	tier_script "$tier" >/dev/null
done
for tier; do
	run_tier "$tier" "$(tier_script "$tier")"
done
[ "$skipped" = 0 ] && skips='' || skips=", $skipped skipped"
echo "$passed passed, $failed failed$skips"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
