#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The examples, as a user would run them: over our driver, and in a dom0 of Debian's
# kernel over the in-tree one, where what has no stock calls has to say so; writes TAP.
#
# usage: run.sh [[debug-]pv|pvh]...        (pv and pvh if none is named)

. "$(dirname "$0")/../vm/lib.sh"

for type; do
	case $type in
	pv | pvh | debug-pv | debug-pvh) ;;
	*) die "usage: run.sh [[debug-]pv|pvh]..." ;;
	esac
done
[ $# -gt 0 ] || set -- pv pvh

need_scratch
programs=$(dirname "$("$XE_VM/program.sh" examples)")
for type; do
	set -- "examples-$type" --init "$XE_VM/init/examples.sh"
	for name in peer batch eventfd ring same; do
		set -- "$@" --add "$programs/evtchn-$name"
	done
	case $type in
	debug-*) "$XE_VM/debug-guest.sh" "${type#debug-}" "$@" ;;
	*)
		"$XE_VM/guest-tap.sh" "$@" --type "$type" \
			--add "$("$XE_VM/kernel.sh" 6.12)/modules/xen-evtchn.ko:/lib/modules/stock.ko"
		;;
	esac || :
done | "$XE_VM/join-tap.sh"
