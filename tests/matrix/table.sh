#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The table of kernels as Markdown, of what the runs have written.
#
# usage: table.sh [BUILT [BOOTED]]     (built.tab and booted.tab of here, if there)
#
# Fields are separated by tabs. A line of BUILT, by run.sh, is
#
#   KERNEL SUITE ARCH CHECK RESULT RELEASE TOOL-VERSION
#
# with the RESULT passed, failed or absent, and of BOOTED
#
#   KERNEL SUITE ARCH COLUMN TEXT
#
# where a COLUMN that the table does not have yet is added to it, and TEXT is its cell.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/matrix
built=${1:-$here/built.tab}
booted=${2:-$here/booted.tab}
[ -r "$built" ] || die "there is no $built: run.sh --record writes it"
[ -r "$booted" ] || booted=/dev/null
exec awk -F '\t' -f "$here/table.awk" "$built" "$booted"
