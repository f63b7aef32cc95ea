#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the domU of tests/conformance/domu.sh. Its $ARGS are for the program.

# shellcheck source=lib.sh
. /etc/lib.sh

# The tests ask Xen about ports, which a domU's privcmd otherwise does not let them.
insmod /lib/modules/xen-privcmd.ko unrestricted=1 || stay 1
load_for_xen xen-gntdev xen-gntalloc
load xen-evtchn
CONFORMANCE_PEER=$(argument conformance.peer)
export CONFORMANCE_PEER
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-conformance $ARGS
rmmod xen_evtchn || stay 1
stay
