#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: dom0 of tests/toolstack/run.sh. Under each xenstored in turn it makes
# a domU, and tests both and what is between them. Its output is TAP.
#
# usage: guest.sh --init toolstack-dom0.sh --args "pv|pvh [SRCVERSION]"
#        (of the domU; of the module)

# shellcheck source=lib.sh
. /etc/lib.sh
# shellcheck source=toolstack.sh
. /etc/toolstack.sh

# shellcheck disable=SC2086 # words
set -- $ARGS
type=$1 srcversion=${2-}
tests=0		# so far
store=		# xenstored or oxenstored, and the name of its domU
domid=
asked=0		# so many commands the domU was given
silent=		# it does not answer any more
vchans=0	# so many were made

# --- the two domains ----------------------------------------------------------

# What xenconsoled has written down; what this looks for is near its end.
domu_log()
{
	tail -c 20000 "$(domu_console "$store")"
}

domu_ended()
{
	domu_log | grep -q "RIG: end $asked "
}

# domu COMMAND - in the domU, by way of its console; its status, and in /tmp/domu.out
# what it said. A domU that has not answered once is not asked again.
domu()
{
	[ -z "$silent" ] || return 1
	asked=$((asked + 1))
	echo "$asked $1" | tr -s '\n\t' '  ' >&3
	echo >&3
	wait_for 200 domu_ended || { silent=1 && echo "the domU does not answer" && return 1; }
	domu_log | sed "1,/RIG: begin $asked\$/d; /RIG: end $asked /,\$d" >/tmp/domu.out
	domu_log | grep -q "RIG: end $asked 0\$"
}

# on dom0|domu COMMAND - its output is what it said.
on()
{
	case $1 in
	dom0) eval "$2" ;;
	domu)
		status=0
		domu "$2" || status=1
		cat /tmp/domu.out
		return $status
		;;
	esac
}

other()
{
	case $1 in
	dom0) echo domu ;;
	domu) echo dom0 ;;
	esac
}

# test_that WHAT COMMAND... - one test; what the command says follows it.
test_that()
{
	tests=$((tests + 1))
	what=$1
	shift
	read -r before _ </proc/uptime
	if "$@" >/tmp/test.said 2>&1; then
		echo "ok $tests - $what"
		show </tmp/test.said
		read -r after _ </proc/uptime
		echo "#      in $((${after%.*} - ${before%.*})) s"
		return
	fi
	echo "not ok $tests - $what"
	{
		cat /tmp/test.said
		echo "--- the domU's console:"
		domu_log | tail -n 20 | cut -c -160
		echo "--- the daemons:"
		tail -n 5 /tmp/*.log /tmp/*.out /var/log/xen/*.log
	} 2>/dev/null | show
	return 1
}

# --- the daemons and the domU -------------------------------------------------

# has_files PROCESS COUNT - that many of the driver, and what else there is.
has_files()
{
	open_files "$1" | sed 's|.*/||' | sort | uniq -c |
		awk -v who="$1" '{ list = list ", " $1 " x " $2 } END { print who ": " substr(list, 3) }'
	[ "$(open_files "$1" | grep -c ' -> /dev/xen/evtchn$')" = "$2" ]
}

daemons_run()
{
	rm -rf /run/xenstored/* /var/lib/xenstored/*
	start_toolstack || return 1
	[ -z "$srcversion" ] ||
		[ "$(cat /sys/module/xen_evtchn/srcversion)" = "$srcversion" ] || return 1
	has_files "$store" 1 && has_files xenconsoled 1
}

# xenconsole is what xl console executes, but that takes input from a terminal alone.
# /tmp/typed is what somebody types.
domu_answers()
{
	sed "s/@NAME@/$store/; s/@ARGS@//" /etc/xen/toolstack.cfg.in >/etc/xen/domu.cfg
	timeout 60 xl create /etc/xen/domu.cfg >/tmp/create.out 2>&1 || return 1
	domid=$(xl domid "$store")
	xenconsole --interactive --type pv "$domid" </tmp/typed >/tmp/screen 2>/tmp/console.log &
	exec 3>/tmp/typed
	silent='' asked=0
	wait_for 120 grep -q 'RIG: domU: ' "$(domu_console "$store")" || { silent=1 && return 1; }
	domu_log | grep 'RIG: domU: '
	domu_log | grep -qi "RIG: domU: $type, srcversion $srcversion\$" && domu true
}

# --- xenstore -----------------------------------------------------------------

values_both_ways()
{
	home=/local/domain/$domid
	timeout 180 store.sh write "$home/data/dom0" 1 150 >/tmp/write.log 2>&1 &
	domu "timeout 180 store.sh write data/domu 2 150" || { cat /tmp/domu.out && return 1; }
	wait $! || { cat /tmp/write.log && return 1; }
	on dom0 "timeout 180 store.sh check $home/data/domu 2 150" &&
		on domu "timeout 180 store.sh check data/dom0 1 150"
}

# The first word of a watch is that it is there.
watches_fire()
{
	domu "timeout 180 xenstore-watch -n 6 data/watched >/tmp/watch.out &
		wait_for 60 grep -q . /tmp/watch.out" || return 1
	for i in 1 2 3 4 5; do
		xenstore-write "/local/domain/$domid/data/watched" "$i" || return 1
	done
	on domu "wait \$! && wc -l </tmp/watch.out" && grep -q '^6$' /tmp/domu.out
}

# Debian's own test of xenstored; a domU can not make the directory that it wants.
own_test_passes()
{
	own=/local/domain/$domid/xenstore-test
	xenstore-write "$own" '' && xenstore-chmod "$own" "n$domid" || return 1
	on dom0 'timeout 60 test-xenstore' && on domu 'timeout 60 test-xenstore' || return 1
	[ "$(grep -c ' ns$' /tmp/domu.out)" = 12 ]
}

# --- the console --------------------------------------------------------------

# said_on FILE - the text in it.
said_on()
{
	sed '1,/RIG: text$/d; /RIG: end of text$/,$d' "$1"
}

screen_has_it()
{
	tail -c 1000 /tmp/screen | grep -q 'RIG: end of text'
}

# By the daemon's log, and by what xenconsole has shown.
console_out()
{
	bytes=1048576
	evtchn-toolstack text 4 $bytes >/tmp/wanted
	domu "say text; evtchn-toolstack text 4 $bytes; say end of text" || return 1
	wait_for 60 screen_has_it || return 1
	for file in "$(domu_console "$store")" /tmp/screen; do
		said_on "$file" >/tmp/came
		echo "${file##*/}: $(wc -c </tmp/came) bytes, sha256 $(sha256sum </tmp/came | cut -c -16)"
		cmp /tmp/wanted /tmp/came || return 1
	done
}

