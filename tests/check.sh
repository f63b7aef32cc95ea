#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs tiers of tests, two at a time, and counts. The last line on stdout is
# "N passed, N failed" (", N skipped" may follow); the status is 0 only if nothing
# failed.
#
# usage: check.sh TIER...               (see tier_script)
#        check.sh --one TIER DIR        (what it calls itself for: one tier)
#
# A tier writes TAP. It fails as a whole, as one test more, if it ends with an
# error that none of its tests shows, or if its plan is not the number of its
# tests: a tier that dies half-way has not passed.

tests=$(cd "$(dirname "$0")" && pwd)
XE_VM=$tests/vm
# shellcheck source=vm/lib.sh
. "$XE_VM/lib.sh"

tier_script()
{
	case $1 in
	static) echo static/run.sh ;;
	kunit) echo kunit/run.sh --debug ;;
	rig) echo vm/selftest.sh ;;
	off-xen | pv | pvh | storm | variants | debug-pv | debug-pvh | kasan | kcsan-pv | kcsan-pvh)
		echo "conformance/run.sh $1"
		;;
	fuzz-*) echo "fuzz/run.sh ${1#fuzz-}" ;;
	races-*) echo "races/run.sh ${1#races-}" ;;
	faults-*) echo "faults/run.sh ${1#faults-}" ;;
	kunit-kcsan) echo kunit/run.sh --kcsan ;;
	restore-*) echo "restore/run.sh ${1#restore-}" ;;
	domu-*) echo "conformance/domu.sh ${1#domu-}" ;;
	examples-trace-*) echo "examples/trace.sh ${1#examples-trace-}" ;;
	examples-*) echo "examples/run.sh ${1#examples-}" ;;
	toolstack-*) echo "toolstack/run.sh ${1#toolstack-}" ;;
	package) echo package/run.sh ;;
	dkms) echo dkms/run.sh ;;
	bench) echo bench/run.sh --check ;;
	matrix) echo matrix/run.sh ;;
	matrix-boot) echo matrix/boot.sh ;;
	kernels) echo matrix/boot.sh 5.10/4.17/pv 7.3/4.20/pv ;;
	*) die "there is no tier '$1'" ;;
	esac
}

# tier_kernel TIER - the kind of debug-kernel.sh whose kernel it needs, if any.
tier_kernel()
{
	case $1 in
	kunit | kasan) echo bare ;;
	*kcsan*) echo kcsan-bare ;;
	debug-* | races-* | faults-* | fuzz-pv | fuzz-pvh) echo "${1#*-}" ;;
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

# one_tier TIER DIR - shows its tests as they come, and leaves its tally in DIR.
one_tier()
{
	tap=$2/$1.tap status=0
	script=$(tier_script "$1")
	say "== $1"
	start=$(date +%s)
	# shellcheck disable=SC2086 # a script and its arguments
	{ "$tests/"$script 9>&- || echo $? >"$2/$1.status"; } | tee "$tap" | awk -v tier="$1" '
		# Another tier may be writing as well.
		/^(#|Bail out!)/ { sub(/^#?/, "# " tier ":") }
		/^((not )?ok |#)/ { print; fflush() }'
	[ ! -e "$2/$1.status" ] || status=$(cat "$2/$1.status")
	tally "$tap" "$status" >"$2/$1.new"
	read -r p f s <"$2/$1.new"
	[ "$status" = 0 ] || [ "$f" -gt 1 ] || say "$1 ended with status $status"
	say "== $1: $p passed, $f failed, $s skipped in $(($(date +%s) - start)) s"
	mv "$2/$1.new" "$2/$1.tally"
}

# A kernel takes both CPUs to build, and the tiers that share one would wait for it.
build_kernels()
{
	for tier; do
		tier_kernel "$tier"
	done | sort -u | while read -r kind; do
		"$XE_VM/debug-kernel.sh" "$kind" </dev/null >/dev/null || exit 1
	done
}

# sum DIR TIER... - a tier without a tally has failed.
sum()
{
	dir=$1
	shift
	for tier; do
		cat "$dir/$tier.tally" 2>/dev/null || echo 0 1 0
	done | awk '
		{ passed += $1; failed += $2; skipped += $3 }
		END {
			printf "%d passed, %d failed", passed, failed
			if (skipped)
				printf ", %d skipped", skipped
			print ""
			exit failed != 0 || passed == 0
		}'
}

[ $# -gt 0 ] || die "usage: check.sh TIER..."
if [ "$1" = --one ]; then
	one_tier "$2" "$3"
	exit
fi
for tier; do
	tier_script "$tier" >/dev/null
done
need_scratch
build_kernels "$@" || :
lanes=$(($(nproc) > 1 ? 2 : 1))
printf '%s\n' "$@" | xargs -P "$lanes" -I '{}' "$0" --one '{}' "$XE_SCRATCH" || :
sum "$XE_SCRATCH" "$@"
