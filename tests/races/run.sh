#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# All that a client can do with the device at the same time, under our debug kernels
# (lockdep in a PV dom0, KASAN as well in a PVH one) and in real parallel; writes TAP.
#
# usage: run.sh [[kcsan-]pv|pvh]...        (pv and pvh if none is named; the kinds are
#                                          those of tests/vm/debug-kernel.sh)
#
# RACES, if set, are options for the program: see README.md.

. "$(dirname "$0")/../vm/lib.sh"

for type; do
	case $type in
	pv | pvh | kcsan-pv | kcsan-pvh) ;;
	*) die "usage: run.sh [[kcsan-]pv|pvh]..." ;;
	esac
done
[ $# -gt 0 ] || set -- pv pvh

need_scratch
program=$("$XE_VM/program.sh" races)
for type; do
	"$XE_VM/debug-guest.sh" "$type" "races-$type" --cpus 2 --time 1800 \
		--init "$XE_VM/init/races.sh" --add "$program" \
		--args "--slow 3 ${RACES-}" || :
done | "$XE_VM/join-tap.sh"
