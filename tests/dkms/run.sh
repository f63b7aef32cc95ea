#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The package and dkms in a Debian that is booted from a disk, with systemd, in dom0 of
# Xen: install, build, load, upgrade of the kernel, removal. Writes TAP.
#
# usage: run.sh [SUITE...]        (bookworm and trixie if none is named)
#
# The same disk is booted twice: with its own kernel and no Xen, as what is compiled
# there takes several times as long in dom0; and with the next kernel in dom0.

. "$(dirname "$0")/../vm/lib.sh"

here=$XE_TOP/tests/dkms

manifest()
{
	cat <<-END
		file /rig/modules $1/modules/order
		file /rig/steps.sh $here/steps.sh
		file /rig/version $XE_SCRATCH/version
		file /rig/next $image/kernels/next/release
		file /rig/evtchn-conformance $program
		file /rig/xen-evtchn-dkms.deb $deb
	END
}

# boot TIME KERNEL OPTION... - what is tried this time is in steps.sh. systemd would take
# the console for itself. Each system call of a PV guest goes by Xen, whose care about
# speculation is lost on an emulator.
boot()
{
	time=$1 kernel=$image/kernels/$2
	shift 2
	manifest "$kernel" >"$XE_SCRATCH/manifest"
	"$XE_VM/guest-tap.sh" "dkms-$suite-$time" --init "$here/init.sh" \
		--kernel "$kernel" --module none --manifest "$XE_SCRATCH/manifest" \
		--disk "$XE_SCRATCH/disk" --memory 2048 --dom0-memory 1536 \
		--append "systemd.mask=serial-getty@hvc0.service systemd.show_status=no" \
		--append "systemd.mask=serial-getty@ttyS0.service" \
		--xen-append spec-ctrl=no \
		--args "$time" --time 3600 --boot-time 240 "$@"
}

# The second boot needs what the first one has left on the disk.
boot_all()
{
	image=$("$here/image.sh" "$suite")
	cp --sparse=always "$image/disk" "$XE_SCRATCH/disk"
	boot off_xen now --bare && boot dom0 next && return
	printf 'not ok 1 - %s: all that was to be booted has passed\n' "$suite"
}

[ $# -gt 0 ] || set -- bookworm trixie
need_scratch
need_space 6000
sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$XE_TOP/dkms.conf" >"$XE_SCRATCH/version"
program=$("$XE_VM/program.sh" conformance)
deb=$("$XE_TOP/tests/package/build.sh")
for suite; do
	boot_all
done | "$XE_VM/join-tap.sh"
