#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program over the in-tree driver and over ours, and a domU with either
# that is saved and restored: side by side, one line a test. Status 0 only if ours
# passed them all.
#
# usage: compare.sh                       runs the guests, two at a time
#        compare.sh STOCK-LOG OURS-LOG    compares what two runs have written
#
# A test that makes an in-tree kernel warn or die gets a guest of its own there.

. "$(dirname "$0")/../vm/lib.sh"

# guest MODULE SECONDS LOG ARGS... - the status is that of the guest's own verdict.
guest()
{
	module=$1 time=$2 log=$3
	shift 3
	"$XE_VM/guest.sh" --name "compare-$module" --module "$module" --log "$log" \
		--init "$XE_VM/init/conformance.sh" --add "$program" \
		--manifest "$XE_SCRATCH/helpers" \
		--time "$time" --args "$*" 9>&- >"$XE_SCRATCH/verdict"
}

# stock_guest SECONDS ARGS... - that this driver fails tests is no news, so what
# the rig objects to is not shown; but it is if no guest could be started.
stock_guest()
{
	time=$1
	shift
	rm -f "$XE_SCRATCH/log"
	guest stock "$time" "$XE_SCRATCH/log" --driver stock --verbose "$@" || :
	[ -s "$XE_SCRATCH/log" ] || die "no guest could be started"
	tr -d '\r\000' <"$XE_SCRATCH/log" >>"$stock"
	echo "XEN-EVTCHN-RIG: next guest" >>"$stock"
}

stock_guests()
{
	: >"$stock"
	say "Running the tests over the in-tree driver"
	stock_guest 240
	"$program" --list --group hazard | sed 's/ \[hazard\].*//' >"$XE_SCRATCH/hazards"
	while read -r row rest; do
		say "Running one that it may not survive: $row $rest"
		# Blanks do not come through to the guest, but patterns do.
		stock_guest 90 --group hazard \
			--only "$(echo "$row $rest" | tr ' ' '?')" </dev/null
	done <"$XE_SCRATCH/hazards"
}

# --- save and restore -----------------------------------------------------------

restores=

# Beside the other guests, in a process group of its own: an interrupt does not reach
# what runs in the background.
start_restores()
{
	say "Saving and restoring a domU with each driver meanwhile"
	# shellcheck disable=SC2016 # its own arguments
	setsid sh -c '
		for driver in stock ours; do
			"$0/tests/restore/run.sh" --driver $driver pv \
				>"$1/restore-$driver" 2>"$1/restore-$driver.err"
		done' "$XE_TOP" "$XE_SCRATCH" 9>&- &
	restores=$!
}

# shellcheck disable=SC2317 # by a trap
stop_restores()
{
	[ -z "$restores" ] || kill -- "-$restores" 2>/dev/null || :
}

# add_restore DRIVER LOG - as if it were one guest more; its tests bear "restore" as
# their row. What the guest itself came to is no test of a driver.
add_restore()
{
	grep -q '^ok ' "$XE_SCRATCH/restore-$1" ||
		{ cat "$XE_SCRATCH/restore-$1.err" >&2 && die "no domU could be restored"; }
	{
		echo "XEN-EVTCHN-RIG: next guest"
		sed -n 's/^\(\(not \)*ok [0-9]* - \)restore-[a-z]*-[a-z]*: /\1restore: /p
			s/^# restore-[a-z]*-stock: /XEN-EVTCHN-RIG: domU said: /p' \
			"$XE_SCRATCH/restore-$1"
	} >>"$2"
	grep '^not ok .* - guest ' "$XE_SCRATCH/restore-$1" >"$XE_SCRATCH/restore-verdict" ||
		return 0
	[ "$1" = stock ] || problem="$problem $(cat "$XE_SCRATCH/restore-verdict")"
}

run_guests()
{
	program=$("$XE_VM/program.sh" conformance)
	"$XE_VM/test-module.sh" --all conformance >"$XE_SCRATCH/helpers"
	stock=$XE_LOGS/compare-stock.$$.log
	ours=$XE_LOGS/compare-ours.$$.log
	start_restores
	stock_guests
	say "Running them all over our driver"
	guest ours 240 "$ours" --group all || problem=$(cat "$XE_SCRATCH/verdict")
	heartbeat_start "a domU is being restored"
	wait "$restores" || :
	heartbeat_stop
	restores=
	add_restore stock "$stock"
	add_restore ours "$ours"
}

need_scratch
trap 'stop_restores; xe_end' EXIT
problem=
case $# in
0)
	run_guests
	;;
2)
	stock=$1 ours=$2
	for log in "$stock" "$ours"; do
		[ -r "$log" ] || die "there is no log $log"
	done
	;;
*)
	die "usage: compare.sh [STOCK-LOG OURS-LOG]"
	;;
esac

status=0
tr -d '\r\000' <"$ours" >"$XE_SCRATCH/ours"
tr -d '\r\000' <"$stock" >"$XE_SCRATCH/stock"
awk -f "$XE_TOP/tests/conformance/compare.awk" \
	"$XE_SCRATCH/stock" "$XE_SCRATCH/ours" || status=1
say "Logs: $stock $ours"
[ -z "$problem" ] || die "over our driver: $problem"
exit $status
