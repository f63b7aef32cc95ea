#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Reads the console log of a guest and says whether all was well in it; if so it
# prints the guest's count, if not one sentence with the first reason, and fails.
#
# usage: verdict.sh [--status N] [--no-tap] [--allow REGEX] LOG
#
#   --status N      the exit status of QEMU under timeout
#   --no-tap        this guest runs no tests, its token is enough
#   --allow REGEX   lines that are no reason, though they match a forbidden one
#
# It passes only what is proved: the guest has to print its whole kernel log and
# then the token with the counts of its tests; the tests are counted here
# once more and have to agree with the plan and with the token. A crashed guest
# ends QEMU with status 0, so that one says nothing.

. "$(dirname "$0")/../vm/lib.sh"

status=0 tap=1 allow='^$'
while [ $# -gt 1 ]; do
	case $1 in
	--status) status=$2 && shift 2 ;;
	--no-tap) tap=0 && shift ;;
	--allow) allow=$2 && shift 2 ;;
	*) die "unknown option $1" ;;
	esac
done
[ $# = 1 ] || die "usage: verdict.sh [--status N] [--no-tap] [--allow REGEX] LOG"
[ -r "$1" ] || die "there is no log $1"
need_scratch
log=$XE_SCRATCH/log
tr -d '\r\000' <"$1" >"$log"

# What no healthy kernel says, an extended regular expression a line.
forbidden_linux()
{
	cat <<-'END'
		BUG:
		WARNING:
		Oops
		Call [Tt]race
		Internal error:
		Modules linked in:
		Kernel panic
		kernel BUG at
		general protection
		double fault
		stack segment
		segfault at
		Unable to handle
		KASAN
		KCSAN
		UBSAN
		refcount_t:
		unreferenced object
		possible .* locking
		possible recursive
		circular locking
		suspicious RCU
		genirq:
		nobody cared
		soft lockup
		blocked for more than
		detected stall
		Out of memory
		cannot create duplicate filename
	END
}

# Xen's lines are its own matter: it warns at boot of what it thinks of an emulated
# processor.
forbidden_xen()
{
	cat <<-'END'
		Panic on CPU
		Xen BUG
		Xen call trace
		Assertion
		FATAL
		crashed
		Unhandled
		domain_crash
	END
}

fail()
{
	echo "$*"
	exit 1
}

first_forbidden()
{
	forbidden_linux >"$XE_SCRATCH/linux"
	forbidden_xen >"$XE_SCRATCH/xen"
	grep -aEv "$allow" "$log" >"$XE_SCRATCH/lines" || :
	{
		grep -av '^(XEN)' "$XE_SCRATCH/lines" | grep -aE -m 1 -f "$XE_SCRATCH/linux" || :
		grep -a '^(XEN)' "$XE_SCRATCH/lines" | grep -aE -m 1 -f "$XE_SCRATCH/xen" || :
	} | head -n 1
}

last_words()
{
	grep -a . "$log" | tail -n 1
}

check_log()
{
	found=$(first_forbidden)
	[ -z "$found" ] || fail "its log has: $found"
}

check_end()
{
	case $status in
	0) ;;
	124 | 137 | 143) fail "it did not end in time; the last it said: $(last_words)" ;;
	*) fail "QEMU ended with status $status; the last it said: $(last_words)" ;;
	esac
}

check_token()
{
	token=$(grep -a '^XEN-EVTCHN-RIG: done ' "$log" | tail -n 1)
	[ -n "$token" ] ||
		fail "it ended without its token; the last it said: $(last_words)"
	awk '/^XEN-EVTCHN-RIG: kernel log/ { on = 1 }
		/^XEN-EVTCHN-RIG: end of kernel log/ { on = 0; whole = seen }
		on && /Linux version/ { seen = 1 }
		END { exit !whole }' "$log" ||
		fail "it did not show its whole kernel log before the token"
}

# count - "plan= passed= failed= skipped= gaps=" of the TAP lines in column 0.
count()
{
	awk '
		/^XEN-EVTCHN-RIG: kernel log/ { exit }
		/^1\.\.[0-9]+/ { sub(/^1\.\./, ""); plan += $1 }
		/^Bail out!/ { failed++ }
		/^(not )?ok / {
			number = $1 == "not" ? $3 : $2
			if (number + 0 != ++expected)
				gaps++
			if ($1 == "not")
				failed++
			else if (toupper($0) ~ /# *SKIP/)
				skipped++
			else
				passed++
		}
		END {
			printf "plan=%d gaps=%d\n", plan, gaps
			printf "passed=%d failed=%d skipped=%d\n", passed, failed, skipped
		}' "$log"
}

check_tests()
{
	count >"$XE_SCRATCH/count"
	read -r plan gaps <"$XE_SCRATCH/count"
	counted=$(tail -n 1 "$XE_SCRATCH/count")
	total=$(echo "$counted" | tr -c '0-9\n' ' ' | awk '{ print $1 + $2 + $3 }')
	said=${token#XEN-EVTCHN-RIG: done * }
	failed=$(grep -aE -m 1 '^(not ok|Bail out!)' "$log") || failed=
	[ -z "$failed" ] || fail "a test failed: $failed"
	[ "$said" = "$counted" ] ||
		fail "it says $said, but its log has $counted"
	[ "$plan" = "plan=$total" ] ||
		fail "its plan is of ${plan#plan=} tests, but its log has $total"
	[ "$gaps" = gaps=0 ] || fail "its tests are not numbered 1 to $total"
	[ "$tap" = 0 ] || [ "$total" -gt 0 ] || fail "it ran no test"
}

check_status()
{
	said=${token#XEN-EVTCHN-RIG: done }
	[ "${said%% *}" = 0 ] || fail "its program ended with status ${said%% *}"
}

check_log
check_end
check_token
check_tests
check_status
echo "$counted"
