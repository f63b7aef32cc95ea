#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A Debian kernel of the cache, ready to boot and to build against; prints its
# directory, which has
#
#   release   the kernel's name, as uname -r says it
#   vmlinuz   what a plain QEMU boots
#   vmlinux   what Xen boots: the same, unpacked
#   modules/  all modules of Debian's that a Xen guest of ours may load, unpacked
#   headers   for make -C, of the same version; the host itself gets no headers. Not
#             there if the line of packages.tab has none
#
# usage: kernel.sh [VERSION]    (of packages.tab; 6.12 if not given)

. "$(dirname "$0")/../vm/lib.sh"

version=${1:-6.12}
kernel=$XE_CACHE/kernels/$version

# Debian's header Makefile includes another tree by its absolute path.
relocate_headers()
{
	# shellcheck disable=SC2016 # make's own variables
	sed -i 's|^include /usr/src/|include $(dir $(realpath $(lastword $(MAKEFILE_LIST))))../|' \
		"$1/Makefile"
}

# busybox's insmod wants them unpacked; the names stand in one flat directory.
copy_modules()
{
	mkdir "$2"
	for module in xen-evtchn xen-privcmd xen-gntdev xen-gntalloc xenfs; do
		file=$(find "$1" -name "$module.ko*")
		case $file in
		*.ko) cp "$file" "$2/" ;;
		*.ko.xz) xz -dc "$file" >"$2/$module.ko" ;;
		*.ko.zst) zstd -qdc "$file" >"$2/$module.ko" ;;
		*) die "Debian's kernel $version has no module $module" ;;
		esac
	done
}

# find_image - the image and the modules; newer ones stand in /usr/lib, both of them or
# the modules alone.
find_image()
{
	for image in "$tree"/boot/vmlinuz-* "$tree"/usr/lib/modules/*/vmlinuz; do
		[ ! -f "$image" ] || break
	done
	[ -f "$image" ] || die "there is no image of Debian's kernel $version in $tree"
	case $image in
	*/boot/*) release=${image##*/vmlinuz-} ;;
	*) release=$(basename "${image%/vmlinuz}") ;;
	esac
	for modules in "$tree/lib/modules/$release" "$tree/usr/lib/modules/$release"; do
		[ ! -d "$modules" ] || return 0
	done
	die "Debian's kernel $version has no modules in $tree"
}

link_headers()
{
	[ -d "$tree/usr/src" ] || return 0
	headers=$tree/usr/src/linux-headers-$release
	[ -f "$headers/Makefile" ] ||
		die "there is no linux-headers-$release to go with Debian's kernel $version"
	relocate_headers "$headers"
	ln -s "$headers" "$1/headers"
}

build_kernel()
{
	find_image
	say "Preparing Debian's kernel $release"
	echo "$release" >"$1/release"
	cp "$image" "$1/vmlinuz"
	case $version in
	*-arm64) ln -s vmlinuz "$1/vmlinux" ;; # Debian's is not packed
	*) "$XE_VM/vmlinux.sh" "$1/vmlinuz" >"$1/vmlinux" ;;
	esac
	copy_modules "$modules" "$1/modules"
	link_headers "$1"
}

need_packages xz-utils zstd
tree=$(tree_of kernel "$version")
make_once "$kernel" build_kernel
echo "$kernel"
