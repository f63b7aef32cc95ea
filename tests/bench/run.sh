#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What an operation of the device costs, in instructions of the whole machine: over the
# floor, the in-tree driver and ours, one after the other in the same PV dom0. Prints a
# table, and the files that have it.
#
# usage: run.sh                 measure all, and print the table
#        run.sh --record        the same; then counts.tab and README.md have what was measured
#        run.sh --check         measure ours, and compare with counts.tab; writes TAP
#        run.sh --compare FILE  the same of a guest's TAP that there is already
#        run.sh --table [--check]    put counts.tab's table into README.md, or say what differs
#
# --check fails for each row that is worse than the committed one by more than 2 %. It leaves
# out 20000 ports on a file, which take minutes; and all of them, said as skipped, with another
# kernel or compiler than the committed counts are of, since they would tell of those.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/bench
out=$XE_CACHE/bench
slack=2

prepare()
{
	kernel=$("$XE_VM/kernel.sh" 6.12)
	program=$("$XE_VM/program.sh" bench)
	floor=$("$XE_VM/test-module.sh" bench/floor "$kernel")
	ours=$("$XE_VM/module.sh" 6.12)
}

# counted_of - what the counts depend on besides the driver.
counted_of()
{
	echo "Linux $(cat "$kernel/release"), gcc $(gcc -dumpfullversion)"
}

# guest DRIVERS [OPTION...] - one boot; its TAP on stdout. OPTIONs are for the program.
guest()
{
	# Debian's kernel zeroes what it allocates; for boots the rig turns that off.
	"$XE_VM/guest-tap.sh" bench --icount --append init_on_alloc=1 --init "$XE_VM/init/bench.sh" \
		--kernel "$kernel" --xen 4.17 --xen-append dom0_max_vcpus=1 --module none \
		--add "$program" --add "$floor:/lib/modules/floor.ko" \
		--add "$kernel/modules/xen-evtchn.ko:/lib/modules/stock.ko" \
		--add "$ours:/lib/modules/ours.ko" \
		--time 1200 --boot-time 400 --args "$* --skip P0?"
}

# counts <TAP - the lines "DRIVER NAME VALUE" of what a guest measured.
counts()
{
	sed -n 's/^# bench \([a-z]*\) \([a-z0-9-]*\) \([0-9]*\)$/\1 \2 \3/p'
}

table()
{
	awk -v form="$1" -f "$here/table.awk" "$here/rows.tab" "$2"
}

# measure_some OPTION... - over all three; adds to the counts.
measure_some()
{
	guest floor,stock,ours "$@" >"$XE_SCRATCH/tap" || {
		grep -E '^(not ok|#)' "$XE_SCRATCH/tap" >&2 || :
		die "not all could be measured"
	}
	counts <"$XE_SCRATCH/tap" >>"$out/counts"
	sed -n 's/^# rounds //p' "$XE_SCRATCH/tap" >>"$out/rounds"
}

show_table()
{
	table text "$out/counts" >"$out/table.txt"
	table csv "$out/counts" >"$out/table.csv"
	awk -f "$here/chart.awk" "$here/rows.tab" "$out/counts" >"$out/chart.svg"
	cat "$out/table.txt"
}

# 20000 ports take most of the time, and have a guest of their own.
measure_all()
{
	mkdir -p "$out"
	: >"$out/counts"
	: >"$out/rounds"
	measure_some --skip B14
	measure_some --only B14
	show_table
	say "The table: $out/table.txt, table.csv and chart.svg; each row's rounds: $out/rounds"
}

record()
{
	{
		echo "# What evtchn-bench has measured; written by run.sh --record."
		echo "# of $(counted_of)"
		echo "# driver	name	instructions, or bytes"
		tr ' ' '\t' <"$out/counts"
	} >"$XE_SCRATCH/counts.tab"
	cp "$XE_SCRATCH/counts.tab" "$here/counts.tab"
	put_table
}

# put_table [--check] - README.md with the table of counts.tab.
put_table()
{
	table markdown "$here/counts.tab" >"$XE_SCRATCH/table"
	"$XE_VM/put-table.sh" "$here/README.md" tests/bench/run.sh "$@" <"$XE_SCRATCH/table"
}

# compare <TAP - the guest's tests, and one more for each committed row of ours.
compare()
{
	awk -v slack="$slack" -v file="$here/counts.tab" -v of="$(counted_of)" '
		BEGIN {
			while ((getline row <file) > 0) {
				split(row, field, "\t")
				if (sub(/^# of /, "", row))
					committed_of = row
				# What --check does not measure.
				if (field[1] != "ours" || field[2] == "ports-20000")
					continue
				order[++rows] = field[2]
				committed[field[2]] = field[3]
			}
		}
		/^# bench ours / { measured[$4] = $5 }
		/^1\.\./ { next }
		/^(not )?ok / { n++ }
		/^not ok / { bad++ }
		{ print }
		END {
			for (i = 1; i <= rows; i++) {
				name = order[i]
				was = committed[name]
				if (of != committed_of) {
					printf "ok %d - bench: %s # SKIP the committed counts are of %s\n",
						++n, name, committed_of
					continue
				}
				if (!(name in measured)) {
					printf "not ok %d - bench: %s was not measured\n", ++n, name
					bad++
					continue
				}
				now = measured[name]
				worse = now > was * (1 + slack / 100)
				bad += worse
				printf "%sok %d - bench: %s costs %d, the committed count is %d (%+.1f %%)\n",
					worse ? "not " : "", ++n, name, now, was, (now / was - 1) * 100
			}
			if (!rows) {
				printf "not ok %d - bench: there is no committed count\n", ++n
				bad++
			}
			printf "1..%d\n", n
			exit bad > 0
		}'
}

need_scratch
case ${1-} in
'' | --record)
	prepare
	measure_all
	[ $# = 0 ] || record
	;;
--check)
	prepare
	guest ours --skip B14 | compare
	;;
--compare)
	prepare
	compare <"${2-}"
	;;
--table) put_table ${2:+"$2"} ;;
*) die "what is '$1'? See the head of $0" ;;
esac
