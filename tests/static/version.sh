#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the built module says of itself: its version is dkms.conf's. So is that of
# the Debian package, and no other file names one.
#
# usage: version.sh

. "$(dirname "$0")/lib.sh"

module=$("$XE_VM/module.sh")
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$XE_TOP/dkms.conf")

# expect FIELD VALUE - a field of the module's own description.
expect()
{
	has=$(/sbin/modinfo -F "$1" "$module")
	[ "$has" = "$2" ] || echo "the module's $1 is '$has', and not '$2'"
}

expect version "$version"
expect name xen_evtchn
expect license GPL
expect author "xen-evtchn developers"

package=$(sed -n '1s/^xen-evtchn (\(.*\)) .*/\1/p' "$XE_TOP/debian/changelog")
[ "$package" = "$version" ] ||
	echo "the package's version is '$package' in debian/changelog, and not '$version'"

cd "$XE_TOP"
all_files | tr '\n' '\0' |
	xargs -0 grep -nE 'xen-evtchn[-_/ ][0-9]+\.[0-9]+\.[0-9]' /dev/null || :
