#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Makes one TAP of several, one after the other on stdin: the tests are numbered
# anew, and one plan of them all comes last.
#
# usage: COMMANDS | join-tap.sh

exec awk '
	/^1\.\.[0-9]+/ { next }
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
	{ print; fflush() }
	END { printf "1..%d\n", n }'
