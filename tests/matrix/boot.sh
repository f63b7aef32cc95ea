#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program over our module in dom0: with each kernel of kernels.tab, under
# each Xen, on amd64 as PV and as PVH. Writes TAP, a test for each such cell: its name has
# the counts of the program's own tests, and what failed of them stands above it.
#
# usage: boot.sh [--record] [KERNEL[/XEN[/TYPE]] | ARCH]...
#
# KERNEL is as in kernels.tab, with -SUITE behind it if two suites have it, TYPE is pv, pvh
# or arm64; all cells are run if none is named: 7.3, 6.12-trixie/4.20, 5.10/4.17/pv, arm64.
#
# --record writes what came out into booted.tab, from which README.md has its table:
# readme.sh. The lines of other cells stay as they are.

. "$(dirname "$0")/lib.sh"

# of_arch - what there is to boot by on $arch, and how its kernels and Xens are called in
# packages.tab. A domain is of one kind on arm64.
of_arch()
{
	case $arch in
	amd64) xens="4.17 4.20" types="pv pvh" named= ;;
	arm64) xens=4.20 types=arm64 named=-arm64 ;;
	*) die "what boots on $arch is not known" ;;
	esac
}

# A guest's time is for a machine that has other work, too.
seconds=1200 pv_boot=240 pvh_boot=400

# --- one cell: of $kernel, $suite and $arch under $xen as $type ------------------

# The kernel's name in packages.tab: a suite's own if it is not the only one that has it.
find_image()
{
	image=$(awk -v kernel="$kernel$named" -v suite="$suite" '
		$1 == "kernel" && $3 == suite && ($2 == kernel || $2 == kernel "-" suite) {
			print $2
			exit
		}' "$XE_VM/packages.tab")
	[ -n "$image" ] || die "packages.tab has no kernel $kernel$named of $suite"
}

# Why the cell can not be run here, if so.
find_reason()
{
	awk -v kernel="$kernel" -v suite="$suite" -v xen="$xen" -v type="$type" '
		$1 == kernel && $2 == suite && $3 == xen && $4 == type {
			$1 = $2 = $3 = $4 = ""
			sub(/^ */, "")
			print
			exit
		}' "$here/unbootable.tab"
}

# Image and modules of one release, or a sentence why not.
prepare()
{
	objection="there is no image, or what runs there could not be built"
	image_dir=$("$XE_VM/kernel.sh" "$image" 9>&-) || return 1
	modules=$("$here/module.sh" "$kernel" "$suite" "$arch" 9>&-) || return 1
	program=$("$XE_VM/program.sh" conformance "$arch" 9>&-) || return 1
	objection="its image is of $(cat "$image_dir/release"), but the headers are of $release"
	[ "$release" = "$(cat "$image_dir/release")" ]
}

# In a kernel with PREEMPT_RT each irq has a thread, and their order is the scheduler's.
run_cell()
{
	words="--group all" boot=$pv_boot
	case $kernel in
	*-rt) words="$words --skip order" ;;
	esac
	[ "$type" != pvh ] || boot=$pvh_boot
	for module in "$modules"/evtchn-*.ko; do
		echo "file /lib/modules/${module##*/} $module"
	done >"$XE_SCRATCH/helpers"
	"$XE_VM/guest-tap.sh" "boot-$image-xen-$xen-$type" \
		--init "$XE_VM/init/conformance.sh" --kernel "$image" --xen "$xen$named" \
		--type "$type" --module "$modules/xen-evtchn.ko" --add "$program" \
		--manifest "$XE_SCRATCH/helpers" \
		--time "$seconds" --boot-time "$boot" --args "$words"
}

# count_tests - "N passed, ..." of the guest's TAP; the last test there is its verdict.
count_tests()
{
	awk '
		/^(not )?ok / { n[last]++; last = "passed" }
		/^ok .*# SKIP/ { last = "skipped" }
		/^not ok / { last = "failed" }
		END {
			printf "%d passed", n["passed"]
			if (n["failed"])
				printf ", %d failed", n["failed"]
			if (n["skipped"])
				printf ", %d skipped", n["skipped"]
		}' "$tap"
}

