#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own kernel-doc parser over driver and ABI: what is there has to be
# complete, and no function without "static" is without.
#
# usage: kernel-doc.sh

. "$(dirname "$0")/lib.sh"

tools=$(kernel_tools)

for file in $(c_files drivers include); do
	perl "$tools/kernel-doc" -none -Wall "$file" 2>&1 |
		grep -vE 'no structured comments found|contents before sections' || :
done

# A definition begins in column 0, and its comment ends in the line before.
for file in $(c_files drivers); do
	awk '
		/^[a-z].*\(/ && !/^(static|typedef|extern)/ && !/;$/ && /\.c$/ != 0 { }
		FILENAME ~ /\.c$/ && /^[a-z][a-z_0-9 *]*\(/ && !/^static/ &&
				!/^module_/ && last != " */" {
			print FILENAME ":" FNR ": no kernel-doc: " $0
		}
		{ last = $0 }' "$file"
done