console_in()
{
	[ -z "$silent" ] || return 1
	bytes=16384
	evtchn-toolstack text 5 $bytes >/tmp/wanted
	asked=$((asked + 1))
	{
		echo "$asked head -c $bytes | sha256sum"
		cat /tmp/wanted
	} >&3
	wait_for 60 domu_ended || { silent=1 && return 1; }
	domu_log | grep "^$(sha256sum </tmp/wanted | cut -d ' ' -f 1) "
}

# --- vchan --------------------------------------------------------------------

# new_vchan DOMAIN - a path for a server there; sets $path.
new_vchan()
{
	vchans=$((vchans + 1))
	case $1 in
	dom0) path=/local/domain/0/data/vchan/$domid-$vchans ;;
	domu) path=/local/domain/$domid/data/vchan-$vchans ;;
	esac
}

# vchan_args DOMAIN SERVER - of one side: what it is, whom it speaks to, and where.
vchan_args()
{
	case $1 in
	dom0) peer=$domid ;;
	domu) peer=0 ;;
	esac
	if [ "$1" = "$2" ]; then
		echo "server $peer $path"
	else
		echo "client $peer $path"
	fi
}

# exchanged SERVER WAY - both sides have to say that all came.
exchanged()
{
	new_vchan "$1"
	rm -f /tmp/vchan.log
	# shellcheck disable=SC2046 # words
	evtchn-toolstack exchange $(vchan_args dom0 "$1") "$2" >/tmp/vchan.log 2>&1 &
	side=$!
	status=0
	domu "evtchn-toolstack exchange $(vchan_args domu "$1") $2 2>&1" || status=1
	[ $status = 0 ] || kill $side
	wait $side || status=1
	sed 's/^/domU: /' /tmp/domu.out
	sed 's/^/dom0: /' /tmp/vchan.log
	all='^524288 bytes sent, 524288 came as they were$'
	[ $status = 0 ] && grep -q "$all" /tmp/domu.out && grep -q "$all" /tmp/vchan.log
}

# What is said on both sides: the domains have the same tools.
proxy_starts()
{
	echo "rm -f /tmp/fed && mkfifo /tmp/fed && evtchn-toolstack text $1 262144 >/tmp/feed &&
		{ vchan-socket-proxy -m $2 $3 $4 - <>/tmp/fed >/tmp/fetched 2>/tmp/proxy.log &
		cat /tmp/feed >/tmp/fed & }"
}

proxy_has()
{
	echo "evtchn-toolstack text $1 262144 >/tmp/wanted.proxy;
		wait_for 90 cmp /tmp/wanted.proxy /tmp/fetched;
		wc -c </tmp/fetched; cat /tmp/proxy.log; cmp /tmp/wanted.proxy /tmp/fetched"
}

