# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# Sourced by what builds in the trees of tree.sh: the headers of a kernel there, its
# compiler, make.
#
# usage: . "$(dirname "$0")/lib.sh"
#
# Who sources this sets $kernel, $suite and $arch as in kernels.tab, $tree, and $build,
# the directory that is /build in there.

# shellcheck source-path=SCRIPTDIR/../vm source=lib.sh
. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/matrix

inside()
{
	"$here/enter.sh" "$tree" "$build" "$@" 9>&-
}

# The newest headers of that kernel in the tree, which may have other flavours too.
find_headers()
{
	version=${kernel%-rt}
	for headers in "$tree/usr/src/linux-headers-$version".*[0-9]"${kernel#"$version"}-$arch"; do
		[ -f "$headers/Makefile" ] || headers=
	done
	[ -n "$headers" ] || return 1
	# shellcheck disable=SC2034 # for the scripts that source this file
	release=${headers##*/linux-headers-}
}

# The compiler that the headers name, without what it is called by for this machine.
compiler()
{
	case $arch in
	amd64) cross=x86_64-linux-gnu- ;;
	arm64) cross=aarch64-linux-gnu- ;;
	*) die "which compiler builds for $arch is not known" ;;
	esac
	# shellcheck disable=SC2034 # for the scripts that source this file
	gcc=$(sed -n 's/^CC = .*\(gcc-[0-9]*\).*/\1/p' "$headers/.kernelvariables")
}

# make_modules DIR WORD... - of the sources in DIR, as seen from inside.
make_modules()
{
	sources=$1
	shift
	inside make -j2 -C "${headers#"$tree"}" M="$sources" CROSS_COMPILE="$cross" \
		DEB_BUILD_ARCH=amd64 DEB_HOST_ARCH=amd64 "$@" modules
}
