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

# expectations PATCH... - who has to see them, a line each: TIER [FILTER]; see the README.
expectations()
{
	sed -n 's/^expect: //p' "$@"
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

# kernel_of_tier TIER - which kernel its guest has.
kernel_of_tier()
{
	case $1 in
	kunit) echo small ;;
	debug | races | faults) echo debug ;;
	kcsan) echo kcsan ;;
	*) echo debian ;;
	esac
}

kernel_dir()
{
	case $1 in
	small) "$XE_VM/test-kernel.sh" ;;
	debug) "$XE_VM/debug-kernel.sh" pv ;;
	kcsan) "$XE_VM/debug-kernel.sh" kcsan-pv ;;
	debian) "$XE_VM/kernel.sh" ;;
	esac
}

# The tree that a tier's module is built of: one for each kernel.
tree_of_tier()
{
	echo "$XE_SCRATCH/$(kernel_of_tier "$1")"
}

# make_tree TIER - that tree, and its kernel's directory beside it.
make_tree()
{
	tree=$(tree_of_tier "$1")
	[ ! -d "$tree" ] || return 0
	kernel=$(kernel_dir "$(kernel_of_tier "$1")")
	ln -s "$kernel" "$tree.kernel"
	copy_sources "$tree" tests/kunit
}

# build TIER - sets $module, or fails, with $xe_log to be read.
build()
{
	tree=$(tree_of_tier "$1")
	kernel=$tree.kernel
	module=$tree/xen-evtchn.ko kunit=n
	[ "$1" != kunit ] || module=$tree/xen_evtchn_kunit.ko kunit=y
	rm -f "$module"
	logged "building a mutant" make -j2 -C "$kernel/headers" M="$tree" \
		XEN_EVTCHN_KUNIT=$kunit modules && [ -f "$module" ]
}

# --- one run of a tier --------------------------------------------------------

# mutant SCRIPT PROGRAM OPTION... - the test program of that name over $module in a guest.
mutant()
{
	script=$1 init=$2
	shift 2
	# shellcheck disable=SC2086 # a script and its argument
	set -- "$XE_VM/"$script mutant --init "$XE_VM/init/$init.sh" \
		--add "$("$XE_VM/program.sh" "$init")" --module "$module" "$@"
	if [ "$init" = conformance ]; then
		"$XE_VM/test-module.sh" --all conformance "$kernel" >"$XE_SCRATCH/helpers"
		set -- "$@" --manifest "$XE_SCRATCH/helpers"
	fi
	"$@"
}

# run_tier TIER FILTER... - the tier's tests that match, over $module; TAP into a file.
run_tier()
{
	of=$1
	shift
	only=$(printf ' --only %s' "$@")
	case $of in
	kunit)
		"$XE_TOP/tests/kunit/run.sh" --kernel "$kernel" \
			--module "$module" "$1" --time 400
		;;
	xen)
		mutant guest-tap.sh conformance --args "--group all$only"
		;;
	storm)
		mutant guest-tap.sh conformance --icount-shift 2 \
			--xen-append dom0_max_vcpus=1 --args "--group fast$only"
		;;
	off-xen)
		"$XE_VM/guest-tap.sh" mutant --bare --init "$XE_VM/init/off-xen.sh" \
			--module "$module"
		;;
	debug)
		mutant "debug-guest.sh pv" conformance --args "--slow 5$only"
		;;
	races)
		mutant "debug-guest.sh pv" races --cpus 2 --args "--slow 3$only"
		;;
	kcsan)
		# KCSAN looks at one access in some hundreds: it takes many.
		mutant "debug-guest.sh kcsan-pv" races --args "--slow 3 --pair-ms 4000$only"
		;;
	fuzz)
		"$XE_TOP/tests/fuzz/run.sh" --module "$module" --seeds "$1"
		;;
	faults)
		# shellcheck disable=SC2086 # words, and patterns that name no file
		"$XE_TOP/tests/faults/run.sh" --module "$module" $only pv
		;;
	restore)
		"$XE_TOP/tests/restore/run.sh" --module "$module" pv
		;;
	trace)
		"$XE_TOP/tests/examples/trace.sh" --module "$module" pv
		;;
	*) die "no tier is called '$of'" ;;
	esac >"$XE_SCRATCH/tap" 2>"$XE_SCRATCH/said" || :
}

# What went red in the last run, or nothing. A guest's own verdict counts if it is
# about what the kernel said.
red()
{
	sed -n 's/^not ok [0-9]* - //p' "$XE_SCRATCH/tap" |
		grep -m 1 -E '^[^ ]*: |its log has: ' |
		sed 's/^[^ ]*: //; s/^guest.*its log has: \(\[[^]]*\] \)\?/the kernel log: /; s/; see .*//'
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
	# shellcheck disable=SC2046,SC2086 # words, and patterns that name no file
	set -- "$1" $(expectations $patches |
		while read -r tier filter; do
			[ "$tier" != "$1" ] || echo "$filter"
		done | sort -u)
	case $1 in
	kunit) [ $# = 2 ] || set -- "$1" 'xen_evtchn*' ;;
	fuzz) set -- "$1" "$(printf '%s\n' "$@" | sort -n | tail -n 1)" ;;
	esac
	make_tree "$1"
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

# mutation PATCH TIER [FILTER]
mutation()
{
	tier=$2 filter=${3-}
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
			echo "# $(sed -n 1p "$1")"
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
# shellcheck disable=SC2086 # file names without blanks
tiers=$(expectations $patches | cut -d ' ' -f 1 | sort -u)
for tier in $tiers; do
	unmutated "$tier"
done
for patch in $patches; do
	expectations "$patch" >"$XE_SCRATCH/expected"
	while read -r tier filter <&3; do
		mutation "$patch" "$tier" "$filter"
	done 3<"$XE_SCRATCH/expected"
done
echo "1..$tests"
exit "$bad"
