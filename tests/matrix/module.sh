#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds our module, and the one that a test of conformance loads, for a kernel of
# kernels.tab, in the tree of its suite; prints a directory, which has
#
#   release               the kernel's name, as uname -r says it
#   xen-evtchn.ko
#   evtchn-NAME.ko        of each tests/conformance/NAME that is a module
#
# usage: module.sh KERNEL SUITE [ARCH]
#
# What was built of the same sources before is reused. Unlike with tests/vm/module.sh,
# nothing of the headers runs on the host: those of newer suites want a newer libc.

. "$(dirname "$0")/lib.sh"

helpers=$(cd "$XE_TOP/tests/conformance" && for kbuild in */Kbuild; do
	echo "${kbuild%/Kbuild}"
done)

# All that decides what comes out, but the compiler.
fingerprint()
{
	{
		echo "$headers"
		# shellcheck disable=SC2119 # the driver's alone
		source_sums
		cat "$XE_TOP"/tests/conformance/*/Kbuild "$XE_TOP"/tests/conformance/*/*.c
	} | sha256sum | cut -c 1-16
}

# build_module DIR NAME - NAME.ko of the sources in $build/DIR, into $build.
build_module()
{
	quietly "make modules for $release" make_modules "/build/$1"
	[ "$1" = . ] || mv "$build/$1/$2.ko" "$build/"
	tr '\0' '\n' <"$build/$2.ko" | grep -aq "^vermagic=$release " ||
		die "the build made no $2.ko for $release"
}

build_modules()
{
	build=$1
	copy_sources "$build"
	say "Building xen-evtchn.ko for Linux $release in Debian $suite"
	build_module . xen-evtchn
	for helper in $helpers; do
		mkdir "$build/$helper"
		cp "$XE_TOP/tests/conformance/$helper"/Kbuild \
			"$XE_TOP/tests/conformance/$helper"/*.c "$build/$helper/"
		build_module "$helper" "evtchn-$helper"
	done
	echo "$release" >"$build/release"
}

[ $# -ge 2 ] || die "usage: module.sh KERNEL SUITE [ARCH]"
kernel=$1 suite=$2 arch=${3:-amd64}
tree=$("$here/tree.sh" "$suite")
find_headers || die "Debian $suite has no headers of Linux $kernel for $arch"
compiler
modules=$XE_CACHE/modules/$release-$suite-$(fingerprint)
make_once "$modules" build_modules
echo "$modules"
