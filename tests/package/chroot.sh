#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A small Debian of its own, with dkms, a kernel and that kernel's headers, and
# another kernel's packages that are not installed yet; prints its directory.
#
# usage: chroot.sh [SUITE]        (bookworm, trixie; bookworm if not given)
#
# Nobody runs anything in it: install.sh makes a copy.

. "$(dirname "$0")/../vm/lib.sh"

suite=${1:-bookworm}
case $suite in
bookworm) from=bookworm next=6.12-amd64 ;;
trixie) from=trixie-backports next=amd64 ;;
*) die "which kernel comes next in Debian $suite is not known" ;;
esac

# systemd for its unit files to be checked by, openssl for dkms to sign with. Nothing
# boots here, so no initramfs is made, which would take longer than all the rest. /next
# gets the packages of the kernel that comes next, and none that is installed.
bootstrap()
{
	# shellcheck disable=SC2016 # for the hooks' shell
	for name in "$suite" "$from"; do
		"$XE_VM/fetch.sh" --sources "$name"
	done | sort -u |
		mmdebstrap --mode=root --variant=apt \
			--include=dkms,gcc,make,openssl,systemd,kmod \
			--include=linux-image-amd64,linux-headers-amd64 \
			--skip=cleanup/apt \
			--essential-hook='chroot "$1" dpkg-divert --local --rename \
				--add /usr/sbin/update-initramfs' \
			--essential-hook='ln -s /bin/true "$1/usr/sbin/update-initramfs"' \
			--customize-hook='chroot "$1" apt-get clean' \
			--customize-hook="chroot \"\$1\" apt-get -y --download-only \
				-t $from install linux-image-$next linux-headers-$next" \
			--customize-hook='mkdir "$1/next"' \
			--customize-hook='mv "$1"/var/cache/apt/archives/*.deb "$1/next/"' \
			"$suite" "$1" -
}

make_chroot()
{
	say "Making a Debian $suite"
	quietly "making a Debian $suite" bootstrap "$1"
}

[ "$(id -u)" = 0 ] || die "only root can make a Debian $suite"
need_packages mmdebstrap
need_space 3000
root=$XE_CACHE/chroots/$suite-then-$next-of-$from
make_once "$root" make_chroot
echo "$root"
