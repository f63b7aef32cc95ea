#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The rules of this tree that a pattern can tell.
#
# usage: rules.sh

. "$(dirname "$0")/lib.sh"

cd "$XE_TOP"

# forbid WHY PATTERN FILE... - no line of the files may match.
forbid()
{
	why=$1 pattern=$2
	shift 2
	grep -nE "$pattern" "$@" /dev/null | sed "s|^|$why: |" || :
}

drivers=$(c_files drivers)
not_compat=$(echo "$drivers" | grep -v '/compat\.h$')
not_xen=$(echo "$not_compat" | grep -v '/xen\.c$')
everything=$(all_files | grep -vE '^(COPYING|tests/static/rules\.sh)$')

# shellcheck disable=SC2086 # lists of files
{
	forbid "only compat.h knows kernels apart" \
		'LINUX_VERSION|KERNEL_VERSION|HAVE_EVTCHN|RHEL_RELEASE' $not_compat
	forbid "only xen.c knows Xen" '#include <(asm/)?xen/' $not_xen
	forbid "ring.c is a pure data structure" '#include <linux/(xarray|interrupt|irq)|evtchn_(xen|port|file)_[a-z]+\(' \
		drivers/xen/evtchn/ring.c
	forbid "a client must not be able to bring the kernel down" \
		'\<(BUG|BUG_ON|WARN|WARN_ON|WARN_ON_ONCE|panic)\(' $drivers
	forbid "nothing is left for later" '\<(TODO|FIXME|XXX)\>' $everything
	forbid "no host is named" 'https?://(deb|security|registry|ftp|mirror)[.]' $everything
	forbid "a path of one machine" '/(work|tmp/w)/' $everything
}

for file in $(shell_files) $(c_files drivers include tests); do
	head -n 2 "$file" | grep -q 'SPDX-License-Identifier: ' ||
		echo "$file has no SPDX line"
done

# What dkms has given up, and would warn of.
forbid "deprecated by dkms" '^(CLEAN|REMAKE_INITRD|MODULES_CONF|OBSOLETE_BY)' dkms.conf