# What failed in the guest's TAP, with what it said of it.
show_failed()
{
	awk '
		/^not ok / { failed = 1; print "# " $0; next }
		/^ok / { failed = 0 }
		failed && /^#/' "$tap"
}

cell()
{
	tap=$XE_SCRATCH/tap
	what="$kernel of $suite ($release), $(kind) dom0 of Xen $xen"
	reason=$(find_reason)
	if [ -z "$reason$record" ] && ! "$here/enter.sh" --try 2>/dev/null; then
		reason="modules are built in mounts of their own, which can not be had here"
	fi
	if [ -n "$reason" ]; then
		result skipped "$what # SKIP $reason"
	elif ! prepare; then
		result failed "$what: $objection"
	elif run_cell >"$tap"; then
		counts=$(count_tests)
		result "$counts" "$what: $counts"
	else
		show_failed
		result failed "$what: $(count_tests)"
	fi
}

# result RESULT WHAT - a line of TAP, and if it is wanted one of booted.tab.
result()
{
	n=$((n + 1))
	case $1 in
	failed) echo "not ok $n - $2" && failed=1 && text='**fails**' ;;
	skipped) echo "ok $n - $2" && text="does not run here" ;;
	*) echo "ok $n - $2" && text=${1%%,*} ;;
	esac
	[ -n "$record" ] || return 0
	printf '%s\t%s\t%s\t%s\t%s\n' "$kernel" "$suite" "$arch" "$(column)" "$text" >>"$results"
	# At once: of a run that is ended early, what it has seen stays.
	( merge ) >"$XE_SCRATCH/booted.tab"
	cp "$XE_SCRATCH/booted.tab" "$here/booted.tab"
}

kind()
{
	case $type in
	pv | pvh) echo "$type" | tr '[:lower:]' '[:upper:]' ;;
	*) echo "$type" ;;
	esac
}

column()
{
	echo "Xen $xen $(kind)"
}

# --- all of them -----------------------------------------------------------------

# wanted WORD... - whether one of them is the cell's, or there is none.
wanted()
{
	[ $# -gt 0 ] || return 0
	for word; do
		[ "$word" != "$arch" ] || return 0
		for name in "$kernel" "$kernel-$suite"; do
			case $name/$xen/$type in
			"$word" | "$word"/*) return 0 ;;
			esac
		done
	done
	return 1
}

# row WORD... - all cells of a kernel that are wanted.
row()
{
	find_image
	for xen in $xens; do
		for type in $types; do
			wanted "$@" || continue
			if [ -z "$release" ]; then
				tree=$("$here/tree.sh" "$suite" 9>&-)
				find_headers || release=absent
			fi
			if [ "$release" = absent ]; then
				n=$((n + 1))
				echo "ok $n - $kernel of $suite # SKIP Debian $suite has no such kernel"
			else
				cell
			fi
		done
	done
}

# merge - booted.tab with the results, in the order of kernels.tab.
merge()
{
	echo "# Written by boot.sh --record, and by nothing else; table.sh tells the format."
	cat "$here/booted.tab" "$results" >"$XE_SCRATCH/all"
	while read -r kernel suite arch _; do
		of_arch
		for xen in $xens; do
			for type in $types; do
				awk -F '\t' -v cell="$kernel $suite $arch $(column)" '
					$1 " " $2 " " $3 " " $4 == cell { line = $0 }
					END { if (line != "") print line }' "$XE_SCRATCH/all"
			done
		done
	done <"$rows"
}

record='' failed='' n=0
if [ "${1-}" = --record ]; then
	record=1
	shift
fi
need_scratch
results=$XE_SCRATCH/results rows=$XE_SCRATCH/rows
: >"$results"
grep '^[^#]' "$here/kernels.tab" >"$rows"
while read -r kernel suite arch _; do
	release=
	of_arch
	row "$@" </dev/null
done <"$rows"
[ "$n" -gt 0 ] || die "there is no such cell: $*"
echo "1..$n"
[ -z "$failed" ]
