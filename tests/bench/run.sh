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
#        run.sh --table [--check]    put counts.tab's table into the READMEs, or say what differs
#
# --check fails for each row that is worse than the committed one by more than 2 %. It leaves
# out 20000 ports on a file, which take minutes, and stock clients; and all of them, said as
# skipped, with another kernel, compiler or Xen than the committed counts are of, since they
# would tell of those.

. "$(dirname "$0")/../vm/lib.sh"
# shellcheck source=../vm/toolstack-guest.sh
. "$XE_VM/toolstack-guest.sh"

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
	echo "Linux $(cat "$kernel/release"), gcc $(gcc -dumpfullversion), Xen" \
		"$(sha256sum <"$("$XE_VM/xen.sh" 4.17)" | cut -c 1-12)"
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
		--time 1200 --boot-time 400 --args "$* --skip P0? --skip K0?"
}

# clients DRIVER - one boot with Debian's toolstack: C xenstored can not be started twice.
clients()
{
	need_toolstack 6.12 4.17 "$1"
	tools_manifest >"$XE_SCRATCH/manifest"
	"$XE_VM/guest-tap.sh" "bench-clients-$1" --icount --append init_on_alloc=1 \
		--init "$XE_VM/init/bench-clients.sh" --kernel "$kernel" --xen "$xen" \
		--xen-append dom0_max_vcpus=1 --module "$module" --tree "$tools" \
		--manifest "$XE_SCRATCH/manifest" --add "$program" \
		--memory 2560 --dom0-memory 1024 --time 600 --boot-time 400 --args "$1"
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

# measure_some COMMAND... - a guest; adds to the counts.
measure_some()
{
	"$@" >"$XE_SCRATCH/tap" || {
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
	measure_some guest floor,stock,ours --skip B14
	measure_some guest floor,stock,ours --only B14
	measure_some clients stock
	measure_some clients ours
	show_table
	say "The table: $out/table.txt, table.csv and chart.svg; each row's rounds: $out/rounds"
}

# What --check is to compare with is measured as it does it: with ours alone, some rows are
# by a hundredth or two cheaper or dearer.
record()
{
	say "Once more, ours alone"
	guest ours --skip B14 >"$XE_SCRATCH/tap" || die "not all could be measured"
	counts <"$XE_SCRATCH/tap" | sed 's/^ours /alone /' >>"$out/counts"
	{
		echo "# What evtchn-bench has measured; written by run.sh --record."
		echo "# of $(counted_of)"
		echo "# driver (alone: ours, without the others before it)	name	instructions, or bytes"
		tr ' ' '\t' <"$out/counts"
	} >"$XE_SCRATCH/counts.tab"
	cp "$XE_SCRATCH/counts.tab" "$here/counts.tab"
	put_table
}

# put_table [--check] - the READMEs with the table of counts.tab: the whole of it here, and
# what a user asks for in the one of the project.
put_table()
{
	differs=0
	table markdown "$here/counts.tab" >"$XE_SCRATCH/table"
	"$XE_VM/put-table.sh" "$here/README.md" tests/bench/run.sh "$@" <"$XE_SCRATCH/table" ||
		differs=1
	table short "$here/counts.tab" >"$XE_SCRATCH/table"
	"$XE_VM/put-table.sh" "$XE_TOP/README.md" tests/bench/run.sh "$@" <"$XE_SCRATCH/table" ||
		differs=1
	return $differs
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
				if (field[1] != "alone")
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
