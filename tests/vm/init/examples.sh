#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the examples, over our driver, and over the in-tree one if the guest has it.

# shellcheck source=lib.sh
. /etc/lib.sh

n=0

# check STATUS PATTERN NAME COMMAND... - COMMAND ends with STATUS, and says one line at
# least like PATTERN.
check()
{
	want=$1 pattern=$2 name=$3 status=0
	shift 3
	n=$((n + 1))
	timeout 300 "$@" >/tmp/said 2>&1 || status=$?
	sed 's/^/# /' /tmp/said
	if [ $status = "$want" ] && grep -qE "$pattern" /tmp/said; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		echo "# it ended with status $status; '$pattern' was looked for"
	fi
}

over_ours()
{
	check 0 'interdomain.*exists' "peer tells of a port whose other end goes" \
		evtchn-peer 0 32751
	check 0 '^domain 32751 does not exist' "peer tells of domains" evtchn-peer 32751
	check 0 '^6464 events by [0-9]+ waits$' "batch takes events of 64 ports" evtchn-batch
	check 0 '^1000 events$' "eventfd sends and takes events" evtchn-eventfd
	check 0 '^6464 events, slept [0-9]+ times$' "ring takes events of 64 ports" evtchn-ring
	check 0 ', and without them$' "the header does by the stock calls what the driver does" \
		evtchn-same
}

over_stock()
{
	check 2 'not ours' "over the in-tree driver peer says that it can't" evtchn-peer
	check 0 'by the stock calls' "batch does it by the stock calls" evtchn-batch
	check 2 'not ours' "eventfd says that it can't" evtchn-eventfd
	check 0 'by the stock calls' "ring does it by the stock calls" evtchn-ring
	check 0 'by the stock calls$' "the header does so over the in-tree driver" evtchn-same
}

all()
{
	over_ours
	if [ -f /lib/modules/stock.ko ]; then
		rmmod xen_evtchn && insmod /lib/modules/stock.ko || return
		over_stock
	fi
	echo "1..$n"
}

load xen-evtchn
run_tests all
rmmod xen_evtchn || finish 1
finish
