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

start_toolstack()
{
	mkdir -p /run/xen /run/xenstored /run/lock /var/lib/xenstored /var/lib/xen \
		/var/log/xen/console
	xenstored --pid-file /run/xenstored.pid >/tmp/xenstored.out 2>&1
	wait_for 20 [ -S /run/xenstored/socket ] || return 1
	timeout 30 xen-init-dom0 >/tmp/init-dom0.out 2>&1 || return 1
	xenconsoled --log=all --pid-file=/run/xenconsoled.pid >/tmp/xenconsoled.out 2>&1
	wait_for 20 pidof xenconsoled || return 1
	wait_for 20 count_channels xenconsoled
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
