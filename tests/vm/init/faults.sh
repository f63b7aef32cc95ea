#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: evtchn-faults over the driver that it was given.
# usage: guest.sh --init faults.sh --add evtchn-faults [--args WORDS]

# shellcheck source=lib.sh
. /etc/lib.sh

# may_fail CACHE - whether allocations from a slab cache are made to fail. Not those
# whose failure the kernel itself does not bear, or reports as a bug:
may_fail()
{
	case $1 in
	# kernel/irq/proc.c does not look whether it could make the files of an
	# irq, and warns when it removes those that are not there.
	proc_dir_entry) return 1 ;;
	# irq_insert_desc() warns.
	maple_node) return 1 ;;
	# Those who look on: they would give up.
	kmemleak_* | debug_objects_cache) return 1 ;;
	esac
}

load_for_xen xen-privcmd
load xen-evtchn
# The module's own caches are there by now. Some share their memory with another one,
# and can not be chosen; not where the kernel runs with slab_nomerge.
for cache in /sys/kernel/slab/*/failslab; do
	name=${cache%/failslab}
	! may_fail "${name##*/}" || echo 1 >"$cache"
done 2>/dev/null
# shellcheck disable=SC2086 # words
run_tests /bin/evtchn-faults $ARGS
rmmod xen_evtchn || finish 1
finish
