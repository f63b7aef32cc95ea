#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program over our driver, with the tests that take an in-tree kernel
# down, in dom0 of a real Xen; writes TAP.
#
# usage: run.sh [KIND...]       (off-xen, pv and pvh if none is named)
#
#   off-xen    the one row that needs a machine without Xen
#   pv, pvh    dom0 as it comes, of that kind, with Debian's kernel
#   variants   a PV dom0 under boot options that change how events come: 2-level
#              channels, handlers called without an event, handlers in threads
#   storm      a PV dom0 with one CPU that has more events in a second than a guest of the
#              emulator's can have by its own clock: each instruction takes 4 ns
#   debug-pv, debug-pvh
#              a dom0 of that kind with our debug kernel
#   kasan      a part of the latter, in less time
#   kcsan-pv, kcsan-pvh
#              a dom0 of that kind with the kernel that looks for data races

. "$(dirname "$0")/../vm/lib.sh"

# In a debug kernel all takes longer. A guest's time is for a machine that has other
# work, too.
slow=5 seconds=1800

# Every bind and its errors, numbers given out twice, restricted files, read and write,
# unbind and close: what takes and gives back memory.
kasan='C0 C25 C27 C30 C32 C41 D04'

# dom0 NAME OPTION... - with Debian's kernel.
dom0()
{
	name=$1
	shift
	"$XE_VM/guest-tap.sh" "$name" --init "$XE_VM/init/conformance.sh" \
		--add "$program" --manifest "$XE_SCRATCH/helpers" \
		--add "$XE_TOP/tests/examples/latency.sh" --time "$seconds" --args "--group all" "$@" || :
}

# debug_dom0 TYPE NAME [WORDS] - with our debug kernel; WORDS choose tests. Those are left to
# the other guests that the kernel itself does not bear, whichever driver there is: lockdep
# objects to gntdev, whose ioctl copies to user space under the lock that its mmap takes
# inside mmap_lock; and a PV guest warns (DEBUG_VM) when one of its CPUs goes.
debug_dom0()
{
	type=$1 name=$2 words=${3-}
	[ "$type" != pv ] || words="$words --skip R09"
	kernel=$("$XE_VM/debug-kernel.sh" "$type")
	"$XE_VM/test-module.sh" --all conformance "$kernel" >"$XE_SCRATCH/helpers-$type"
	"$XE_VM/debug-guest.sh" "$type" "$name" --init "$XE_VM/init/conformance.sh" \
		--add "$program" --manifest "$XE_SCRATCH/helpers-$type" \
		--time "$((seconds * 2))" --args "--group all --slow $slow --skip C40?gntdev* $words" || :
}

run_kind()
{
	case $1 in
	off-xen)
		"$XE_VM/guest-tap.sh" off-xen --bare --no-tap \
			--init "$XE_VM/init/off-xen.sh" || :
		;;
	pv | pvh)
		dom0 "dom0-$1" --type "$1"
		;;
	variants)
		dom0 dom0-2level --append xen.fifo_events=0
		dom0 dom0-irqfixup --append irqfixup
		# Each irq has a thread there, and their order is the scheduler's.
		dom0 dom0-threadirqs --append threadirqs --args "--group all --skip order"
		;;
	storm)
		dom0 dom0-storm --icount-shift 2 --xen-append dom0_max_vcpus=1 \
			--args "--group fast"
		;;
	debug-pv | debug-pvh | kcsan-pv | kcsan-pvh)
		debug_dom0 "${1#debug-}" "$1"
		;;
	kasan)
		# Each test takes some two seconds there, and those of many ports minutes.
		debug_dom0 pvh kasan "$(for row in $kasan; do printf ' --only %s' "$row"; done) --skip C30*thousand"
		;;
	esac
}

[ $# -gt 0 ] || set -- off-xen pv pvh
for kind; do
	case $kind in
	off-xen | pv | pvh | variants | storm | debug-pv | debug-pvh | kasan | kcsan-pv | kcsan-pvh) ;;
	*) die "what is '$kind'? See the head of $0" ;;
	esac
done
need_scratch
program=$("$XE_VM/program.sh" conformance)
"$XE_VM/test-module.sh" --all conformance >"$XE_SCRATCH/helpers"
for kind; do
	run_kind "$kind"
done | "$XE_VM/join-tap.sh"
