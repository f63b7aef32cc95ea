#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest with one of our debug kernels, as TAP: see guest-tap.sh.
#
# usage: debug-guest.sh pv|pvh|bare NAME OPTION...      (OPTIONs of guest.sh)
#
# Which kernel says debug-kernel.sh. A warning is a panic, and at the end kmemleak is
# asked; see init/lib.sh.

. "$(dirname "$0")/lib.sh"

[ $# -gt 1 ] || die "usage: debug-guest.sh pv|pvh|bare NAME OPTION..."
type=$1 name=$2
shift 2
kernel=$("$XE_VM/debug-kernel.sh" "$type")
case $type in
pv) set -- --type pv --time 600 --append slab_debug=FZP "$@" ;;
pvh) set -- --type pvh --time 900 "$@" ;;
bare) set -- --bare --time 900 "$@" ;;
esac
exec "$XE_VM/guest-tap.sh" "$name" --kernel "$kernel" --memory 1792 --dom0-memory 1024 \
	--append panic_on_warn=1 "$@"
