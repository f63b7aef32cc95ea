#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest with one of our debug kernels, as TAP: see guest-tap.sh.
#
# usage: debug-guest.sh pv|pvh|bare NAME OPTION...      (OPTIONs of guest.sh)
#
# A PV dom0 gets the checks that work there (debug.config); a PVH one, and a kernel
# alone in QEMU, KASAN and UBSAN as well (kasan.config). A warning is a panic, and
# at the end kmemleak is asked; see init/lib.sh.

. "$(dirname "$0")/lib.sh"

[ $# -gt 1 ] || die "usage: debug-guest.sh pv|pvh|bare NAME OPTION..."
type=$1 name=$2
shift 2
case $type in
pv)
	kernel=$("$XE_VM/test-kernel.sh" debug)
	set -- --type pv --time 600 --append slab_debug=FZP "$@"
	;;
pvh | bare)
	kernel=$("$XE_VM/test-kernel.sh" debug kasan)
	[ "$type" = bare ] && kind=--bare || kind='--type pvh'
	# shellcheck disable=SC2086 # an option and its value
	set -- $kind --time 900 "$@"
	;;
*) die "a guest is pv, pvh or bare, not '$type'" ;;
esac
exec "$XE_VM/guest-tap.sh" "$name" --kernel "$kernel" --memory 1792 --dom0-memory 1024 \
	--append panic_on_warn=1 "$@"
