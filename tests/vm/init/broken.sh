#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: one of the ways to go wrong that selftest.sh wants to see fail.
# usage: guest.sh --bare --module none --init broken.sh --args WAY

# shellcheck source=lib.sh
. /etc/lib.sh

two_tests()
{
	echo 1..2
	echo "ok 1 - this"
	echo "ok 2 - that"
}

case $ARGS in
sound) ;;
hang) echo 1..2 && sleep 10000 ;;
panic) echo c >/proc/sysrq-trigger ;;
# As the kernel words it, among its own lines, where "quiet" hides it.
warn) echo '<4>WARNING: CPU: 0 PID: 1 at a/file.c:1 a_function+0x1/0x2' >/dev/kmsg ;;
silent) reboot -f ;;
esac

run_tests two_tests

[ "$ARGS" != lie ] || echo "ok 3 - one that never ran" >>/tmp/tap
finish
