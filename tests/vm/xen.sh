#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Debian's Xen of the cache, unpacked as QEMU wants it: by its multiboot loader, that of
# arm64 as a plain image; prints the file.
#
# usage: xen.sh [VERSION]    (of packages.tab; 4.17 if not given)

. "$(dirname "$0")/../vm/lib.sh"

version=${1:-4.17}

build_xen()
{
	case $version in
	*-arm64) cp "$tree/boot/xen-$version" "$1/xen" ;;
	*) gzip -dc "$tree/boot/xen-$version-amd64.gz" >"$1/xen" ;;
	esac
}

tree=$(tree_of xen "$version")
make_once "$XE_CACHE/xen/$version" build_xen
echo "$XE_CACHE/xen/$version/xen"
