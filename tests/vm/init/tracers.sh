#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: Debian's bpftrace and perf look on while evtchn-batch has its events, of
# which the numbers are known.

# shellcheck source=lib.sh
. /etc/lib.sh

# What evtchn-batch does: Xen raises each port once as it is connected, then there are as
# many rounds as notifies. A pair of ports has two ends that are bound.
pairs=64
rounds=100
events=$((pairs * (rounds + 1)))

n=0

# result STATUS NAME
result()
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" && return
	echo "not ok $n - $2"
	return 1
}

show()
{
	tail -n 40 "$@" | sed 's/^/# /'
}

# batch_runs OUTPUT COMMAND... - a tracer, which starts evtchn-batch as soon as it looks on,
# and ends with it. How long that takes is the machine's affair: nothing here has a limit but
# the guest.
batch_runs()
{
	output=$1
	shift
	"$@" >"$output" 2>&1
	status=$?
	show "$output"
	[ $status = 0 ] && grep -q "^$events events by " "$output"
}

# --- bpftrace -----------------------------------------------------------------

# counted NAME - how many events are in a histogram.
counted()
{
	awk -v name="@$1:" '
		/^@/ { on = $1 == name }
		on && /^[[(].*[|]/ {
			split($0, half, "|")
			words = split(half[1], word, " ")
			sum += word[words]
		}
		END { print sum + 0 }' /tmp/bpftrace.out
}

histogram()
{
	count=$(counted "$1")
	result "$([ "$count" = $events ]; echo $?)" "bpftrace: $events events in @$1" ||
		echo "# it has $count"
}

# Not ended by SIGINT: after one that came as soon as all was attached, bpftrace 0.17 went on.
by_bpftrace()
{
	batch_runs /tmp/bpftrace.out bpftrace -c /bin/evtchn-batch /etc/latency.bt
	result $? "bpftrace: evtchn-batch has its events, with latency.bt attached" || return 1
	histogram upcall_to_read_us
	histogram read_to_rearm_us
	! grep '^@latched' /tmp/bpftrace.out
	result $? "bpftrace: no event came before the last one was written back"
}

# --- perf ---------------------------------------------------------------------

# recorded EVENT REST PORTS TIMES - each of so many ports has been told of so many times, in
# a line that has REST.
recorded()
{
	found=$(awk -v event="xen_evtchn:$1:" -v rest="$2" '
		index($0, event) && (rest == "" || index($0, rest)) &&
				match($0, / port=[0-9]+/) {
			times[substr($0, RSTART + 6, RLENGTH - 6)]++
		}
		END {
			for (port in times) {
				ports++
				if (least == "" || times[port] < least)
					least = times[port]
				if (times[port] > most)
					most = times[port]
			}
			print ports + 0, least + 0, most + 0
		}' /tmp/perf.script)
	result "$([ "$found" = "$3 $4 $4" ]; echo $?)" \
		"perf script: $1 ${2:+with $2 }of $3 ports, $4 of each" ||
		echo "# ports, least and most of each: $found"
}

# With room enough for all, so that none is lost if perf has no time to write.
by_perf()
{
	batch_runs /tmp/perf.out perf record -o /tmp/perf.data -m 16M -a -e 'xen_evtchn:*' -- \
		evtchn-batch
	result $? "perf record: evtchn-batch has its events" || return 1
	perf script -i /tmp/perf.data >/tmp/perf.script 2>/tmp/perf.out
	result $? "perf script: it reads what was recorded" || { show /tmp/perf.out && return 1; }
	head -n 4 /tmp/perf.script | show
	recorded evtchn_bind type=unbound $pairs 1
	recorded evtchn_bind type=interdomain $pairs 1
	recorded evtchn_notify result=0 $pairs $rounds
	recorded evtchn_upcall latched=0 $pairs $((rounds + 1))
	recorded evtchn_read '' $pairs $((rounds + 1))
	recorded evtchn_rearm latched=0 $pairs $((rounds + 1))
	recorded evtchn_unbind '' $((2 * pairs)) 1
	lines=$(grep -c 'xen_evtchn:' /tmp/perf.script)
	all=$((4 * pairs + pairs * rounds + 3 * events))
	result "$([ "$lines" = $all ]; echo $?)" "perf script: nothing else, $all in all" ||
		echo "# there are $lines"
}

all()
{
	by_bpftrace
	by_perf
	echo "1..$n"
}

mount -t tracefs tracefs /sys/kernel/tracing || finish 1
load xen-evtchn
run_tests all
rmmod xen_evtchn || finish 1
finish
