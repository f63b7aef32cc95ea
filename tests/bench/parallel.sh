#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What several threads reach at once, over the floor, the in-tree driver and ours by turns, in a PV dom0
# with two CPUs that run in parallel. Prints rounds a second and how they compare; only that
# means something, as the clock is the one on the wall.
#
# usage: parallel.sh [TURNS]        (5 if not given)

. "$(dirname "$0")/../vm/lib.sh"

out=$XE_CACHE/bench
turns=${1:-5}

need_scratch
kernel=$("$XE_VM/kernel.sh" 6.12)
program=$("$XE_VM/program.sh" bench)
floor=$("$XE_VM/test-module.sh" bench/floor "$kernel")
ours=$("$XE_VM/module.sh" 6.12)
drivers=$(yes floor,stock,ours | head -n "$turns" | paste -sd ,)
"$XE_VM/guest-tap.sh" parallel --cpus 2 --init "$XE_VM/init/bench.sh" \
	--kernel "$kernel" --xen 4.17 --module none --add "$program" \
	--add "$floor:/lib/modules/floor.ko" \
	--add "$kernel/modules/xen-evtchn.ko:/lib/modules/stock.ko" \
	--add "$ours:/lib/modules/ours.ko" --time 600 \
	--args "$drivers --only P0? --slow 10" >"$XE_SCRATCH/tap" || {
	grep -E '^(not ok|#)' "$XE_SCRATCH/tap" >&2 || :
	die "not all could be measured"
}
mkdir -p "$out"
# The targets are those for two threads on a file, and for one beside a binder.
sed -n 's/^# bench //p' "$XE_SCRATCH/tap" | sort -k 2,2 -k 1,1 -k 3,3n | awk '
	BEGIN { printf "%-16s %9s %9s %9s  %s\n", "rounds a second", "floor", "in-tree", "ours", "ours/in-tree" }
	{ all[$1, $2, ++n[$1, $2]] = $3; if (!seen[$2]++) name[++names] = $2 }
	function middle(driver, what) { return all[driver, what, int((n[driver, what] + 1) / 2)] }
	function spread(driver, what) {
		return sprintf("%d..%d", all[driver, what, 1], all[driver, what, n[driver, what]])
	}
	END {
		target["notify-2"] = 2.5
		target["notify-binder"] = 8
		for (i = 1; i <= names; i++) {
			what = name[i]
			ratio = middle("ours", what) / middle("stock", what)
			goal = ""
			if (what in target)
				goal = ratio >= target[what] ? " >= " target[what] : " < " target[what]
			printf "%-16s %9d %9d %9d  %.2f%s  (%s; %s)\n", what,
				middle("floor", what), middle("stock", what), middle("ours", what), ratio, goal,
				spread("stock", what), spread("ours", what)
		}
	}' | tee "$out/parallel.txt"
