#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the conformance program in the cache, so that the checkout stays clean;
# prints its path.

. "$(dirname "$0")/../vm/lib.sh"

need_packages gcc make libc6-dev libxen-dev
need_cache
out=$XE_CACHE/conformance
mkdir -p "$out"
quietly "building the conformance program" \
	make -C "$XE_TOP/tests/conformance" O="$out" ||
	die "the conformance program can not be built"
echo "$out/evtchn-conformance"
