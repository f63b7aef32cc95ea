#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds our module, and the one that a test of conformance loads, for a kernel of
# kernels.tab, in the tree of its suite; prints a directory, which has
#
#   release               the kernel's name, as uname -r says it
#   xen-evtchn.ko
#   evtchn-unhandled.ko   of tests/conformance/unhandled
#
# usage: module.sh KERNEL SUITE [ARCH]
#
# What was built of the same sources before is reused. Unlike with tests/vm/module.sh,
# nothing of the headers runs on the host: those of newer suites want a newer libc.

. "$(dirname "$0")/lib.sh"

unhandled=$XE_TOP/tests/conformance/unhandled

# All that decides what comes out, but the compiler.
fingerprint()
{
	{
		echo "$headers"
		# shellcheck disable=SC2119 # the driver's alone
		source_sums
		cat "$unhandled"/*
	} | sha256sum | cut -c 1-16
}

build_modules()
{
	build=$1
	copy_sources "$build"
	mkdir "$build/unhandled"
	cp "$unhandled/Kbuild" "$unhandled"/*.c "$build/unhandled/"
	say "Building xen-evtchn.ko for Linux $release in Debian $suite"
	for module in . unhandled; do
		quietly "make modules for $release" make_modules "/build/$module"
	done
	mv "$build/unhandled/evtchn-unhandled.ko" "$build/"
	for module in xen-evtchn evtchn-unhandled; do
		tr '\0' '\n' <"$build/$module.ko" | grep -aq "^vermagic=$release " ||
			die "the build made no $module.ko for $release"
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
