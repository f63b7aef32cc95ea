#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Breaks the driver on purpose, in one way after the other, and expects the tests to
# go red; writes TAP, a test a mutation. A mutation is a NN-name.patch beside this:
# the README tells how they are made.
#
# usage: run.sh [NAME...]       (names of patches, or shell patterns of them, such as
#                                '*reset*'; all if none is given)
#
# The unmutated driver is asked first, and has to be green. Red is a test that fails,
# or a kernel that complains. A guest that does not end in time proves nothing, nor
# does one that does not start, and so they fail the mutation.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/mutate
tests=0 bad=0

# result STATUS NAME
result()
{
	tests=$((tests + 1))
	[ "$1" = 0 ] && verdict=ok || verdict='not ok'
	[ "$1" = 0 ] || bad=1
	echo "$verdict $tests - $2"
}

# read_head PATCH - its $what, $tier and $filter; see the README.
read_head()
{
	what=$(sed -n 1p "$1")
	# shellcheck disable=SC2046 # two words
	set -- $(sed -n '2s/^expect: //p' "$1")
	tier=${1-} filter=${2-}
}

# selected PATTERN... - the patches, one a line.
selected()
{
	[ $# -gt 0 ] || set -- '*'
	for patch in "$here"/*.patch; do
		name=$(basename "$patch" .patch)
		for pattern; do
			# shellcheck disable=SC2254 # a pattern
			case $name in
			$pattern) echo "$patch" && break ;;
			esac
		done
	done
}

# --- building -----------------------------------------------------------------

# The tree that a tier's module is built of. Each has its own, since the driver and the
# KUnit suites are built of the same objects in different ways.
tree_of_tier()
{
	[ "$1" = kunit ] && echo "$XE_SCRATCH/kunit" || echo "$XE_SCRATCH/driver"
}

# build TIER - sets $module, or fails, with $xe_log to be read.
build()
{
	tree=$(tree_of_tier "$1")
	if [ "$1" = kunit ]; then
		module=$tree/xen_evtchn_kunit.ko
		set -- "$kunit_kernel/headers" XEN_EVTCHN_KUNIT=y
	else
		module=$tree/xen-evtchn.ko
		set -- "$debian_kernel/headers"
	fi
	rm -f "$module"
	headers=$1
	shift
	logged "building a mutant" make -j2 -C "$headers" M="$tree" "$@" modules &&
		[ -f "$module" ]
}

# --- one run of a tier --------------------------------------------------------

# run_tier TIER FILTER... - the tier's tests that match, over $module; TAP into a file.
run_tier()
{
	of=$1
	shift
	case $of in
	kunit)
		"$XE_TOP/tests/kunit/run.sh" --kernel "$kunit_kernel" \
			--module "$module" "$1" --time 120
		;;
	xen)
		only=$(printf ' --only %s' "$@")
		"$XE_VM/guest-tap.sh" mutant --init "$XE_VM/init/conformance.sh" \
			--add "$program" --module "$module" --args "--group all$only"
		;;
	off-xen)
		"$XE_VM/guest-tap.sh" mutant --bare --init "$XE_VM/init/off-xen.sh" \
			--module "$module"
		;;
	*) die "no tier is called '$of'" ;;
	esac >"$XE_SCRATCH/tap" 2>"$XE_SCRATCH/said" || :
}

# What went red in the last run, or nothing. A guest's own verdict counts if it is
# about what the kernel said.
red()
{
	sed -n 's/^not ok [0-9]* - //p' "$XE_SCRATCH/tap" |
		grep -m 1 -E '^(kunit|mutant): |its log has: ' |
		sed 's/^\(kunit\|mutant\): //; s/^guest.*its log has: \(\[[^]]*\] \)\?/the kernel log: /; s/; see .*//'
}

green()
{
	grep -q '^ok [0-9]* - guest ' "$XE_SCRATCH/tap" && [ -z "$(red)" ]
}

# The guest's own verdict, or why there is none.
last_words()
{
	sed -n '/ok [0-9]* - guest /s/.* - //p' "$XE_SCRATCH/tap" | grep . ||
		tail -n 1 "$XE_SCRATCH/said"
}

# --- the tests ----------------------------------------------------------------

# unmutated TIER - what its mutations are to turn red has to be green.
unmutated()
{
	# shellcheck disable=SC2046 # words
	set -- "$1" $(for patch in $patches; do
		read_head "$patch"
		[ "$tier" != "$1" ] || echo "$filter"
	done | sort -u)
	[ "$1" != kunit ] || [ $# = 2 ] || set -- "$1" 'xen_evtchn*'
	copy_sources "$(tree_of_tier "$1")" tests/kunit
	build "$1" || die "the driver can not be built; see $xe_log"
	start=$(date +%s)
	run_tier "$@"
	status=0
	green || status=1
	result $status "without a mutation, $1 ($(($(date +%s) - start)) s): $(last_words)"
	[ $status = 0 ] || {
		echo "Bail out! a mutation proves nothing where $1 is red already"
		exit 1
	}
}

# mutation PATCH
mutation()
{
	read_head "$1"
	name=$(basename "$1" .patch)
	tree=$(tree_of_tier "$tier")
	start=$(date +%s)
	if ! patch -p1 -F0 -s -f -d "$tree" <"$1" >"$XE_SCRATCH/said"; then
		result 1 "$name: does not apply"
		sed 's/^/# /' "$XE_SCRATCH/said"
	elif ! build "$tier"; then
		result 1 "$name: does not build; see $xe_log"
	else
		run_tier "$tier" "$filter"
		said=$(red)
		if [ -n "$said" ]; then
			result 0 "$name: red in $said ($(($(date +%s) - start)) s)"
		else
			green && how="stays green" || how="proves nothing"
			result 1 "$name: $how in $tier $filter ($(($(date +%s) - start)) s)"
			echo "# $what"
			echo "# $(last_words)"
		fi
	fi
	restore "$1"
}

# The files of a patch as they were, and newer than what was built of them.
restore()
{
	sed -n 's|^+++ b/||p' "$1" | while read -r file; do
		cp "$XE_TOP/$file" "$tree/$file"
		rm -f "$tree/$file.orig" "$tree/$file.rej"
	done
}

need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod patch
need_scratch
patches=$(selected "$@")
[ -n "$patches" ] || die "there is no mutation of that name"
tiers=$(for patch in $patches; do
	read_head "$patch"
	echo "$tier"
done | sort -u)
kunit_kernel=$("$XE_VM/test-kernel.sh")
debian_kernel=$("$XE_VM/kernel.sh")
program=$("$XE_VM/program.sh" conformance)
for tier in $tiers; do
	unmutated "$tier"
done
for patch in $patches; do
	mutation "$patch"
done
echo "1..$tests"
exit "$bad"
