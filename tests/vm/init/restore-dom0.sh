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

trouble()
{
	echo "Bail out! $1"
	tail -n 20 /tmp/*.out /var/log/xen/*.log 2>/dev/null | sed 's/^/#      /'
	return 1
}

domu_created()
{
	# The domids that it has in turn: a domain that is restored is another one.
	evtchn-echo 1 2 3 >/tmp/echo.out 2>&1 &
	server=$!
	wait_for 20 grep -q '^ports' /tmp/echo.out || return 1
	ports=$(sed -n 's/^ports //p' /tmp/echo.out | tr ' ' ,)
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

# serve - until the domU is done. It is not asked: tail looks by itself once a second, and
# what a shell takes to look is processor time that the domU is to have. The tests
# are relayed when all is over, as they are counted; here they are to look on.
serve()
{
	cr=$(printf '\r')
	# shellcheck disable=SC3045 # busybox has it
	while read -r -t "$quiet" line; do
		line=${line%"$cr"}
		case $line in
		ok* | not\ ok*) say "domU: $line" >/dev/console ;;
		*'suspend me: '*) suspend_domu "${line##*: }" </dev/null || return 1 ;;
		*'XEN-EVTCHN-RIG: done'*) return ;;
		esac
	done
	trouble "the domU says nothing more"
}

relay()
{
	domu_says restore | sed '/XEN-EVTCHN-RIG: kernel log/,$d' |
		grep -E '^(1\.\.[0-9]|ok |not ok |Bail out!|#)'
}

restore()
{
	load_drivers && start_toolstack && domu_created ||
		trouble "no domU could be started" || return 1
	status=0
	mkfifo /tmp/console
	tail -n +1 -F "$(domu_console restore)" 2>/dev/null >/tmp/console &
	serve </tmp/console || status=1
	relay
	domu_says restore | grep -q 'XEN-EVTCHN-RIG: done 0' || status=1
	timeout 30 xl destroy restore >/tmp/xl.out 2>&1 || status=1
	kill "$server" "$(pidof tail)"
	wait "$server"
	return $status
}

run_tests restore
show_domu_console restore
finish
