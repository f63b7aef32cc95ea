#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the domU of tests/conformance/domu.sh. Its $ARGS are for the program.

# shellcheck source=lib.sh
. /etc/lib.sh

# What STATUS and PEER are for: they are asked where privcmd lets nobody ask Xen.
without_privcmd()
{
	insmod /lib/modules/xen-privcmd.ko || return
	/bin/evtchn-conformance --only 'X0[23]*' >/tmp/locked
	status=$?
	sed -n 's/^\(ok\|not ok\) \([0-9]* - \)/\1 \2privcmd locked: /p; /^#/p' /tmp/locked
	rmmod xen_privcmd || return
	grep -q 'SKIP privcmd refuses hypercalls' /tmp/locked || return
	return $status
}

# The other tests ask Xen about ports, which a domU's privcmd otherwise does not let them.
with_privcmd()
{
	insmod /lib/modules/xen-privcmd.ko unrestricted=1 || return
	load_for_xen xen-gntdev xen-gntalloc
	# That port of the other domain's has been closed.
	# shellcheck disable=SC2086 # words
	/bin/evtchn-conformance --skip 'X03 another domain exists*' $ARGS
}

both()
{
	result=0
	without_privcmd || result=1
	with_privcmd || result=1
	return $result
}

load xen-evtchn
CONFORMANCE_PEER=$(argument conformance.peer)
export CONFORMANCE_PEER
run_tests both
rmmod xen_evtchn || stay 1
stay
