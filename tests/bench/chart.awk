# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -f chart.awk rows.tab COUNTS >CHART.svg
#
# What was measured, as a picture: for each row the floor and both drivers, as parts of the
# in-tree driver's cost.

/^#/ || !NF { next }

FNR == NR {
	name[++rows] = $1
	text = $0
	sub(/^([^ \t]+[ \t]+)(([^ \t]+[ \t]+)([^ \t]+[ \t]+)([^ \t]+[ \t]+))/, "", text)
	what[$1] = text
	next
}

{ count[$1, $2] = $3 }

function bar(y, value, whole, color)
{
	printf "<rect x=\"330\" y=\"%d\" width=\"%.1f\" height=\"9\" fill=\"%s\"/>\n", y,
		360 * value / whole, color
	printf "<text x=\"%.1f\" y=\"%d\">%d</text>\n", 334 + 360 * value / whole, y + 8, value
}

function key(x, text, color)
{
	printf "<rect x=\"%d\" y=\"6\" width=\"9\" height=\"9\" fill=\"%s\"/>\n", x, color
	printf "<text x=\"%d\" y=\"14\">%s</text>\n", x + 13, text
}

END {
	for (i = 1; i <= rows; i++)
		if (("ours", name[i]) in count && count["stock", name[i]] > 0)
			row[++shown] = name[i]
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"%d\" ", 30 + 40 * shown
	print "font-family=\"sans-serif\" font-size=\"10\">"
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	key(330, "floor", "#bbbbbb")
	key(400, "in-tree", "#cc6644")
	key(480, "ours", "#3377aa")
	for (i = 1; i <= shown; i++) {
		n = row[i]
		y = 40 * i - 14
		whole = count["stock", n]
		printf "<text x=\"322\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 19, what[n]
		bar(y, count["floor", n], whole, "#bbbbbb")
		bar(y + 11, count["stock", n], whole, "#cc6644")
		bar(y + 22, count["ours", n], whole, "#3377aa")
	}
	print "</svg>"
}
