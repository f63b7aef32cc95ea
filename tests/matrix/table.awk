# SPDX-License-Identifier: GPL-2.0
#
# See table.sh.

function cell(key)
{
	return ((key in text) ? " " text[key] : "") " |"
}

BEGIN {
	OFS = "\t"
	debian["bullseye"] = "Debian 11"
	debian["bookworm"] = "Debian 12"
	debian["trixie"] = "Debian 13"
	debian["trixie-backports"] = "Debian 13 backports"
	debian["sid"] = "Debian sid"
	title["gcc"] = "gcc, `W=1`"
	title["clang"] = "clang, `W=1`"
	columns = split("gcc clang sparse", column, " ")
}

/^#/ || NF < 5 { next }

{ row = $1 OFS $2 OFS $3 }

# Of a kernel that was run but not built there is no row.
FILENAME == ARGV[1] {
	if (!(row in release)) {
		order[++rows] = row
		release[row] = $6
	}
	if ($5 == "passed")
		text[row, $4] = $7
	else if ($5 == "failed")
		text[row, $4] = "**fails**"
	else
		release[row] = "not there"
	next
}

{
	known = 0
	for (c = 1; c <= columns; c++)
		known = known || column[c] == $4
	if (!known)
		column[++columns] = $4
	text[row, $4] = $5
}

END {
	head = "| kernel | of | headers |"
	line = "|---|---|---|"
	for (c = 1; c <= columns; c++) {
		head = head " " (column[c] in title ? title[column[c]] : column[c]) " |"
		line = line "---|"
	}
	print head
	print line
	for (r = 1; r <= rows; r++) {
		split(order[r], key, OFS)
		name = key[2] in debian ? debian[key[2]] : key[2]
		printf "| %s | %s | %s |", key[1], name, release[order[r]]
		for (c = 1; c <= columns; c++)
			printf "%s", cell(order[r] SUBSEP column[c])
		print ""
	}
}
