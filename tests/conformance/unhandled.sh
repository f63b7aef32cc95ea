#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds evtchn-unhandled.ko, the module that a test of interrupts without an event
# loads, for a kernel of the cache; prints its path. In the guest it belongs to
# /lib/modules.
#
# usage: unhandled.sh [KERNEL]      (a directory as kernel.sh makes them; 6.12 if not given)

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/conformance/unhandled

build_module()
{
	cp "$here/Kbuild" "$here"/*.c "$1/"
	quietly "building evtchn-unhandled.ko" make -C "$kernel/headers" M="$1" modules
}

need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod
kernel=${1:-$("$XE_VM/kernel.sh" 6.12)}
sum=$({ readlink -f "$kernel/headers" && cat "$here"/*; } | sha256sum | cut -c 1-16)
build=$XE_CACHE/modules/unhandled-$sum
make_once "$build" build_module
echo "$build/evtchn-unhandled.ko"
