#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What several threads reach at once, over the floor, the in-tree driver and ours by turns, in
# a dom0 with two CPUs that run in parallel. Prints rounds a second and how they compare; only that
# means something, as the clock is the one on the wall. It wants two idle CPUs.
#
# usage: parallel.sh [--record] [TURNS [TYPE]]        (5, and pv, if not given)
#
# --record puts the table into the README of this directory.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/bench
out=$XE_CACHE/bench

# table text|markdown <"DRIVER NAME VALUE..." - the targets are those of two threads on a file, and
# of one beside a binder.
table()
{
	sort -k 2,2 -k 1,1 -k 3,3n | awk -v form="$1" '
		function row(a, b, c, d, e, f)
		{
			if (form == "markdown")
				printf "| %s | %s | %s | %s | %s | %s |\n", a, b, c, d, e, f
			else
				printf "%-42s %8s %8s %8s  %-12s %s\n", a, b, c, d, e, f
		}
		function at(driver, what, i) { return all[driver, what, i] }
		function middle(driver, what) { return at(driver, what, int((n[driver, what] + 1) / 2)) }
		function spread(driver, what) { return at(driver, what, 1) " to " at(driver, what, n[driver, what]) }
		BEGIN {
			target["notify-2"] = 2.5
			target["notify-binder"] = 8
			title["notify-1"] = "one thread notifies"
			title["notify-2"] = "two on one file"
			title["notify-4"] = "four on one file"
			title["notify-4-files"] = "four, each on its own file"
			title["notify-binder"] = "one, beside one that binds and unbinds"
			row("events a second", "floor", "in-tree", "ours", "ours/in-tree", "least to most, in-tree; ours")
			if (form == "markdown")
				print "|---|--:|--:|--:|---|---|"
		}
		{
			all[$1, $2, ++n[$1, $2]] = $3
			if (!seen[$2]++)
				name[++names] = $2
		}
		END {
			for (i = 1; i <= names; i++) {
				what = name[i]
				ratio = middle("ours", what) / middle("stock", what)
				goal = ""
				if (what in target)
					goal = (ratio >= target[what] ? " >= " : " < ") target[what]
				row(title[what], middle("floor", what), middle("stock", what), middle("ours", what),
					sprintf("%.2f%s", ratio, goal), spread("stock", what) "; " spread("ours", what))
			}
		}'
}

record=
[ "${1-}" != --record ] || { record=1 && shift; }
turns=${1:-5} type=${2:-pv}

need_scratch
kernel=$("$XE_VM/kernel.sh" 6.12)
program=$("$XE_VM/program.sh" bench)
floor=$("$XE_VM/test-module.sh" bench/floor "$kernel")
ours=$("$XE_VM/module.sh" 6.12)
drivers=$(yes floor,stock,ours | head -n "$turns" | paste -sd ,)
"$XE_VM/guest-tap.sh" "parallel-$type" --type "$type" --cpus 2 --init "$XE_VM/init/bench.sh" \
	--kernel "$kernel" --xen 4.17 --module none --add "$program" \
	--add "$floor:/lib/modules/floor.ko" \
	--add "$kernel/modules/xen-evtchn.ko:/lib/modules/stock.ko" \
	--add "$ours:/lib/modules/ours.ko" --time 600 \
	--args "$drivers --only P0? --slow 10" >"$XE_SCRATCH/tap" || {
	grep -E '^(not ok|#)' "$XE_SCRATCH/tap" >&2 || :
	die "not all could be measured"
}
mkdir -p "$out"
sed -n 's/^# bench //p' "$XE_SCRATCH/tap" >"$out/parallel-$type"
table text <"$out/parallel-$type" | tee "$out/parallel-$type.txt"
[ -z "$record" ] || table markdown <"$out/parallel-$type" |
	"$XE_VM/put-table.sh" "$here/README.md" tests/bench/parallel.sh
