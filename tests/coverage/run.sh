#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Which lines and branches of the driver the tests reach: it is built to count them, and
# the tests run in guests with the debug kernel, which has gcov. Prints a table, what
# is not reached and why, and the totals; the same as HTML is written into the cache.
#
# usage: run.sh [GUEST...]       (kunit, off-xen, conformance, faults; all if none is named)
#
# CONFORMANCE, if set, are options for the conformance program, to try one thing out.
# The status is 0 if all tests passed and enough was reached.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/coverage
want_lines=95 want_branches=85

# An assertion has a branch of its own, which is there not to be taken.
ignored='lockdep_assert_held|static_assert|BUILD_BUG_ON|(rcu|table)_dereference'

# What takes half of the time in this kernel, and counts nothing.
lean="kmemleak=off no_debug_objects"

# --- the guests: each runs $module, and writes TAP ----------------------------

# KUnit suites over the fake Xen, in plain QEMU.
guest_kunit()
{
	build kunit tests/kunit XEN_EVTCHN_KUNIT=y xen_evtchn_kunit.ko
	in_guest "$XE_TOP/tests/kunit/run.sh" --kernel "$kernel" --module "$module" \
		'xen_evtchn*' --append "$lean"
}

# The refusal to load without Xen.
guest_off_xen()
{
	build driver '' XEN_EVTCHN_KUNIT=n xen-evtchn.ko
	in_guest "$XE_VM/guest-tap.sh" off-xen --bare --kernel "$kernel" --module "$module" \
		--init "$XE_VM/init/off-xen.sh" \
		--append "pmtmr=0x608 tsc=reliable reboot=t $lean"
}

# The conformance program, in dom0 of a real Xen.
guest_conformance()
{
	build driver '' XEN_EVTCHN_KUNIT=n xen-evtchn.ko
	"$XE_VM/test-module.sh" --all conformance "$kernel" >"$XE_SCRATCH/helpers"
	in_guest "$XE_VM/debug-guest.sh" pv conformance --module "$module" \
		--init "$XE_VM/init/conformance.sh" --append "$lean" --time 1800 \
		--args "--group all --slow 5 --skip R09 --skip C40?gntdev* ${CONFORMANCE-}" \
		--add "$("$XE_VM/program.sh" conformance)" \
		--manifest "$XE_SCRATCH/helpers"
}

# The same with a fault at each step of each system call.
guest_faults()
{
	build driver '' XEN_EVTCHN_KUNIT=n xen-evtchn.ko
	in_guest "$XE_TOP/tests/faults/run.sh" --module "$module" pv
}

run_guest()
{
	case $guest in
	kunit) guest_kunit ;;
	off-xen) guest_off_xen ;;
	conformance) guest_conformance ;;
	faults) guest_faults ;;
	*) die "no guest is called '$guest'" ;;
	esac
}

# --- from a guest to its counts -----------------------------------------------

# build TREE PART ASSIGNMENT MODULE - sets $tree and $module.
build()
{
	tree=$XE_SCRATCH/$1 module=$XE_SCRATCH/$1/$4
	# shellcheck disable=SC2086 # a path or none
	[ -d "$tree" ] || copy_sources "$tree" $2
	quietly "building the driver to be counted" make -j2 -C "$kernel/headers" M="$tree" \
		"$3" GCOV_PROFILE=y modules
	find "$tree" -name '*.gcda' -delete
}

# in_guest COMMAND... - its TAP has the counts; see init/lib.sh. They go to where the
# compiler left the notes that they belong to, and from there into $guest.info.
in_guest()
{
	"$@" >"$XE_SCRATCH/tap" || :
	if grep '^not ok ' "$XE_SCRATCH/tap" >&2 ||
		! grep -o 'guest [^ ]*: passed=.*' "$XE_SCRATCH/tap"; then
		die "the tests of guest $guest do not pass, so that they count for nothing"
	fi
	sed -n 's/^# gcov //p' "$XE_SCRATCH/tap" | tr -d ' ' | base64 -di |
		tar -xzC "$tree/drivers/xen/evtchn" --strip-components=1 ||
		die "the counts of guest $guest did not come out whole"
	quietly "reading the counts of guest $guest" capture "$XE_SCRATCH/$guest.info"
}

lcov_()
{
	lcov --quiet --rc lcov_branch_coverage=1 --rc lcov_excl_br_line="$ignored" "$@"
}

# The driver's own files only, by their names in this tree.
capture()
{
	lcov_ --capture --directory "$tree/drivers" --output-file "$1.all"
	lcov_ --extract "$1.all" "$tree/drivers/*" --output-file "$1"
	sed -i "s|^SF:$tree/|SF:$XE_TOP/|" "$1"
}

# --- the report ---------------------------------------------------------------

# report INFO - the status tells whether it is enough.
report()
{
	awk -v top="$XE_TOP/" -v want_lines=$want_lines -v want_branches=$want_branches \
		-f "$here/report.awk" "$here/unreached.tab" "$1"
}

need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod lcov
need_scratch
[ $# -gt 0 ] || set -- kunit off-xen conformance faults
kernel=$("$XE_VM/debug-kernel.sh" pv)
for guest; do
	say "== guest $guest"
	run_guest
	lcov_ --add-tracefile "$XE_SCRATCH/$guest.info" \
		${merged:+--add-tracefile "$merged"} --output-file "$XE_SCRATCH/$guest.merged"
	merged=$XE_SCRATCH/$guest.merged
done
html=$XE_CACHE/coverage
rm -rf "$html"
quietly "writing the HTML" genhtml --quiet --branch-coverage --legend --prefix "$XE_TOP" \
	--title xen-evtchn --output-directory "$html" "$merged"
cp "$merged" "$html/coverage.info"
status=0
report "$merged" || status=1
echo "as HTML: $html/index.html"
[ $status = 0 ]
