#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds a module that helps the tests, for a kernel of the cache; prints its path.
#
# usage: test-module.sh DIR [KERNEL]
#        test-module.sh --all DIR [KERNEL]      for each there is in DIR, a line of a
#                                               guest's manifest; see initramfs.sh
#
# DIR is as in tests/DIR, whose module is evtchn- and the last part of it; KERNEL a
# directory as kernel.sh makes them, that of 6.12 if not given.

. "$(dirname "$0")/lib.sh"

build_module()
{
	cp "$source/Kbuild" "$source"/*.c "$1/"
	quietly "building $name.ko" make -C "$kernel/headers" M="$1" modules
}

if [ "${1-}" = --all ]; then
	shift
	for source in "$XE_TOP/tests/${1-}"/*/Kbuild; do
		source=${source%/Kbuild}
		module=$("$0" "$1/${source##*/}" ${2:+"$2"})
		echo "file /lib/modules/${module##*/} $module"
	done
	exit
fi
source=$XE_TOP/tests/${1-}
[ -f "$source/Kbuild" ] || die "usage: test-module.sh DIR [KERNEL], as in tests/DIR"
name=evtchn-$(basename "$source")
need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod
kernel=${2:-$("$XE_VM/kernel.sh" 6.12)}
sum=$({ readlink -f "$kernel/headers" && cat "$source/Kbuild" "$source"/*.c; } |
	sha256sum | cut -c 1-16)
build=$XE_CACHE/modules/$name-$sum
make_once "$build" build_module
echo "$build/$name.ko"
