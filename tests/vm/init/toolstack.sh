# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, after lib.sh, by the init scripts of a dom0 with Debian's toolstack.
#
# usage: . /etc/toolstack.sh

show()
{
	sed 's/^/#      /'
}

# wait_for SECONDS COMMAND... - asks twice a second: asking takes processor time
# from the one who is to answer.
wait_for()
{
	read -r limit _ </proc/uptime
	limit=$((${limit%.*} + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt "$limit" ] || return 1
		usleep 500000
	done
}

# open_files PROCESS - what one of Debian's programs has open of /dev/xen.
open_files()
{
	pid=$(pidof "$1" | cut -d ' ' -f 1)
	for fd in /proc/"$pid"/fd/*; do
		file=$(readlink "$fd")
		case $file in
		/dev/xen/*) echo "$1 (pid $pid): fd ${fd##*/} -> $file" ;;
		esac
	done
}

count_channels()
{
	grep -c "evtchn:$1" /proc/interrupts
}

load_drivers()
{
	load_for_xen xen-privcmd xen-gntdev xen-gntalloc || return 1
	load xen-evtchn
}

# start_toolstack - with C xenstored, or with what $store names.
start_toolstack()
{
	mkdir -p /run/xen /run/xenstored /run/lock /var/lib/xenstored /var/lib/xen \
		/var/log/xen/console
	"${store:-xenstored}" --pid-file /run/xenstored.pid >/tmp/xenstored.out 2>&1
	wait_for 120 [ -S /run/xenstored/socket ] || return 1
	timeout 120 xen-init-dom0 >/tmp/init-dom0.out 2>&1 || return 1
	xenconsoled --log=all --pid-file=/run/xenconsoled.pid >/tmp/xenconsoled.out 2>&1
	wait_for 120 pidof xenconsoled || return 1
	wait_for 120 count_channels xenconsoled
}

domu_console()
{
	echo "/var/log/xen/console/guest-$1.log"
}

# domu_says NAME - the domU's console so far.
domu_says()
{
	sed 's/\r//' "$(domu_console "$1")" 2>/dev/null
}

# The verdict looks through this as well; the domU's kernel log is in it.
show_domu_console()
{
	say "console of the domU"
	domu_says "$1" | sed 's/^/domU: /'
}

# trouble WHY - what the toolstack has said may tell more.
trouble()
{
	echo "Bail out! $1"
	tail -n 20 /tmp/*.out /var/log/xen/*.log 2>/dev/null | show
	return 1
}

# follow_domu NAME SECONDS [COMMAND] - until the domU's tests are done; trouble if it says
# nothing for so long. Each line that is not a test's is given to COMMAND. The domU is not asked:
# tail looks by itself once a second, and what a shell takes to look is processor time
# that the domU is to have. Its tests are only shown here, as they are counted: see
# relay_domu.
follow_domu()
{
	mkfifo /tmp/console
	tail -n +1 -F "$(domu_console "$1")" 2>/dev/null >/tmp/console &
	tail=$!
	status=0
	follow_lines "$2" "${3-:}" </tmp/console || status=1
	kill $tail
	rm /tmp/console
	return $status
}

follow_lines()
{
	cr=$(printf '\r')
	# shellcheck disable=SC3045 # busybox has it
	while read -r -t "$1" line; do
		line=${line%"$cr"}
		case $line in
		ok* | not\ ok*) say "domU: $line" >/dev/console ;;
		*'XEN-EVTCHN-RIG: done'*) return ;;
		*) "$2" "$line" </dev/null || return 1 ;;
		esac
	done
	trouble "the domU says nothing more"
}

# relay_domu NAME - the TAP of its tests; whether they went well.
relay_domu()
{
	domu_says "$1" | sed '/XEN-EVTCHN-RIG: kernel log/,$d' |
		grep -E '^(1\.\.[0-9]|ok |not ok |Bail out!|#)'
	domu_says "$1" | grep -q 'XEN-EVTCHN-RIG: done 0'
}

# start_echo PROGRAM DOMID... - it makes channels for each; sets $server, and $ports to
# what it calls them.
# shellcheck disable=SC2034 # both are the caller's
start_echo()
{
	"$@" >/tmp/echo.out 2>&1 &
	server=$!
	wait_for 120 grep -q '^ports' /tmp/echo.out || return 1
	ports=$(sed -n 's/^ports //p' /tmp/echo.out | tr ' ' ,)
}
