#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds our module against a Debian kernel of the cache; prints the .ko file.
#
# usage: module.sh [VERSION]    (of packages.tab, or a directory as kernel.sh
#                                makes them; 6.12 if not given)
#
# The sources are copied first, so that the checkout stays clean and a build never
# sees another's objects; what was built of the same sources before is reused.

. "$(dirname "$0")/../vm/lib.sh"

need_packages gcc make libc6-dev libelf1 libssl3 pahole kmod
case ${1:-6.12} in
*/*) kernel=$(cd "$1" && pwd) ;;
*) kernel=$("$XE_VM/kernel.sh" "${1:-6.12}") ;;
esac
release=$(cat "$kernel/release")
[ -e "$kernel/headers/" ] ||
	die "the rig has no headers of $release: tests/matrix/module.sh builds for it"

# All that decides what comes out, but the compiler.
fingerprint()
{
	{
		readlink -f "$kernel/headers"
		# shellcheck disable=SC2119 # the driver's alone
		source_sums
	} | sha256sum | cut -c 1-16
}

build_module()
{
	copy_sources "$1"
	say "Building xen-evtchn.ko for Linux $release"
	quietly "make modules" make -C "$kernel/headers" M="$1" modules
	[ -f "$1/xen-evtchn.ko" ] || die "the build made no xen-evtchn.ko"
}

[ -f "$XE_TOP/Kbuild" ] || die "there is no Kbuild in $XE_TOP to build a module from"
build=$XE_CACHE/modules/$release-$(fingerprint)
make_once "$build" build_module
echo "$build/xen-evtchn.ko"
