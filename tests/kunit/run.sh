#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the KUnit suites with this tree's driver, runs them in a test kernel in
# QEMU, and writes one line of TAP a case, and one for the guest itself.
#
# usage: run.sh [--debug | --kcsan | --kernel DIR] [--module FILE] [SUITE[.CASE] [OPTION...]]
#
# SUITE and CASE may have wildcards, as in 'xen_evtchn_port.*rearm*'. With --debug the
# kernel is the one with KASAN, lockdep and the like, which takes longer to start, with
# --kcsan the one that looks for data races. With --kernel it is that of a directory as
# tests/vm/test-kernel.sh prints it, and with --module the suites are not built, but were
# already, into FILE. OPTIONs are for the guest, see tests/vm/guest.sh.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/kunit

# All that decides what comes out, but the compiler.
fingerprint()
{
	{
		echo "$kernel"
		source_sums tests/kunit
	} | sha256sum | cut -c 1-16
}

build_module()
{
	copy_sources "$1" tests/kunit
	say "Building the KUnit suites"
	quietly "make modules of the KUnit suites" \
		make -C "$kernel/headers" M="$1" XEN_EVTCHN_KUNIT=y modules
	[ -f "$1/xen_evtchn_kunit.ko" ] || die "the build made no xen_evtchn_kunit.ko"
}

need_packages gcc make libc6-dev libelf1 kmod
debug='' kernel='' module=''
while [ $# -gt 0 ]; do
	case $1 in
	--debug) debug=bare && shift ;;
	--kcsan) debug=kcsan-bare && shift ;;
	--kernel) kernel=$2 && shift 2 ;;
	--module) module=$2 && shift 2 ;;
	*) break ;;
	esac
done
suites=${1:-xen_evtchn*}
[ $# = 0 ] || shift
if [ -n "$debug" ]; then
	kernel=$("$XE_VM/debug-kernel.sh" "$debug")
elif [ -z "$kernel" ]; then
	kernel=$("$XE_VM/test-kernel.sh")
fi
if [ -z "$module" ]; then
	find "$XE_CACHE/modules" -maxdepth 1 -name 'kunit-*' -mtime +7 \
		-exec rm -rf {} + 2>/dev/null || :
	build=$XE_CACHE/modules/kunit-$(fingerprint)
	make_once "$build" build_module
	module=$build/xen_evtchn_kunit.ko
fi

# Without a timer of fine resolution (the PM timer is what the kernel measures the
# TSC by) the events of the concurrent cases would come ten milliseconds apart. A
# kernel that panics restarts only by a triple fault.
set -- --init "$here/init.sh" --module none --cpus 2 \
	--add "$module:/lib/modules/xen_evtchn_kunit.ko" \
	--append "pmtmr=0x608 tsc=reliable reboot=t loglevel=7" \
	--append "kunit.filter_glob=$suites" "$@"
# Memory that was freed is poisoned, so that its use shows.
[ -n "$debug" ] ||
	exec "$XE_VM/guest-tap.sh" kunit --time 180 --append slab_debug=FZP --bare \
		--kernel "$kernel" "$@"
exec "$XE_VM/debug-guest.sh" "$debug" kunit "$@"
