#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# No file over 500 lines, no function over 60.
#
# usage: limits.sh

. "$(dirname "$0")/lib.sh"

{ c_files drivers include tests; shell_files; } | while read -r file; do
	awk '
		END { if (FNR > 500) print FILENAME ": " FNR " lines" }
		/^\{/ { start = FNR }
		/^\}/ && start {
			if (FNR - start > 60)
				print FILENAME ":" start ": a function of " FNR - start " lines"
			start = 0
		}' "$file"
done
