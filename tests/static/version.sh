#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the built module says of itself: its version is dkms.conf's.
#
# usage: version.sh

. "$(dirname "$0")/lib.sh"

module=$("$XE_VM/module.sh")

# expect FIELD VALUE - a field of the module's own description.
expect()
{
	has=$(/sbin/modinfo -F "$1" "$module")
	[ "$has" = "$2" ] || echo "the module's $1 is '$has', and not '$2'"
}

expect version "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$XE_TOP/dkms.conf")"
expect name xen_evtchn
expect license GPL
expect author "xen-evtchn developers"
