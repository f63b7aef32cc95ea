#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the domU of demo.sh. It loads the module, sends and counts events
# with its dom0, reports, and keeps its channels open until it is destroyed.

# shellcheck source=lib.sh
. /etc/lib.sh

load xen-evtchn
cd /sys/module/xen_evtchn || finish 1
say "domU: xen_evtchn version $(cat version), srcversion $(cat srcversion), taint $(cat taint)"
say "domU: Linux $(uname -r), guest type $(cat /sys/hypervisor/guest_type)"
ports=$(argument demo.ports)
evtchn-pingpong connect 0 "${ports%:*}" "${ports#*:}" "$(argument demo.rounds)" 2>&1 |
	while read -r line; do
		say "client: $line"
		[ "$line" != "done" ] || report 0
	done
finish 1
