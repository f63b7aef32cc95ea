#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Puts the table of kernels into README.md, between the two comments there.
#
# usage: readme.sh [--check]      (--check: changes nothing, and prints what would change)

. "$(dirname "$0")/../vm/lib.sh"

need_scratch
"$XE_TOP/tests/matrix/table.sh" >"$XE_SCRATCH/table"
"$XE_VM/put-table.sh" "$XE_TOP/README.md" tests/matrix/readme.sh "$@" <"$XE_SCRATCH/table"
