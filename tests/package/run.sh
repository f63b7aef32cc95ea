#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The Debian package, its manual page, and dkms.conf; writes TAP. As root, since
# Debian's package tools are run in a Debian of its own for each suite.
#
# usage: run.sh [SUITE...]        (bookworm and trixie if none is named)

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/package

# silent NAME COMMAND... - as TAP, a test that passes if the command says nothing.
silent()
{
	what=$1 status=0
	shift
	("$@") >"$XE_SCRATCH/out" 2>&1 9>&- || status=$?
	if [ "$status" = 0 ] && ! [ -s "$XE_SCRATCH/out" ]; then
		printf 'ok 1 - %s\n1..1\n' "$what"
	else
		sed 's/^/# /' "$XE_SCRATCH/out"
		printf 'not ok 1 - %s\n1..1\n' "$what"
	fi
}

lint()
{
	version=${deb##*dkms_}
	lintian --allow-root -EvIL +pedantic \
		"${deb%/*}"/xen-evtchn_"${version%_all.deb}"_*.changes 2>&1 |
		grep -v '^N:' || :
}

# The pattern for a kernel's version, as dkms looks at it.
kernels()
{
	# shellcheck disable=SC2016 # for bash
	bash -c '
		. "$1"
		for release in 5.10.0-46-amd64 5.15.0-119-generic 6.1.0-42-amd64 \
			6.12.117+deb12-amd64 7.3.4+deb13-amd64 10.0.1 19.2.0; do
			[[ $release =~ $BUILD_EXCLUSIVE_KERNEL ]] ||
				echo "$release is refused"
		done
		for release in 2.6.32 3.16.0-11-amd64 4.19.0-27-amd64 \
			5.1.0 5.4.0-216-generic 5.9.0-5-amd64; do
			[[ ! $release =~ $BUILD_EXCLUSIVE_KERNEL ]] ||
				echo "$release is not refused"
		done' bash "$XE_TOP/dkms.conf"
}

everything()
{
	silent "lintian has nothing to object to in the package" lint
	silent "the manual page is well-formed, and says what the ABI header says" \
		"$here/manual.sh"
	silent "dkms.conf takes kernels from 5.10 on, and no others" kernels
	for suite; do
		"$here/install.sh" "$suite" "$deb" ||
			printf 'not ok 1 - %s: the tests run to their end\n' "$suite"
	done
}

[ $# -gt 0 ] || set -- bookworm trixie
need_packages lintian bash
need_scratch
deb=$("$here/build.sh")
everything "$@" | "$XE_VM/join-tap.sh"
