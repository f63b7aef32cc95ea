#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program over our driver, in dom0 of a real Xen, and the one row
# that needs a machine without Xen; writes TAP.
#
# usage: run.sh

. "$(dirname "$0")/../vm/lib.sh"

need_scratch
program=$("$XE_TOP/tests/conformance/build.sh")

# The plans of all guests make one.
join()
{
	awk '
		/^1\.\.[0-9]+/ { next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		{ print; fflush() }
		END { printf "1..%d\n", n }'
}

{
	"$XE_VM/guest-tap.sh" off-xen --bare --no-tap --init "$XE_VM/init/off-xen.sh" || :
	# Our driver is to pass what takes the in-tree one down, too.
	"$XE_VM/guest-tap.sh" dom0-pv --init "$XE_VM/init/conformance.sh" \
		--add "$program" --args "--group all" || :
} | join
