#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every mutation of tests/mutate applies to the driver as it is, without fuzz, and says
# what it breaks and which tests have to see it.
#
# usage: mutations.sh

. "$(dirname "$0")/lib.sh"

need_packages patch
need_scratch
cd "$XE_TOP"

# has_test PROGRAM PATTERN
has_test()
{
	grep -q "TEST_CASE(.*\"$(echo "$2" | sed 's/\*/.*/g')" "tests/$1/"*.c || echo "there is no test '$2'"
}

# Suites that exist, rows of the conformance and the fault program, races, a number of
# seeds; some have no filter.
check_filter()
{
	case $1 in
	kunit) grep -q "\.name = \"${2-}\"" tests/kunit/*.c || echo "there is no suite '${2-}'" ;;
	xen | storm | debug) has_test conformance "${2-}" ;;
	faults) has_test faults "${2-}" ;;
	races | kcsan) echo "${2-}" | grep -q '^[a-z]*\*against\*[a-z]*$' || echo "there is no race '${2-}'" ;;
	fuzz) echo "${2-}" | grep -q '^[1-9][0-9]*$' || echo "fuzz has a number of seeds" ;;
	off-xen | restore | trace) [ $# = 1 ] || echo "$1 has no filter" ;;
	*) echo "no tier is called '$1'" ;;
	esac
}

check()
{
	sed -n 1p "$1" | grep -q '^[A-Z0-9].*\.$' || echo "its first line is no sentence"
	sed -n '2s/^expect: //p' "$1" | grep -q . ||
		echo "its second line is no 'expect: TIER [FILTER]'"
	# Quiet unless it fails.
	patch -p1 -F0 -f --dry-run <"$1" >"$XE_SCRATCH/said" 2>&1 || cat "$XE_SCRATCH/said"
	sed -n 's/^expect: //p' "$1" | while read -r tier filter; do
		check_filter "$tier" ${filter:+"$filter"}
	done
}

count=0
for patch in tests/mutate/*.patch; do
	count=$((count + 1))
	case $(basename "$patch") in
	[0-9][0-9]-*.patch | [1-9][0-9][0-9]-*.patch) ;;
	*) echo "$patch: its name is not NN-name.patch" ;;
	esac
	check "$patch" | sed "s|^|$patch: |"
	grep -q '^+++ b/drivers/' "$patch" || echo "$patch: it does not change the driver"
done
[ "$count" -ge 20 ] || echo "there are $count mutations, and have to be 20 or more"
