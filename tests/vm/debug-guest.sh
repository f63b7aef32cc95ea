#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest with one of our debug kernels, as TAP: see guest-tap.sh.
#
# usage: debug-guest.sh [kcsan-]pv|pvh|bare NAME OPTION...      (OPTIONs of guest.sh)
#
# Which kernel says debug-kernel.sh. A warning is a panic, and at the end kmemleak is
# asked; see init/lib.sh. With KASAN, on a busy machine, the workers that free 150 irqs take
# over a minute, after which the kernel would say that they hang. KCSAN begins when the
# driver is there; it looks at more accesses than by itself, and waits longer at each for
# another CPU, of which the machine has two.

. "$(dirname "$0")/lib.sh"

[ $# -gt 1 ] || die "usage: debug-guest.sh [kcsan-]pv|pvh|bare NAME OPTION..."
type=$1 name=$2
shift 2
kernel=$("$XE_VM/debug-kernel.sh" "$type")
case $type in
kcsan-*)
	set -- --cpus 2 --append "kcsan.early_enable=0 kcsan.skip_watch=500" \
		--append "kcsan.udelay_task=300 kcsan.udelay_interrupt=100" "$@"
	;;
esac
case ${type#kcsan-} in
pv) set -- --type pv --time 1200 --append slab_debug=FZP "$@" ;;
pvh) set -- --type pvh --time 1800 --append sysctl.kernel.hung_task_timeout_secs=240 "$@" ;;
bare) set -- --bare --time 1800 "$@" ;;
esac
exec "$XE_VM/guest-tap.sh" "$name" --kernel "$kernel" --memory 1792 --dom0-memory 1024 \
	--append panic_on_warn=1 "$@"
