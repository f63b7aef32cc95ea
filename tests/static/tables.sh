#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The tables in the READMEs are what the runs have written: of the kernels, and these are
# the ones that are to be built for; and of what the operations cost.
#
# usage: tables.sh

. "$(dirname "$0")/lib.sh"

need_scratch
matrix=$XE_TOP/tests/matrix

awk '!/^#/ && NF {
	n = split($5, check, ",")
	for (i = 1; i <= n; i++)
		print $1, $2, $3, check[i]
}' "$matrix/kernels.tab" | sort >"$XE_SCRATCH/wanted"
awk '!/^#/ { print $1, $2, $3, $4 }' "$matrix/built.tab" | sort >"$XE_SCRATCH/built"
diff "$XE_SCRATCH/wanted" "$XE_SCRATCH/built" ||
	echo "tests/matrix/built.tab is not of these kernels: make matrix-readme"
"$matrix/readme.sh" --check ||
	echo "README.md has another table than tests/matrix/built.tab: make matrix-readme"
"$XE_TOP/tests/bench/run.sh" --table --check ||
	echo "a README has another table than tests/bench/counts.tab: tests/bench/run.sh --table"
