#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The fuzzer over our driver, in dom0 of a real Xen; writes TAP.
#
# usage: run.sh [OPTION...] [pv|pvh|debian]...
#
#   --seed N        the first seed                              [1]
#   --seconds S     start new seeds for so long; by default a fixed number of seeds
#                   and steps, the same each time
#   --seeds N, --steps M, --skip OPS, --verbose       as of evtchn-fuzz
#   --module FILE   stock, or an xen-evtchn.ko, in Debian's kernel   [ours]
#
# pv and pvh are dom0s with our debug kernels, and the default; debian is a PV one
# with Debian's, which starts faster.

. "$(dirname "$0")/../vm/lib.sh"

seed=1 seconds='' seeds=4 steps=500 more='' module='' guests=''

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		pv | pvh | debian) guests="$guests $1" && shift && continue ;;
		--verbose) more="$more $1" && shift && continue ;;
		esac
		[ $# -ge 2 ] || die "what is '$1'? See the head of $0"
		case $1 in
		--seed) seed=$2 ;;
		--seconds) seconds=$2 ;;
		--seeds) seeds=$2 ;;
		--steps) steps=$2 ;;
		--skip) more="$more --skip $2" ;;
		--module) module=$2 guests=debian ;;
		*) die "what is '$1'? See the head of $0" ;;
		esac
		shift 2
	done
}

parse "$@"
program=$("$XE_VM/program.sh" fuzz)
words="--seed $seed --steps $steps$more"
[ -n "$seconds" ] || words="$words --seeds $seeds"
[ -z "$seconds" ] || words="$words --seconds $seconds"

for guest in ${guests:-pv pvh}; do
	set -- "fuzz-$guest" --init "$XE_VM/init/fuzz.sh" --add "$program" \
		--args "$words"
	[ -z "$seconds" ] || set -- "$@" --time $((seconds + 600))
	case $guest in
	debian) "$XE_VM/guest-tap.sh" "$@" --module "${module:-ours}" || : ;;
	*) "$XE_VM/debug-guest.sh" "$guest" "$@" || : ;;
	esac
done | "$XE_VM/join-tap.sh"
