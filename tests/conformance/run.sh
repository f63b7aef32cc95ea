#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program over our driver, in dom0 of a real Xen, and the one row
# that needs a machine without Xen; writes TAP.
#
# usage: run.sh             in dom0 as it comes
#        run.sh variants    in dom0 under boot options that change how events come:
#                           2-level channels, handlers called without an event,
#                           handlers in threads

. "$(dirname "$0")/../vm/lib.sh"

need_scratch
program=$("$XE_VM/program.sh" conformance)

# The plans of all guests make one.
join()
{
	awk '
		/^1\.\.[0-9]+/ { next }
		/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
		{ print; fflush() }
		END { printf "1..%d\n", n }'
}

# dom0 NAME OPTION... - our driver is to pass what takes the in-tree one down, too.
dom0()
{
	name=$1
	shift
	"$XE_VM/guest-tap.sh" "$name" --init "$XE_VM/init/conformance.sh" \
		--add "$program" --args "--group all" "$@" || :
}

case ${1-} in
'')
	"$XE_VM/guest-tap.sh" off-xen --bare --no-tap --init "$XE_VM/init/off-xen.sh" || :
	dom0 dom0-pv
	;;
variants)
	dom0 dom0-2level --append xen.fifo_events=0
	dom0 dom0-irqfixup --append irqfixup
	dom0 dom0-threadirqs --append threadirqs
	;;
*) die "usage: run.sh [variants]" ;;
esac | join
