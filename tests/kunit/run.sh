#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the KUnit suites with this tree's driver, runs them in the test kernel in
# QEMU, and writes one line of TAP a case, and one for the guest itself.
#
# usage: run.sh [SUITE[.CASE]]
#
# SUITE and CASE may have wildcards, as in 'xen_evtchn_port.*rearm*'.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/kunit

# All that decides what comes out, but the compiler.
fingerprint()
{
	cd "$XE_TOP"
	{
		echo "$kernel"
		find Kbuild dkms.conf drivers include tests/kunit -type f -name '[!.]*' |
			grep -E '(^[A-Za-z.]+|\.[ch]|Kbuild|Makefile.*)$' |
			LC_ALL=C sort | xargs sha256sum
	} | sha256sum | cut -c 1-16
}

build_module()
{
	mkdir "$1/tests"
	for part in Kbuild dkms.conf drivers include; do
		cp -r "$XE_TOP/$part" "$1/"
	done
	cp -r "$here" "$1/tests/"
	find "$1" \( -name '*.o' -o -name '*.ko' -o -name '.*.cmd' \) -delete
	say "Building the KUnit suites"
	quietly "make modules of the KUnit suites" \
		make -C "$kernel/headers" M="$1" XEN_EVTCHN_KUNIT=y modules
	[ -f "$1/xen_evtchn_kunit.ko" ] || die "the build made no xen_evtchn_kunit.ko"
}

need_packages gcc make libc6-dev libelf1 kmod
kernel=$("$XE_VM/test-kernel.sh")
find "$XE_CACHE/modules" -maxdepth 1 -name 'kunit-*' -mtime +7 \
	-exec rm -rf {} + 2>/dev/null || :
build=$XE_CACHE/modules/kunit-$(fingerprint)
make_once "$build" build_module

# Without a timer of fine resolution (the PM timer is what the kernel measures the
# TSC by) the events of the concurrent cases would come ten milliseconds apart. A
# kernel that panics restarts only by a triple fault. Memory that was freed is
# poisoned, so that its use shows.
exec "$XE_VM/guest-tap.sh" kunit --init "$here/init.sh" --bare --kernel "$kernel" \
	--module none --add "$build/xen_evtchn_kunit.ko:/lib/modules/xen_evtchn_kunit.ko" \
	--cpus 2 --time 180 \
	--append "pmtmr=0x608 tsc=reliable reboot=t slab_debug=FZP loglevel=7 \
kunit.filter_glob=${1:-xen_evtchn*}"
