#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Proves that the rig can fail: guests that are broken on purpose, and logs of some
# that were, each of which has to be failed, and for the right reason. TAP.
#
# usage: selftest.sh

. "$(dirname "$0")/../vm/lib.sh"

need_scratch
tests=0 bad=0

# result STATUS NAME [DETAIL]
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		bad=1
		echo "not ok $tests - $2"
		echo "# ${3-}"
	fi
}

# expect NAME STATUS REASON WANTED-STATUS SAID
expect()
{
	local wrong=0

	[ "$2" = "$4" ] && [[ $5 =~ $3 ]] || wrong=1
	result "$wrong" "$1" "status $4, said: $5"
}

# guest NAME STATUS REASON WAY SECONDS - a real guest that is broken in this way.
guest()
{
	local said status=0

	said=$("$XE_VM/guest.sh" --bare --module none --name "selftest-$4" \
		--init "$XE_VM/init/broken.sh" --args "$4" --time "$5" \
		2>/dev/null) || status=$?
	expect "$1" "$2" "$3" "$status" "$said"
}

# What comes before a guest's init is not what is tested: such a guest gets two more
# chances, and no more.
guest_that_never_starts()
{
	local said status=0

	said=$("$XE_VM/guest.sh" --bare --module none --name selftest-never \
		--init "$XE_VM/init/broken.sh" --append rdinit=/nowhere --time 600 \
		2>"$XE_SCRATCH/never") || status=$?
	expect "a guest that never starts fails" 1 'Kernel panic' "$status" "$said"
	expect "it was started three times" 0 '^2$' 0 \
		"$(grep -c 'is started again' "$XE_SCRATCH/never")"
}

# A sound log, which the recorded cases spoil.
sound_log()
{
	cat <<-'END'
		(XEN) Xen version 4.17
		1..2
		ok 1 - this
		ok 2 - that # SKIP no such thing
		XEN-EVTCHN-RIG: kernel log
		[    0.000000] Linux version 6.12
		[    9.000000] a last line
		XEN-EVTCHN-RIG: end of kernel log
		XEN-EVTCHN-RIG: done 0 passed=1 failed=0 skipped=1
		(XEN) Hardware Dom0 shutdown: rebooting machine
	END
}

# recorded NAME STATUS REASON SED-SCRIPT [OPTION...] - the same of a spoiled log.
recorded()
{
	local said status=0 name=$1 want=$2 reason=$3

	sound_log | sed "$4" >"$XE_SCRATCH/log"
	shift 4
	said=$("$XE_VM/verdict.sh" "$@" "$XE_SCRATCH/log" 2>&1) || status=$?
	expect "$name" "$want" "$reason" "$status" "$said"
}

recorded_cases()
{
	local word
	local untested='/^1\.\./d; /^ok/d; s/=1/=0/g'

	recorded "a sound log passes" 0 'passed=1 failed=0 skipped=1' ''
	recorded "a log that was cut off fails" 1 'without its token' '$!{/RIG: done/d}'
	recorded "an empty log fails" 1 'without its token' d
	recorded "a guest that was killed for its time fails" 1 'did not end in time' '' --status 124
	recorded "a QEMU that dies fails" 1 'QEMU ended with status 1' '' --status 1
	recorded "a status of the program's fails" 1 'status 7' 's/done 0/done 7/'
	recorded "a failed test fails" 1 'a test failed: not ok 1' 's/^ok 1/not ok 1/'
	recorded "a failed test that is only counted fails" 1 'it says' 's/failed=0/failed=1/'
	recorded "a skip that is counted as passed fails" 1 'it says' \
		's/passed=1 failed=0 skipped=1/passed=2 failed=0 skipped=0/'
	recorded "a plan of more tests than ran fails" 1 'its plan is of 3 tests' 's/^1\.\.2/1..3/'
	recorded "a missing plan fails" 1 'its plan is of 0 tests' '/^1\.\.2/d'
	recorded "a test that ran twice for another fails" 1 'not numbered' 's/^ok 2/ok 1/'
	recorded "no test at all fails" 1 'ran no test' "$untested"
	recorded "no test at all passes where none is expected" 0 'passed=0' "$untested" --no-tap
	recorded "a bail-out fails" 1 'a test failed: Bail out' 's/^ok 2.*/Bail out! no device/'
	recorded "a kernel log that lost its beginning fails" 1 'whole kernel log' '/Linux version/d'
	recorded "a crash of Xen fails" 1 'Panic on CPU' '1a (XEN) Panic on CPU 0:'
	for word in 'BUG: x' 'WARNING: x' 'Oops: x' 'Call Trace:' 'Call trace:' 'BUG: KASAN: x' \
		'BUG: KCSAN: x' 'Internal error: synchronous external abort' \
		'WARNING: possible circular locking dependency' 'unreferenced object 0x1' \
		'genirq: Flags mismatch' 'Kernel panic - not syncing' 'irq 9: nobody cared'; do
		recorded "a kernel log with '$word' fails" 1 'its log has' "/a last line/s/a last.*/$word/"
		recorded "a console with '$word' fails" 1 'its log has' "2s/.*/$word/"
	done
	recorded "a line that is allowed passes" 0 'passed=1' \
		'/a last line/s/a last.*/WARNING: expected/' --allow 'WARNING: expected'
}

guest_cases()
{
	guest "a sound guest passes" 0 'passed=2 failed=0' sound 600
	guest "a guest that hangs fails" 1 'did not end in time' hang 15
	guest "a guest that panics fails" 1 'Kernel panic|BUG:|Oops' panic 600
	guest "a guest that warns fails" 1 'WARNING: CPU' warn 600
	guest "a guest that says nothing fails" 1 'without its token' silent 600
	guest "a guest that lies about its count fails" 1 'it says passed=3' lie 600
	guest_that_never_starts
}

recorded_cases
guest_cases
echo "1..$tests"
exit "$bad"
