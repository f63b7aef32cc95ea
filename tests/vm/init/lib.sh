# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by the init scripts, inside the guest: mounts, modules, tests, the token.
#
# usage: . /etc/lib.sh

export PATH=/bin:/sbin:/usr/bin:/usr/sbin

mount_all()
{
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs dev /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
	mount -t tmpfs tmp /tmp
	mount -t tmpfs run /run
}

# A guest that comes to its own root from here has all that there, and is long up.
[ -n "${ROOT_IS_UP-}" ] || mount_all
exec </dev/console >/dev/console 2>&1
# shellcheck disable=SC2034 # for the init scripts
ARGS=$(cat /etc/args 2>/dev/null)
leaks=/sys/kernel/debug/kmemleak
races=/sys/kernel/debug/kcsan

say()
{
	echo "XEN-EVTCHN-RIG: $*"
}

# The rig starts a guest again that does not come so far.
[ -n "${ROOT_IS_UP-}" ] || say up

# argument NAME - what NAME= is set to on the kernel's command line.
argument()
{
	sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

# load MODULE... - of those that the guest has; each is a file of its name.
load()
{
	for module; do
		insmod "/lib/modules/$module.ko" || finish 1
		[ "$module" != xen-evtchn ] || look_for_races xen_evtchn
	done
}

# The kernel's own, which are not ours to mend: a sleeper looks at what its timer clears as
# it ends, and memory of processes.
others_races="schedule_hrtimeout_range_clock lru_add"

# look_for_races [MODULE] - if the kernel has KCSAN: races of MODULE's functions with each
# other or with any other code; if none is named, all races but those.
look_for_races()
{
	[ -e "$races" ] || return 0
	if [ $# -gt 0 ]; then
		awk -v module="[$1]" '
			$4 == module && $2 ~ /[tT]/ { print "!" $3 }' /proc/kallsyms |
			while read -r function; do
				echo "$function" >"$races"
			done
		echo whitelist >"$races"
	else
		for function in $others_races; do
			echo "!$function" >"$races"
		done
		echo blacklist >"$races"
	fi
	echo on >"$races"
}

# load_for_xen MODULE... - what programs speak to Xen by: MODULEs, and /proc/xen.
load_for_xen()
{
	load "$@" xenfs
	mkdir -p /proc/xen
	mount -t xenfs xenfs /proc/xen
}

# run_tests COMMAND... - a program that writes TAP; its status decides.
run_tests()
{
	{
		("$@")
		echo $? >/tmp/status
	} </dev/null | tee /tmp/tap
}

# What was leaked goes to the console, where the rig reads it, if the kernel has
# kmemleak. An object has to be older than five seconds, and lost in two scans.
look_for_leaks()
{
	[ -e "$leaks" ] || return 0
	echo scan >"$leaks"
	sleep 6
	echo scan >"$leaks"
	cat "$leaks"
}

# What a driver that was built for it has counted of its lines that ran: an archive, as
# comments of the TAP, for tests/coverage. The blanks keep its letters from making
# one of the words that no healthy guest says.
show_coverage()
{
	mkdir -p /tmp/gcov
	find /sys/kernel/debug/gcov -path '*/drivers/xen/evtchn/*.gcda' 2>/dev/null |
		while read -r file; do
			cat "$file" >"/tmp/gcov/${file##*/}"
		done
	rmdir /tmp/gcov 2>/dev/null ||
		tar -cC /tmp gcov | gzip | base64 | sed 's/../& /g; s/^/# gcov /'
}

# The rig counts for itself and fails a guest whose own count is another.
count_tests()
{
	awk '
		/^ok / { if (toupper($0) ~ /# *SKIP/) skipped++; else passed++ }
		/^not ok / || /^Bail out!/ { failed++ }
		END { printf "passed=%d failed=%d skipped=%d\n", passed, failed, skipped }
	' /tmp/tap
}

# report [STATUS] - the kernel ran with "quiet", so here is what it had to say; then
# the token.
report()
{
	[ -e /tmp/tap ] || : >/tmp/tap
	status=${1-$(cat /tmp/status)}
	look_for_leaks
	show_coverage
	say "kernel log"
	dmesg
	say "end of kernel log"
	say "done ${status:-1} $(count_tests)"
}

# finish [STATUS] - the report, and the end of QEMU.
finish()
{
	report "$@"
	sleep 0.2
	reboot -f
	sleep 60
}

# stay [STATUS] - the report of a domU: its dom0 reads the console to the last line, and
# then destroys it.
stay()
{
	report "$@"
	while :; do
		sleep 60
	done
}