# proxied SERVER - Debian's own program over Debian's own library; it does not end
# before its other side does.
proxied()
{
	new_vchan "$1"
	# shellcheck disable=SC2046 # words
	on "$1" "$(proxy_starts 6 $(vchan_args "$1" "$1"))" || return 1
	# shellcheck disable=SC2046 # words
	on "$(other "$1")" "$(proxy_starts 7 $(vchan_args "$(other "$1")" "$1"))" || return 1
	on "$1" "$(proxy_has 7)" && on "$(other "$1")" "$(proxy_has 6)" || return 1
	on "$1" 'killall -9 vchan-socket-proxy' &&
		on "$(other "$1")" 'wait_for 60 sh -c "! pidof vchan-socket-proxy"'
}

# survived VICTIM SERVER WAY - one domain's side is killed while the other's sleeps.
survived()
{
	new_vchan "$2"
	on "$1" "evtchn-toolstack hold $(vchan_args "$1" "$2") >/tmp/victim 2>&1 &" || return 1
	on "$(other "$1")" "evtchn-toolstack outlive $(vchan_args "$(other "$1")" "$2") $3 >/tmp/survivor 2>&1 &
		wait_for 60 grep -q sleep /tmp/survivor; grep 'sleeps in' /tmp/survivor" || return 1
	on "$1" 'wait_for 60 grep -q connected /tmp/victim && killall -9 evtchn-toolstack' || return 1
	on "$(other "$1")" "wait_for 60 grep -q closed /tmp/survivor; tail -n 1 /tmp/survivor; grep -q '^closed' /tmp/survivor"
}

# --- the end ------------------------------------------------------------------

files_held()
{
	has_files "$store" 1 && has_files xenconsoled 2
}

domu_leaves()
{
	domu leave
	status=$?
	grep 'channels left' /tmp/domu.out
	timeout 30 xl destroy "$store" || return 1
	exec 3>&-
	wait_for 20 sh -c '! pidof xenconsole' || return 1
	has_files xenconsoled 1 || return 1
	return $status
}

# A xenstored is not meant to end, so it takes no notice of a kind word.
daemons_end()
{
	kill "$(pidof xenconsoled)"
	wait_for 20 sh -c '! pidof xenconsoled' || return 1
	kill -9 "$(pidof "$store")"
	wait_for 20 sh -c "! pidof $store" || return 1
	echo "channels left: $(count_channels '')"
	[ "$(count_channels '')" = 0 ]
}

module_goes()
{
	rmmod xen_evtchn && [ ! -e /dev/xen/evtchn ]
}

# What does not depend on who serves xenstore is done once.
once()
{
	test_that "$store: 1 MiB over the domU's console is unharmed" console_out
	test_that "$store: 16 KiB typed at xenconsole are unharmed" console_in
	for server in dom0 domu; do
		test_that "$store: vchan in turns, 512 KiB each way, server in $server" \
			exchanged $server wait
	done
	test_that "$store: vchan, server in dom0 killed: wait ends" survived dom0 dom0 wait
	test_that "$store: vchan, client in dom0 killed: poll ends" survived dom0 domu poll
	test_that "$store: vchan, server in domu killed: poll ends" survived domu domu poll
	test_that "$store: vchan, client in domu killed: recv ends" survived domu dom0 recv
}

under()
{
	store=$1
	test_that "$store: the daemons start, one file of the driver each" daemons_run &&
		test_that "$store: a $type domU by xl, and it answers on its console" domu_answers ||
		return 1
	test_that "$store: 150 values each way at once, by socket and by xenbus" values_both_ways
	test_that "$store: a watch of the domU's fires for each write" watches_fire
	test_that "$store: Debian's test-xenstore, in dom0 and in the domU" own_test_passes
	[ "$store" = oxenstored ] || once
	test_that "$store: vchan by poll, 512 KiB at once each way, server in dom0" \
		exchanged dom0 poll
	test_that "$store: vchan by select, 512 KiB at once each way, server in domu" \
		exchanged domu select
	for server in dom0 domu; do
		test_that "$store: Debian's vchan-socket-proxy, 256 KiB each way, server in $server" \
			proxied $server
	done
	test_that "$store: xenconsoled has one file more for its domU" files_held
	test_that "$store: the domU has no channel left, and unloads the module" domu_leaves
	test_that "$store: the daemons end, and leave no channel" daemons_end
}

toolstack()
{
	mkfifo /tmp/typed
	load_drivers || return 1
	under xenstored && under oxenstored &&
		test_that "the module is unloaded" module_goes
	status=$?
	echo "1..$tests"
	return $status
}

# show_consoles - less the text.
show_consoles()
{
	for store in xenstored oxenstored; do
		say "console of the domU under $store"
		domu_says $store |
			sed '/RIG: text$/,/RIG: end of text$/d; s/^/domU: /'
	done
}

run_tests toolstack
show_consoles
finish
