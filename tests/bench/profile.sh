#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Where the instructions of an operation go, function by function: the guest does each for a
# while, over one driver after the other, and meanwhile QEMU writes down each instruction for
# a second. Prints the directory with a file for each driver and operation.
#
# usage: profile.sh [DRIVER,...]            (floor, stock, ours; all three if not given)
#
# A line of such a file is: instructions an operation, how often the function was entered, its
# name. Xen as a whole is one line, and the program is one.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/bench
out=$XE_CACHE/bench
trace_seconds=1
drivers=${1:-floor,stock,ours}

# The operations, and for each the function with which it begins.
operations="notify __x64_sys_ioctl
unmask __x64_sys_write
roundtrip __x64_sys_ioctl
polled __x64_sys_ioctl
open __x64_sys_openat
bind __x64_sys_ioctl"
tests="--only B01 --only B02 --only B03 --only B04 --only B07 --only B08"

prepare()
{
	kernel=$("$XE_VM/kernel.sh" 6.12)
	program=$("$XE_VM/program.sh" bench)
	floor=$("$XE_VM/test-module.sh" bench/floor "$kernel")
	ours=$("$XE_VM/module.sh" 6.12)
	mkdir -p "$out/profile"
	symbols=$out/symbols-$(cat "$kernel/release")
	wanted=no
	[ -s "$symbols" ] || wanted=yes
	mkfifo "$XE_SCRATCH/monitor.in" "$XE_SCRATCH/monitor.out"
	log=$XE_LOGS/profile.$$.log
	: >"$log"
}

start_guest()
{
	"$XE_VM/guest.sh" --name profile --icount --monitor "$XE_SCRATCH/monitor" \
		--init "$XE_VM/init/profile.sh" --kernel 6.12 --xen 4.17 \
		--append init_on_alloc=1 --xen-append dom0_max_vcpus=1 --module none --no-tap \
		--add "$program" --add "$floor:/lib/modules/floor.ko" \
		--add "$kernel/modules/xen-evtchn.ko:/lib/modules/stock.ko" \
		--add "$ours:/lib/modules/ours.ko" --log "$log" --time 900 --boot-time 400 \
		--args "$drivers $wanted $tests" >"$XE_SCRATCH/verdict" 9>&- &
	XE_CHILD=$!
	# For writing alone this would wait for QEMU, which may not come.
	exec 8<>"$XE_SCRATCH/monitor.in"
	timeout 900 cat "$XE_SCRATCH/monitor.out" >/dev/null 8>&- 9>&- &
}

# What QEMU's monitor is told.
tell()
{
	echo "$*" >&8
}

# How often the guest has said such a line.
heard()
{
	grep -ac "^XEN-EVTCHN-RIG: $1 " "$log" || :
}

# What the guest said of the symbols of one driver, or of the kernel.
symbols_of()
{
	tr -d '\r\000' <"$log" |
		sed -n "/^XEN-EVTCHN-RIG: symbols of $1/,/^XEN-EVTCHN-RIG: end of/p" |
		grep -v '^XEN-EVTCHN-RIG'
}

# trace FILE - a second of what the guest runs.
trace()
{
	tell "logfile $1"
	tell "singlestep on"
	tell "log exec,nochain"
	sleep "$trace_seconds"
	tell "log none"
	tell "singlestep off"
}

# trace_all - the n-th time that the guest says so, it does the n-th operation.
trace_all()
{
	n=0
	for driver in $(echo "$drivers" | tr ',' ' '); do
		echo "$operations" | sed "s/^/$driver /"
	done >"$XE_SCRATCH/wanted"
	while read -r driver operation call; do
		until [ "$(heard profile)" -gt "$n" ]; do
			kill -0 "$XE_CHILD" 2>/dev/null ||
				die "the guest ended early: $(cat "$XE_SCRATCH/verdict"); see $log"
			sleep 0.2
		done
		trace "$XE_SCRATCH/trace-$n"
		[ "$(heard profiled)" = "$n" ] ||
			die "the guest was through with $operation before it could be traced"
		# Meanwhile the guest goes on to the next.
		add_up "$XE_SCRATCH/trace-$n" "$out/profile/$driver-$operation" 9>&- &
		n=$((n + 1))
	done <"$XE_SCRATCH/wanted"
}

# add_up TRACE FILE - the numbers are those of translated blocks, of one instruction each.
add_up()
{
	[ -s "$symbols" ] || symbols_of kernel | base64 -d | gzip -dc >"$symbols"
	symbols_of "$driver" | cat "$symbols" - | sort >"$1.symbols"
	sed -n 's/^Trace [0-9]*: [^ ]* \[[0-9a-f]*\/\([0-9a-f]*\)\/.*/\1/p' "$1" |
		awk -v call="$call" -f "$here/profile.awk" "$1.symbols" - >"$2" || :
	rm "$1" "$1.symbols"
}

need_scratch
need_space 1000
prepare
start_guest
trace_all
wait "$XE_CHILD" || die "$(cat "$XE_SCRATCH/verdict")"
XE_CHILD=
wait
while read -r driver operation call; do
	[ -s "$out/profile/$driver-$operation" ] || die "no whole $operation over $driver was traced"
done <"$XE_SCRATCH/wanted"
echo "$out/profile"
