#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the conformance program over the driver that it was given.
# usage: guest.sh --init conformance.sh --add evtchn-conformance [--args WORDS]

# shellcheck source=lib.sh
. /etc/lib.sh

load_for_xen xen-privcmd xen-gntdev xen-gntalloc
load xen-evtchn
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-conformance $ARGS
rmmod xen_evtchn || finish 1
finish
