#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the fuzzer over the driver that it was given.
# usage: guest.sh --init fuzz.sh --add evtchn-fuzz [--args WORDS]

# shellcheck source=lib.sh
. /etc/lib.sh

load_for_xen xen-privcmd
load xen-evtchn
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-fuzz $ARGS
rmmod xen_evtchn || finish 1
finish
