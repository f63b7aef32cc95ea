#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Puts a table, of stdin, into a file of Markdown, between the two comments that it
# stands between there: "<!-- table: NAME -->" and "<!-- table: end -->".
#
# usage: put-table.sh FILE NAME [--check]    (--check: changes nothing, and prints what would
#                                            change)

. "$(dirname "$0")/lib.sh"

[ $# -ge 2 ] || die "usage: put-table.sh FILE NAME [--check]"
need_scratch
cat >"$XE_SCRATCH/table"
awk -v table="$XE_SCRATCH/table" -v start="<!-- table: $2 -->" '
	$0 == "<!-- table: end -->" { if (inside) ends++; inside = 0 }
	!inside { print }
	$0 == start {
		inside = 1
		while ((getline row <table) > 0)
			print row
	}
	END { exit ends != 1 || inside }' "$1" >"$XE_SCRATCH/with-table" ||
	die "$(basename "$1") has not the two comments that the table stands between"
case ${3-} in
--check) diff "$1" "$XE_SCRATCH/with-table" ;;
'') cp "$XE_SCRATCH/with-table" "$1" ;;
*) die "usage: put-table.sh FILE NAME [--check]" ;;
esac
