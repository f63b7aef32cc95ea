#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The manual pages: what mandoc and groff have to object to, whether each names the
# same errors for each command as its part of the ABI, and whether their examples compile.
# Prints what is wrong, and nothing if nothing is.
#
# usage: manual.sh

. "$(dirname "$0")/../vm/lib.sh"

need_packages mandoc man-db groff-base gcc libc6-dev
uapi=$XE_TOP/include/uapi/xen
need_scratch

# Let pass: pages that this machine happens not to have; and that the page says
# "Linux" itself, since groff would say "BSD".
form()
{
	mandoc -T lint "$page" 2>/dev/null |
		grep -vE 'referenced manual not found|operating system explicitly' || :
	{ LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l -Tutf8 "$page" >/dev/null; } 2>&1
}

# One "COMMAND ERROR" a line, by the header: what its comments say after "Return:".
by_header()
{
	awk '
		/^ \* IOCTL_EVTCHN_[A-Z_]+ - / { command = $2; returns = 0; print command }
		/^ \* Return:/ { returns = 1 }
		/^ \*\// { returns = 0 }
		returns {
			gsub(/[A-Z]+_[A-Z_]+/, "")
			while (match($0, /E[A-Z][A-Z]+/)) {
				print command, substr($0, RSTART, RLENGTH)
				$0 = substr($0, RSTART + RLENGTH)
			}
		}' "$header" | sort -u
}

# The same, by the page.
by_page()
{
	awk '
		/^\.S[hs]/ { command = "" }
		/^\.It Dv IOCTL_/ { command = $3; print command }
		/^\.It Bq Er/ && command { print command, $4 }' "$page" | sort -u
}

commands()
{
	by_header >"$XE_SCRATCH/header"
	by_page >"$XE_SCRATCH/page"
	[ -s "$XE_SCRATCH/header" ] || echo "no command was found in ${header##*/}"
	diff "$XE_SCRATCH/header" "$XE_SCRATCH/page" |
		sed -n 's/^</only in the header:/p; s/^>/only in the page:/p'
}

example()
{
	sed -n '/^\.Bd/,/^\.Ed/p' "$page" | grep -v '^\.' | sed 's/\\e/\\/g' \
		>"$XE_SCRATCH/example.c"
	[ -s "$XE_SCRATCH/example.c" ] || echo "there is no example in ${page##*/}"
	gcc -std=gnu11 -Wall -Wextra -fsyntax-only "-I$XE_TOP/include/uapi" \
		"-I$XE_TOP/include" "$XE_SCRATCH/example.c" 2>&1
}

for name in evtchn evtchn_ext; do
	page=$XE_TOP/drivers/xen/evtchn/$name.4
	header=$uapi/$name.h
	form
	commands
	example
done
