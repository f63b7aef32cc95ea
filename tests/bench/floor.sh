#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds evtchn-floor.ko, to measure the drivers against, for a kernel of the cache;
# prints its path.
#
# usage: floor.sh [KERNEL]          (a directory as kernel.sh makes them; 6.12 if not given)

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/bench/floor

build_module()
{
	cp "$here/Kbuild" "$here"/*.c "$1/"
	quietly "building evtchn-floor.ko" make -C "$kernel/headers" M="$1" modules
}

need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod
kernel=${1:-$("$XE_VM/kernel.sh" 6.12)}
sum=$({ readlink -f "$kernel/headers" && cat "$here/Kbuild" "$here"/*.c; } |
	sha256sum | cut -c 1-16)
build=$XE_CACHE/modules/floor-$sum
make_once "$build" build_module
echo "$build/evtchn-floor.ko"
