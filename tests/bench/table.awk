# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -f table.awk [-v form=text|markdown|short|csv] rows.tab COUNTS
#
# The table of what was measured. A line of COUNTS is "DRIVER NAME VALUE", with the DRIVERs
# floor, stock and ours.

/^#/ || !NF { next }

FNR == NR {
	name[++rows] = $1
	unit[$1] = $2
	total[$1] = $3
	above[$1] = $4
	text = $0
	sub(/^([^ \t]+[ \t]+)(([^ \t]+[ \t]+)([^ \t]+[ \t]+)([^ \t]+[ \t]+))/, "", text)
	what[$1] = text
	next
}

{ count[$1, $2] = $3 }

# "0.48 of 0.50": a ratio and its target.
function ratio(a, b, target,	text)
{
	if (a <= 0 || b <= 0)
		return ""
	text = sprintf("%.3f", a / b)
	if (form == "short")
		return text
	if (target != "-" && form != "csv")
		text = text (a / b <= target + 0 ? " <= " : " > ") target
	return text
}

# How the cost of an event grows from 2 ports on a file to 20000.
function growth(driver)
{
	if (!((driver, "ports-20000") in count) || !((driver, "ports-2") in count))
		return 0
	return sprintf("%.3f", count[driver, "ports-20000"] / count[driver, "ports-2"])
}

function line(a, b, c, d, e, f)
{
	if (form == "csv")
		printf "%s,%s,%s,%s,%s,%s\n", a, b, c, d, e, f
	else if (form == "short")
		printf "| %s | %s | %s | %s |\n", a, c, d, e
	else if (form == "markdown")
		printf "| %s | %s | %s | %s | %s | %s |\n", a, b, c, d, e, f
	else
		printf "%-51s %8s %8s %8s  %-13s %s\n", a, b, c, d, e, f
}

END {
	most = "1.05"
	if (form == "csv")
		line("operation", "floor", "in-tree", "ours", "ours/in-tree", "above the floor")
	else
		line("instructions", "floor", "in-tree", "ours", "ours/in-tree", "above the floor")
	if (form == "markdown")
		print "|---|--:|--:|--:|---|---|"
	if (form == "short")
		print "|---|--:|--:|--:|"
	for (i = 1; i <= rows; i++) {
		n = name[i]
		if (!(("ours", n) in count))
			continue
		floor = count["floor", n]
		stock = count["stock", n]
		ours = count["ours", n]
		title = what[n] (unit[n] == "B" ? ", bytes" : "")
		if (form == "csv")
			title = "\"" title "\""
		line(title, floor, stock, ours, ratio(ours, stock, total[n]),
			floor ? ratio(ours - floor, stock - floor, above[n]) : "")
	}
	grown = growth("ours")
	if (grown)
		line("of this, 20000 ports cost so many times what 2 do", growth("floor"),
			growth("stock"), grown,
			form == "csv" || form == "short" ? "" : "ours " (grown <= most + 0 ? "<= " : "> ") most, "")
}
