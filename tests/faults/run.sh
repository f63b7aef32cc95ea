#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The driver with a fault at each step of each system call, in dom0 of a real Xen, with
# our debug kernels; writes TAP.
#
# usage: run.sh [--module FILE] [--only PATTERN] [--verbose] [pv|pvh]...
#        (both guests if none is named; the rest as in guest.sh and evtchn-faults)

. "$(dirname "$0")/../vm/lib.sh"

module=ours args='--require --slow 3' types=''
while [ $# -gt 0 ]; do
	case $1 in
	--module | --only)
		[ $# -ge 2 ] || die "$1 needs a value; see the head of $0"
		case $1 in
		--module) module=$2 ;;
		--only) args="$args --only $2" ;;
		esac
		shift 2
		;;
	--verbose) args="$args --verbose" && shift ;;
	pv | pvh) types="$types $1" && shift ;;
	*) die "what is '$1'? See the head of $0" ;;
	esac
done

program=$("$XE_VM/program.sh" faults)
for type in ${types:-pv pvh}; do
	# Each slab cache has to be one of its own to be chosen.
	"$XE_VM/debug-guest.sh" "$type" "faults-$type" --init "$XE_VM/init/faults.sh" \
		--add "$program" --args "$args" --module "$module" \
		--append slab_nomerge --time 1800 || :
done | "$XE_VM/join-tap.sh"
