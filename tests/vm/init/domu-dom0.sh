#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: dom0 of tests/conformance/domu.sh. It makes a domU and the other ends of
# its channels, and relays the TAP of the domU's tests.

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

quiet=600	# seconds in which the domU says nothing, and is given up

domu_created()
{
	start_echo evtchn-echo 1 || return 1
	sed "s/@ARGS@/conformance.peer=0:$ports/" /etc/xen/domu.cfg.in >/etc/xen/domu.cfg
	timeout 300 xl create /etc/xen/domu.cfg >/tmp/create.out 2>&1
}

# What dom0's driver says of a domain that was there.
after_domu()
{
	CONFORMANCE_GONE=$1 /bin/evtchn-conformance --only 'X03 a domain that was destroyed*'
}

domu()
{
	load_drivers && start_toolstack && domu_created ||
		trouble "no domU could be started" || return 1
	result=0
	follow_domu domu $quiet || result=1
	relay_domu domu >/tmp/relayed || result=1
	domid=$(xl domid domu)
	timeout 120 xl destroy domu >/tmp/xl.out 2>&1 || result=1
	kill "$server"
	wait "$server"
	after_domu "$domid" >>/tmp/relayed || result=1
	# Of three programs' tests, one plan.
	awk '
		/^1\.\./ { next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		{ print }
		END { print "1.." n + 0 }' /tmp/relayed
	return $result
}

run_tests domu
show_domu_console domu
finish
