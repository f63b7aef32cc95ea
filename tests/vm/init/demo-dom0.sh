#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: dom0 of demo.sh. Its output is TAP, a test a step: the headline as
# a comment before the step, what there is to see as comments below.
#
# usage: guest.sh --init demo-dom0.sh --args "VERSION SRCVERSION"    (of the module)

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

# shellcheck disable=SC2086 # words
set -- $ARGS
version=$1 srcversion=$2
rounds=200
domu_log=/var/log/xen/console/guest-demo.log
steps=0

# step HEADLINE COMMAND - a failed one ends it all: the next would mean nothing.
step()
{
	steps=$((steps + 1))
	echo "# "
	echo "#   $steps. $1"
	if $2; then
		echo "ok $steps - $1"
		return
	fi
	echo "not ok $steps - $1"
	echo "# What there is to see of the failure:"
	# shellcheck disable=SC2009 # busybox's pgrep shows no arguments
	ps | grep xen | show
	tail -n 20 $domu_log /tmp/*.out /var/log/xen/*.log 2>/dev/null | show
	exit 1
}

# xl is served by the daemons: it has hypercalls of its own, and no channel.
xl_files()
{
	open_files xl >/tmp/xl.files
	echo "xl (pid $(pidof xl)): $(grep -c evtchn /tmp/xl.files) x evtchn," \
		"$(grep -c 'privcmd\|hypercall' /tmp/xl.files) x privcmd and hypercall;" \
		"it waits for the domU by way of xenstored"
}

# --- the steps ----------------------------------------------------------------

module_loaded()
{
	load_drivers || return 1
	cd /sys/module/xen_evtchn || return 1
	{
		echo "Linux $(uname -r), dom0 of Xen" \
			"$(cat /sys/hypervisor/version/major).$(cat /sys/hypervisor/version/minor)," \
			"guest type $(cat /sys/hypervisor/guest_type)"
		echo "xen_evtchn version $(cat version), srcversion $(cat srcversion), taint $(cat taint)"
		ls -l /dev/xen/evtchn
	} | show
	# The srcversion is that of the module just built; Debian's own driver is in
	# the kernel's tree, and has no O.
	[ "$(cat version)" = "$version" ] && [ "$(cat srcversion)" = "$srcversion" ] &&
		grep -q O taint && grep -q PV /sys/hypervisor/guest_type &&
		grep -q control_d /proc/xen/capabilities && [ -c /dev/xen/evtchn ]
}

toolstack_runs()
{
	start_toolstack || return 1
	for daemon in xenstored xenconsoled; do
		open_files $daemon | grep evtchn || return 1
	done >/tmp/files
	timeout 30 xl list >/tmp/xl.out 2>&1 || return 1
	cat /tmp/files /tmp/xl.out | show
}

# The ports are made for domain 1 before there is one, and reach it by the kernel's
# command line.
domu_created()
{
	evtchn-pingpong serve 1 $rounds >/tmp/serve.out 2>&1 &
	server=$!
	wait_for 20 grep -q '^ports' /tmp/serve.out || return 1
	ports=$(sed -n 's/^ports //p' /tmp/serve.out)
	sed "s/@ARGS@/demo.ports=${ports% *}:${ports#* } demo.rounds=$rounds/" \
		/etc/xen/demo.cfg.in >/etc/xen/demo.cfg
	timeout 60 xl create /etc/xen/demo.cfg >/tmp/xl.out 2>&1 || return 1
	{
		timeout 30 xl list
		open_files xenconsoled | grep evtchn
		xl_files
	} | show
	wait_for 90 grep -q 'RIG: domU' $domu_log || return 1
	sed -n 's/\r//; s/.*RIG: domU: /domU: /p' $domu_log | show
	grep -q "domU: xen_evtchn version $version, srcversion $srcversion" $domu_log
}

# Waiting for a server that has given up would be in vain.
ended_or_done()
{
	grep -q '^done' /tmp/serve.out || ! kill -0 "$server"
}

events_counted()
{
	wait_for 60 ended_or_done || return 1
	wait_for 60 grep -q 'RIG: client: done' $domu_log || return 1
	sed -n '/events came/s/^/dom0: /p' /tmp/serve.out | show
	sed -n 's/\r//; /done/d; s/.*RIG: client: /domU: /p' $domu_log | show
	grep 'evtchn:evtchn-pingpong' /proc/interrupts | sed 's/^ */dom0: irq /; s/  */ /g' | show
	grep -q "^$rounds events came from domain 1, $rounds went back" /tmp/serve.out &&
		grep -q "$rounds events went to domain 0, $rounds came back" $domu_log &&
		[ "$(count_channels evtchn-pingpong)" = 2 ]
}

# Checked by the program itself; its words are the proof.
unmask_respected()
{
	sed -n 's/^port /dom0: port /p' /tmp/serve.out | show
	grep -q '^port masked: 5 more notifies, 0 events' /tmp/serve.out &&
		grep -q '^port unmasked: 1 event, then 0' /tmp/serve.out
}

# The domain goes while its client and our server have the channels open.
domu_destroyed()
{
	wait_for 60 grep -q 'RIG: done 0' $domu_log || return 1
	timeout 30 xl destroy demo >/tmp/xl.out 2>&1 || return 1
	timeout 30 xl list >/tmp/xl.out 2>&1 || return 1
	show </tmp/xl.out
	! grep -q demo /tmp/xl.out || return 1
	kill "$server" || return 1
	wait "$server"
	left=$(count_channels evtchn-pingpong)
	echo "channels that evtchn-pingpong left behind: $left" | show
	[ "$left" = 0 ]
}

all_closed()
{
	kill "$(pidof xenconsoled)"
	wait_for 20 sh -c '! pidof xenconsoled' || return 1
	# A xenstored is not meant to end, so it takes no notice of a kind word.
	kill -9 "$(pidof xenstored)"
	wait_for 20 sh -c '! pidof xenstored' || return 1
	left=$(count_channels '')
	rmmod xen_evtchn || return 1
	echo "channels left: $left; the module unloaded, /dev/xen has: $(cd /dev/xen && echo *)" | show
	[ "$left" = 0 ] && [ ! -e /dev/xen/evtchn ] && [ ! -d /sys/module/xen_evtchn ]
}

demo()
{
	echo "1..7"
	step "Our module in a PV dom0 under real Xen" module_loaded
	step "Debian's unmodified toolstack over it" toolstack_runs
	step "A PV domU by xl, with the same module" domu_created
	step "Events between the two, by the stock libxenevtchn" events_counted
	step "A masked port stays silent until it is unmasked" unmask_respected
	step "The domU destroyed with its channels open" domu_destroyed
	step "Everything closed, the module unloaded" all_closed
}

run_tests demo
show_domu_console demo
finish
