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
#   debug      a PV dom0 and a PVH one with our debug kernels

. "$(dirname "$0")/../vm/lib.sh"

# In a debug kernel all takes longer. A guest's time is for a machine that has other
# work, too.
slow=5 seconds=900

# dom0 NAME OPTION... - with Debian's kernel.
dom0()
{
	name=$1
	shift
	"$XE_VM/guest-tap.sh" "$name" --init "$XE_VM/init/conformance.sh" \
		--add "$program" --add "$("$here/unhandled.sh"):/lib/modules/evtchn-unhandled.ko" \
		--time "$seconds" --args "--group all" "$@" || :
}

# debug_dom0 TYPE - with our debug kernel.
debug_dom0()
{
	type=$1
	kernel=$("$XE_VM/debug-kernel.sh" "$type")
	"$XE_VM/debug-guest.sh" "$type" "debug-$type" --init "$XE_VM/init/conformance.sh" \
		--add "$program" \
		--add "$("$here/unhandled.sh" "$kernel"):/lib/modules/evtchn-unhandled.ko" \
		--time "$((seconds * 2))" --args "--group all --slow $slow" || :
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
		dom0 dom0-threadirqs --append threadirqs
		;;
	debug)
		debug_dom0 pv
		debug_dom0 pvh
		;;
	esac
}

here=$XE_TOP/tests/conformance
[ $# -gt 0 ] || set -- off-xen pv pvh
for kind; do
	case $kind in
	off-xen | pv | pvh | variants | debug) ;;
	*) die "what is '$kind'? See the head of $0" ;;
	esac
done
need_scratch
program=$("$XE_VM/program.sh" conformance)
for kind; do
	run_kind "$kind"
done | "$XE_VM/join-tap.sh"
