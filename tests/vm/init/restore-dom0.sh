#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: dom0 of tests/restore/run.sh. It suspends its domU when that asks
# for it, and relays the TAP of the domU's tests.

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

image=/tmp/image
quiet=200	# seconds in which the domU says nothing, and is given up

domu_created()
{
	# The domids that it has in turn: a domain that is restored is another one.
	start_echo evtchn-echo 1 2 3 || return 1
	sed "s/@ARGS@/restore.ports=$ports/" /etc/xen/restore.cfg.in >/etc/xen/restore.cfg
	timeout 60 xl create /etc/xen/restore.cfg >/tmp/create.out 2>&1
}

# dom0 sends all the while, so that an event comes as the domain is suspended.
cancelled()
{
	timeout 120 xl save -c restore $image >/tmp/save.out 2>&1 &
	saving=$!
	while kill -0 $saving 2>/dev/null; do
		kill -USR1 "$server"
		usleep 200000
	done
	wait $saving || return 1
	rm $image
	[ "$(xl domid restore)" = "$1" ]
}

restored()
{
	timeout 120 xl save restore $image >/tmp/save.out 2>&1 || return 1
	! xl domid restore >/dev/null 2>&1 || return 1
	timeout 120 xl restore $image >/tmp/restore.out 2>&1 || return 1
	rm $image
	# It has to be another domain, or the test is none.
	[ "$(xl domid restore)" != "$1" ]
}

# suspend_domu HOW - what it has asked for.
suspend_domu()
{
	read -r before _ </proc/uptime
	domid=$(xl domid restore)
	case $1 in
	cancel) cancelled "$domid" || trouble "the cancelled suspend" || return 1 ;;
	restore) restored "$domid" || trouble "save and restore" || return 1 ;;
	esac
	read -r after _ </proc/uptime
	echo "# $1: domain $domid, now $(xl domid restore)," \
		"in $((${after%.*} - ${before%.*})) s"
}

on_line()
{
	case $1 in
	*'suspend me: '*) suspend_domu "${1##*: }" ;;
	esac
}

restore()
{
	load_drivers && start_toolstack && domu_created ||
		trouble "no domU could be started" || return 1
	result=0
	follow_domu restore $quiet on_line || result=1
	relay_domu restore || result=1
	timeout 30 xl destroy restore >/tmp/xl.out 2>&1 || result=1
	kill "$server"
	wait "$server"
	return $result
}

run_tests restore
show_domu_console restore
finish
