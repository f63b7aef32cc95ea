#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Makes the initramfs of a guest: busybox, what a manifest names, and the shared
# libraries that those programs need. The same input gives the same bytes.
#
# usage: initramfs.sh [--arm64] OUTPUT [TREE] <MANIFEST
#
# The manifest has one of these in a line; blank lines and # are ignored.
#
#   file PATH-IN-GUEST FILE       a file of the host; "TREE/..." is one of TREE
#   link PATH-IN-GUEST TARGET
#   dir PATH-IN-GUEST
#
# Libraries are looked for in TREE, then in the host; for arm64 nowhere: its programs have
# to be static. The archive is not packed: to unpack it in an emulator takes longer than to
# load it.

. "$(dirname "$0")/../vm/lib.sh"

foreign=
if [ "${1-}" = --arm64 ]; then
	foreign=arm64
	shift
fi
[ $# -ge 1 ] || die "usage: initramfs.sh [--arm64] OUTPUT [TREE] <MANIFEST"
output=$1
tree=${2-}
need_packages cpio binutils
native=$(tree_of busybox any)/bin/busybox
busybox=$native
[ -z "$foreign" ] || busybox=$(tree_of busybox "$foreign")/bin/busybox
need_scratch
root=$XE_SCRATCH/root

install_file()
{
	case $2 in
	TREE/*) from=$tree/${2#TREE/} ;;
	*) from=$2 ;;
	esac
	[ -f "$from" ] || die "there is no file $from to put into the guest"
	mkdir -p "$root${1%/*}"
	cp -L "$from" "$root$1"
}

# The guest's busybox may not run here; that of the host is of the same version.
install_busybox()
{
	for dir in bin dev etc lib lib64 proc root run sys tmp var; do
		mkdir -p "$root/$dir"
	done
	cp "$busybox" "$root/bin/busybox"
	for applet in $("$native" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
}

install_manifest()
{
	while read -r what path from; do
		case $what in
		file) install_file "$path" "$from" ;;
		link) ln -s "$from" "$root$path" ;;
		dir) mkdir -p "$root$path" ;;
		'' | '#'*) ;;
		*) die "the manifest's line '$what $path $from' is not understood" ;;
		esac
	done
}

# find_library NAME - the same directories in TREE and in the host.
find_library()
{
	[ -z "$foreign" ] || die "a guest's program for $foreign has to be static, but needs $1"
	for top in ${tree:+"$tree"} ''; do
		for dir in lib usr/lib lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu \
			usr/lib/xen-*/lib/x86_64-linux-gnu lib64; do
			# A wildcard has to be expanded with the top before it.
			for file in "$top"/$dir/"$1"; do
				[ ! -e "$file" ] || { echo "$file"; return; }
			done
		done
	done
	die "the library $1, which a guest's program needs, is not here"
}

# What an ELF file asks for: its interpreter and its NEEDED libraries.
needs()
{
	readelf -ld "$1" 2>/dev/null | sed -n \
		-e 's/.*Requesting program interpreter: \(.*\)\]/\1/p' \
		-e 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

# Breadth first: each library that was added may need more of them.
install_libraries()
{
	find "$root" -type f ! -name '*.ko' ! -name 'vmlinu*' >"$XE_SCRATCH/look"
	while [ -s "$XE_SCRATCH/look" ]; do
		while read -r file; do
			needs "$file"
		done <"$XE_SCRATCH/look" | sort -u >"$XE_SCRATCH/needed"
		: >"$XE_SCRATCH/look"
		while read -r need; do
			case $need in
			/*) path=$need ;;
			*) path=/lib/$need ;;
			esac
			[ ! -e "$root$path" ] || continue
			library=$(find_library "${need##*/}")
			install_file "$path" "$library"
			echo "$root$path" >>"$XE_SCRATCH/look"
		done <"$XE_SCRATCH/needed"
	done
}

pack()
{
	cd "$root"
	find . -exec touch -hd @0 {} +
	find . | LC_ALL=C sort | cpio --quiet --reproducible -R 0:0 -H newc -o
}

install_busybox
install_manifest
install_libraries
(pack) >"$output"
