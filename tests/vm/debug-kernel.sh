#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Our kernel with all the checks that a kind of guest bears; prints its directory, as
# test-kernel.sh does, which builds it.
#
# usage: debug-kernel.sh [kcsan-]pv|pvh|bare
#
# A PV guest gets those that work there (debug.config); a PVH one, and a kernel alone
# in QEMU, KASAN and UBSAN as well (kasan.config). With "kcsan-" in front it is the
# search for data races instead (kcsan.config), which goes with none of the others.

. "$(dirname "$0")/lib.sh"

case ${1-} in
pv) exec "$XE_VM/test-kernel.sh" debug ;;
kcsan-pv | kcsan-pvh | kcsan-bare) exec "$XE_VM/test-kernel.sh" kcsan ;;
pvh | bare) exec "$XE_VM/test-kernel.sh" debug kasan ;;
*) die "a guest is [kcsan-]pv, pvh or bare, not '${1-}'" ;;
esac
