#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# README.md's table of kernels is what the runs have written, and these were of the
# kernels that are to be built for.
#
# usage: matrix.sh

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
