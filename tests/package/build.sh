#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the Debian package; prints the .deb file.
#
# usage: build.sh [DIRECTORY]      (for what comes out; in the cache if not given)
#
# What the tree holds is copied first, so that nothing is left behind in the checkout
# and nothing of an earlier build gets into the package.

. "$(dirname "$0")/../static/lib.sh"

copy_tree()
{
	mkdir "$1"
	(cd "$XE_TOP" && all_files | tr '\n' '\0' | xargs -0 cp --parents -p -t "$1")
}

build()
{
	(cd "$1" && dpkg-buildpackage --unsigned-source --unsigned-changes)
}

need_packages debhelper dh-dkms dpkg-dev make perl-base git
need_scratch
out=${1:-$XE_CACHE/package}
mkdir -p "$out" || die "can not write to $out"
copy_tree "$XE_SCRATCH/xen-evtchn"
quietly "building the Debian package" build "$XE_SCRATCH/xen-evtchn" || exit 1
rm -r "$XE_SCRATCH/xen-evtchn"
mv -f "$XE_SCRATCH"/* "$out/"
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$XE_TOP/debian/changelog")
echo "$(cd "$out" && pwd)/xen-evtchn-dkms_${version}_all.deb"
