#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# How long the events of /dev/xen/evtchn take, by the driver's tracepoints: from the upcall
# until a client has read the port's number, which is how long the client was not there; and
# from then until it has written the number back, which is how long the port was masked.
# Prints a line for each port and each of the two, in microseconds.
#
# usage: latency.sh [SECONDS]        (10 if not given)
#
# As root. All it needs is tracefs, a shell, awk, sort; who traces otherwise is not
# disturbed, as it has a buffer of its own.

set -eu

tracing=/sys/kernel/tracing

die()
{
	echo "latency.sh: $*" >&2
	exit 1
}

seconds=${1:-10}
case $seconds in
*[!0-9]*) die "usage: latency.sh [SECONDS]" ;;
esac
[ -d "$tracing/events" ] || mount -t tracefs tracefs "$tracing" 2>/dev/null ||
	die "tracefs can not be had: not root, or a kernel without it"
[ -d "$tracing/events/xen_evtchn" ] ||
	die "there are no tracepoints xen_evtchn: xen-evtchn.ko of this project is not loaded"

mine=$tracing/instances/xen-evtchn-latency.$$
mkdir "$mine"
trap 'rmdir "$mine"' EXIT
trap 'exit 1' HUP INT TERM

# Of one clock for all CPUs, as an event may be read on another than it came on.
echo global >"$mine/trace_clock"
echo 4096 >"$mine/buffer_size_kb"
for event in upcall read rearm; do
	echo 1 >"$mine/events/xen_evtchn/evtchn_$event/enable"
done
echo "Tracing for $seconds s" >&2
sleep "$seconds"
echo 0 >"$mine/tracing_on"

lost=$(cat "$mine"/per_cpu/cpu*/stats | awk '/^overrun:/ { n += $2 } END { print n + 0 }')
[ "$lost" = 0 ] || echo "latency.sh: too many events: the first $lost are not counted" >&2

# "FILE PORT STAGE MICROSECONDS" for each event. One that was latched comes as the last is
# written back. What was under way as this began is not counted.
awk '
	!match($0, / [0-9]+\.[0-9]+: evtchn_[a-z]+: file=[0-9]+ port=[0-9]+/) { next }
	{
		split(substr($0, RSTART + 1, RLENGTH - 1), word, " ")
		now = word[1] * 1e6
		event = word[2]
		key = substr(word[3], 6) " " substr(word[4], 6)
		latched = / latched=1/
	}
	event == "evtchn_upcall:" && !latched { came[key] = now }
	event == "evtchn_read:" {
		if (key in came)
			print key, "upcall-read", now - came[key]
		delete came[key]
		got[key] = now
	}
	event == "evtchn_rearm:" {
		if (key in got)
			print key, "read-rearm", now - got[key]
		delete got[key]
		delete came[key]
		if (latched)
			came[key] = now
	}' "$mine/trace" |
	sort -k1,1 -k2,2n -k3,3r -k4,4n |
	awk '
		function show(median, p99) {
			if (!n)
				return
			median = int((n + 1) / 2)
			p99 = int((99 * n + 99) / 100)
			printf form, name[1], name[2], name[3], n, us[1], us[median], us[p99], us[n]
		}
		BEGIN {
			form = "%6s %6s %-11s %7d %9.0f %9.0f %9.0f %9.0f\n"
			head = form
			gsub(/d|\.0f/, "s", head)
			printf head, "file", "port", "stage", "count", "min", "median", "p99", "max"
		}
		{ key = $1 " " $2 " " $3 }
		key != last { show(); n = 0; last = key; split(key, name, " ") }
		{ us[++n] = $4 }
		END { show() }'
