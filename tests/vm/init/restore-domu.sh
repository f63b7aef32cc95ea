#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the domU of tests/restore/run.sh. Its $ARGS are for the program.

# shellcheck source=lib.sh
. /etc/lib.sh

channels_left()
{
	grep -c evtchn: /proc/interrupts
}

load xen-evtchn
RESTORE_PORTS=$(argument restore.ports)
export RESTORE_PORTS
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-restore $ARGS
# What was killed last needs a moment.
sleep 1
[ "$(channels_left)" = 0 ] || say "channels left: $(channels_left)"
rmmod xen_evtchn || stay 1
stay
