#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: the domU of tests/toolstack/run.sh. Its dom0 types commands on its
# console, a number and a command a line, and reads what they say and the status that
# they end with.

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

# The last command: that all is closed as well, and what the kernel has to say.
leave()
{
	left=$(count_channels '')
	echo "channels left: $left"
	rmmod xen_evtchn || left=1
	report "$left"
	[ "$left" = 0 ]
}

# What a command reads is the console, too.
serve()
{
	while read -r number command; do
		say "begin $number"
		eval "$command"
		say "end $number $?"
	done
}

load_drivers || finish 1
# What goes over the console is neither echoed nor changed.
stty raw -echo
say "domU: $(cat /sys/hypervisor/guest_type)," \
	"srcversion $(cat /sys/module/xen_evtchn/srcversion 2>/dev/null)"
serve
say "the console ended"
finish 1
