#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the races over the driver that it was given.
# usage: guest.sh --init races.sh --add evtchn-races [--args WORDS]

# shellcheck source=lib.sh
. /etc/lib.sh

load xen-privcmd
load xen-evtchn
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-races $ARGS
# Whatever the races left behind would keep it from going.
rmmod xen_evtchn || finish 1
finish
