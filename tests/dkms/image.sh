#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A Debian to be booted, with dkms, a compiler, a kernel and its headers, and the
# packages of the kernel that comes next; prints a directory, which has
#
#   disk            an ext4 file system of it: to be copied, as guests write to it
#   kernels/now     its kernel, as tests/vm/kernel.sh makes them, but that modules/
#   kernels/next    has what finds the disk; the same of the kernel that comes next.
#                   modules/order names them in the order in which they are loaded
#
# usage: image.sh [SUITE]        (bookworm, trixie; bookworm if not given)
#
# It is the Debian that tests/package installs the package in.

. "$(dirname "$0")/../vm/lib.sh"

suite=${1:-bookworm}

# prune ROOT - takes away the drivers of what a guest does not have. depmod reads them all,
# each time that a module comes or goes, and an emulator takes a minute for that.
prune()
{
	for modules in "$1"/lib/modules/*/kernel "$1"/usr/lib/modules/*/kernel; do
		[ -d "$modules" ] || continue
		rm -rf "$modules/sound" "$modules/net"
		find "$modules/drivers" -mindepth 1 -maxdepth 1 ! -name xen ! -name nvme \
			-exec rm -r {} +
	done
}

# repack FILE.deb DIRECTORY - the same package without those, and not compressed: to unpack
# xz takes longest of all that dpkg does.
repack()
{
	rm -rf "$XE_SCRATCH/deb"
	mkdir -p "$XE_SCRATCH/deb/data"
	(
		cd "$XE_SCRATCH/deb"
		ar x "$1"
		dpkg-deb --fsys-tarfile "$1" | tar -xpC data
		prune data
		rm data.tar.*
		tar -cf data.tar -C data .
		ar rc "$2/${1##*/}" debian-binary control.tar.* data.tar
	)
}

repack_next()
{
	mkdir "$1"
	for deb in "$base"/next/*.deb; do
		repack "$deb" "$1"
	done
}

# Without a machine's number systemd would take this for its first boot, and set up every
# unit anew. What is written has to be another file than the one of that name was.
configure()
{
	rm -f "$1/etc/machine-id" "$1/etc/hostname" "$1/etc/hosts" "$1/etc/fstab"
	echo 20260101000000000000000000000001 >"$1/etc/machine-id"
	echo debian >"$1/etc/hostname"
	echo '127.0.0.1 localhost debian' >"$1/etc/hosts"
	echo '/dev/nvme0n1 / ext4 defaults 0 0' >"$1/etc/fstab"
}

# copy_modules ROOT RELEASE DIRECTORY
copy_modules()
{
	mkdir "$3"
	modprobe -d "$1" -S "$2" -a --show-depends nvme ext4 |
		sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
		while read -r file; do
			name=$(basename "${file%.xz}" .ko)
			case $file in
			*.xz) xz -dc "$file" >"$3/$name.ko" ;;
			*) cp "$file" "$3/$name.ko" ;;
			esac
			echo "$name" >>"$3/order"
		done
}

# make_kernel ROOT DIRECTORY - of the only one that is in ROOT.
make_kernel()
{
	release=$(basename "$1"/lib/modules/*)
	mkdir -p "$2"
	echo "$release" >"$2/release"
	# Newer ones stand beside their modules.
	for file in "$1/boot/vmlinuz-$release" "$1/lib/modules/$release/vmlinuz"; do
		[ ! -f "$file" ] || cp "$file" "$2/vmlinuz"
	done
	"$XE_VM/vmlinux.sh" "$2/vmlinuz" >"$2/vmlinux"
	copy_modules "$1" "$release" "$2/modules"
}

# unpack_next NEXT ROOT - the kernel alone, with its modules where kmod looks for them.
unpack_next()
{
	mkdir -p "$2/usr/lib"
	ln -s usr/lib "$2/lib"
	for deb in "$1"/linux-image-*.deb "$1"/linux-binary-*.deb "$1"/linux-modules-*.deb; do
		[ -f "$deb" ] || continue
		dpkg-deb --fsys-tarfile "$deb" | tar -xC "$2" --keep-directory-symlink
	done
	depmod -b "$2" "$(basename "$2"/lib/modules/*)"
}

# The tree that becomes the disk has links to the files of the other.
build_image()
{
	cp -al "$base" "$1/root"
	rm -r "$1/root/next"
	prune "$1/root"
	depmod -b "$1/root" "$(basename "$1"/root/lib/modules/*)"
	repack_next "$1/root/next"
	configure "$1/root"
	truncate -s 4G "$1/disk"
	mke2fs -q -F -t ext4 -d "$1/root" "$1/disk"
	make_kernel "$base" "$1/kernels/now"
	unpack_next "$1/root/next" "$XE_SCRATCH/next"
	make_kernel "$XE_SCRATCH/next" "$1/kernels/next"
	rm -r "$1/root"
}

make_image()
{
	say "Making a disk with a Debian $suite"
	quietly "making a disk with a Debian $suite" build_image "$1"
}

need_packages e2fsprogs binutils xz-utils dpkg kmod
base=$("$XE_TOP/tests/package/chroot.sh" "$suite")
need_space 6000
need_scratch
key=$(cat "$0" "$XE_VM/vmlinux.sh" "$base/var/lib/dpkg/status" | sha256sum | cut -c 1-16)
image=$XE_CACHE/disks/$suite-$key
make_once "$image" make_image
echo "$image"
