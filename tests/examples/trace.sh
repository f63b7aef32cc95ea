#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Debian's own bpftrace and perf on the driver's tracepoints, in a dom0 of Debian's kernel:
# each event of evtchn-batch has to be once in both histograms of latency.bt, and once in
# what perf records; writes TAP.
#
# usage: trace.sh [OPTION of guest.sh]... [pv|pvh]...       (pv and pvh if none is named)
#
# bpftrace has all of LLVM with it, which is what the memory is for.

. "$(dirname "$0")/../vm/lib.sh"

usage="usage: trace.sh [OPTION of guest.sh]... [pv|pvh]..."
types='' options=''
while [ $# -gt 0 ]; do
	case $1 in
	pv | pvh) types="$types $1" && shift ;;
	--*)
		[ $# -ge 2 ] || die "$usage"
		options="$options $1 $2" && shift 2
		;;
	*) die "$usage" ;;
	esac
done

need_scratch
need_space 2000
tree=$(tree_of tracers any)
for tool in bpftrace perf; do
	[ -x "$tree/usr/bin/$tool" ] || die "Debian's packages have no $tool: there is no $tree/usr/bin/$tool"
done
batch=$(dirname "$("$XE_VM/program.sh" examples)")/evtchn-batch
for type in ${types:-pv pvh}; do
	# shellcheck disable=SC2086 # words without blanks
	"$XE_VM/guest-tap.sh" "examples-trace-$type" --init "$XE_VM/init/tracers.sh" --type "$type" \
		--memory 1792 --dom0-memory 1024 --time 1800 --boot-time 400 --tree "$tree" \
		--add "$tree/usr/bin/bpftrace" --add "$tree/usr/bin/perf" --add "$batch" \
		--add "$XE_TOP/tests/examples/latency.bt:/etc/latency.bt" $options || :
done | "$XE_VM/join-tap.sh"
