#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the test program of a directory of tests/ in the cache, so that the checkout
# stays clean; prints its path. Its Makefile includes tests/program.mk.
#
# usage: program.sh NAME [ARCH]
#
# NAME is as in tests/NAME, whose program is evtchn-NAME. For arm64 it is built by the
# cross compiler, with libxen and liburing of that architecture.

. "$(dirname "$0")/lib.sh"

[ -f "$XE_TOP/tests/${1-}/Makefile" ] || die "usage: program.sh NAME [ARCH], as in tests/NAME"
name=$1 arch=${2:-amd64}
need_cache
# Of another checkout make would take what is newer, and never know.
checkout=$(printf %s "$XE_TOP" | cksum | cut -d ' ' -f 1)
case $arch in
amd64)
	need_packages gcc make libc6-dev libxen-dev liburing-dev
	out=$XE_CACHE/programs/$checkout/$name
	set --
	;;
arm64)
	need_packages gcc-aarch64-linux-gnu make libc6-dev-arm64-cross
	libxen=$(tree_of libxen "$arch")/usr
	liburing=$(tree_of liburing "$arch")/usr
	out=$XE_CACHE/programs/$checkout/$name-$arch
	set -- CC=aarch64-linux-gnu-gcc \
		CPPFLAGS="-isystem $libxen/include -isystem $liburing/include" \
		LDFLAGS="-L$libxen/lib/aarch64-linux-gnu -L$liburing/lib/aarch64-linux-gnu"
	;;
*) die "programs are built for amd64 and arm64, not '$arch'" ;;
esac
mkdir -p "$out"
# One at a time: of an object that another make is still writing, ld makes a program
# that lacks it, and says nothing.
(
	wait_for_lock "evtchn-$name"
	quietly "building evtchn-$name" make -C "$XE_TOP/tests/$name" O="$out" "$@"
) 9>>"$out.lock" || die "evtchn-$name can not be built"
echo "$out/evtchn-$name"
