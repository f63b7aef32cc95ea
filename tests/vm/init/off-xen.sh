#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: without Xen the module refuses to load, with ENODEV and one line
# in the kernel log that says why.
# usage: guest.sh --bare --init off-xen.sh

# shellcheck source=lib.sh
. /etc/lib.sh

# The module's own lines in the kernel log, without their times: busybox's insmod
# tries twice, by finit_module and by init_module.
log_lines()
{
	dmesg | sed -n 's/^\[[^]]*\] \(xen-evtchn: \)/\1/p' | sort -u
}

off_xen()
{
	echo 1..3
	said=$(insmod /lib/modules/xen-evtchn.ko 2>&1) && printf 'not '
	echo "ok 1 - off Xen the module does not load"
	case $said in
	*'No such device'*) ;;
	*) printf 'not ' ;;
	esac
	echo "ok 2 - insmod is told ENODEV"
	[ "$(log_lines | wc -l)" = 1 ] || printf 'not '
	echo "ok 3 - one line in the kernel log says why"
	log_lines | sed 's/^/# /'
}

run_tests off_xen
finish
