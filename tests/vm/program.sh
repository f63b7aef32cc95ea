#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the test program of a directory of tests/ in the cache, so that the checkout
# stays clean; prints its path. Its Makefile includes tests/program.mk.
#
# usage: program.sh NAME        (as in tests/NAME, whose program is evtchn-NAME)

. "$(dirname "$0")/lib.sh"

[ -f "$XE_TOP/tests/${1-}/Makefile" ] || die "usage: program.sh NAME, as in tests/NAME"
need_packages gcc make libc6-dev libxen-dev
need_cache
out=$XE_CACHE/programs/$1
mkdir -p "$out"
# One at a time: of an object that another make is still writing, ld makes a program
# that lacks it, and says nothing.
(
	wait_for_lock "evtchn-$1"
	quietly "building evtchn-$1" make -C "$XE_TOP/tests/$1" O="$out"
) 9>>"$out.lock" || die "evtchn-$1 can not be built"
echo "$out/evtchn-$1"
