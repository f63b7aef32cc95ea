#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Puts the table of kernels into README.md, between the two comments there.
#
# usage: readme.sh [--check]      (--check: changes nothing, and prints what would change)

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/matrix
readme=$XE_TOP/README.md

# On stdout, README.md as it has to be.
with_table()
{
	"$here/table.sh" >"$XE_SCRATCH/table"
	awk -v table="$XE_SCRATCH/table" '
		/^<!-- table: end -->$/ { if (inside) ends++; inside = 0 }
		!inside { print }
		/^<!-- table: tests\/matrix\/readme\.sh -->$/ {
			inside = 1
			while ((getline row <table) > 0)
				print row
		}
		END { exit ends != 1 || inside }' "$readme" ||
		die "README.md has not the two comments that the table stands between"
}

need_scratch
with_table >"$XE_SCRATCH/README.md"
case ${1-} in
--check) diff "$readme" "$XE_SCRATCH/README.md" ;;
'') cp "$XE_SCRATCH/README.md" "$readme" ;;
*) die "usage: readme.sh [--check]" ;;
esac
