#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What can be said of the code without running it; writes TAP. Each test is a
# script of its own beside this one that prints what it objects to, and passes if
# it prints nothing and ends with status 0.
#
# usage: run.sh [TEST...]        (all of them if none is named)

. "$(dirname "$0")/../vm/lib.sh"

here=$(cd "$(dirname "$0")" && pwd)

describe()
{
	case $1 in
	checkpatch) echo "checkpatch --strict has nothing to object to" ;;
	compilers) echo "gcc W=1, sparse and clang give no warning" ;;
	kernel-doc) echo "every public function and structure is documented" ;;
	limits) echo "no file is over 500 lines and no function over 60" ;;
	tables) echo "the READMEs have the tables that the runs gave" ;;
	mutations) echo "every mutation still applies to the driver" ;;
	rules) echo "the rules of this tree are kept" ;;
	shellcheck) echo "shellcheck has nothing to object to" ;;
	uapi) echo "the ABI header stands alone in C and C++" ;;
	version) echo "module, dkms.conf and package have one version" ;;
	*) die "there is no static test '$1'" ;;
	esac
}

# shellcheck disable=SC2046 # names
[ $# -gt 0 ] || set -- checkpatch compilers kernel-doc limits mutations rules \
	shellcheck tables uapi version
need_packages gcc make libc6-dev libelf1 kmod sparse clang shellcheck pahole \
	perl-base git patch
need_scratch
n=0
for test; do
	n=$((n + 1))
	what=$(describe "$test")
	status=0
	(cd "$XE_TOP" && "$here/$test.sh" 9>&-) >"$XE_SCRATCH/out" || status=$?
	if [ "$status" = 0 ] && ! [ -s "$XE_SCRATCH/out" ]; then
		echo "ok $n - $test: $what"
	else
		sed 's/^/# /' "$XE_SCRATCH/out"
		echo "not ok $n - $test: $what"
	fi
done
echo "1..$n"
