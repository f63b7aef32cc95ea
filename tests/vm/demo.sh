#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The demonstration: our module under Debian's unmodified toolstack, in dom0 and in
# a PV domU of a real Xen, with events between the two. It ends with one line that
# says what worked, and status 0 only if all of it did. What happens in the guest
# stands in init/demo-dom0.sh.
#
# usage: demo.sh

. "$(dirname "$0")/../vm/lib.sh"

# shellcheck source-path=SCRIPTDIR source=toolstack-guest.sh
. "$XE_VM/toolstack-guest.sh"

kernel=6.12

# The same program for both domains.
common_manifest()
{
	echo "file /bin/evtchn-pingpong $XE_SCRATCH/evtchn-pingpong"
}

prepare()
{
	say "Preparing: Debian's Linux $kernel, Xen 4.17 and its tools, our module"
	need_toolstack "$kernel" 4.17
	gcc -O2 -Wall -o "$XE_SCRATCH/evtchn-pingpong" \
		"$XE_TOP/tests/demo/evtchn-pingpong.c" -lxenevtchn
	common_manifest >"$XE_SCRATCH/domu-manifest"
	make_domu "$XE_VM/init/demo-domu.sh" "$XE_SCRATCH/domu-manifest"
	domu_config demo pv 192 2 >"$XE_SCRATCH/demo.cfg.in"
	{
		common_manifest
		dom0_manifest
		echo "file /etc/xen/demo.cfg.in $XE_SCRATCH/demo.cfg.in"
	} >"$XE_SCRATCH/manifest"
	version=$(modinfo -F version "$module")
	srcversion=$(modinfo -F srcversion "$module")
}

boot()
{
	say "Booting Xen $xen with Linux $(cat "$kernel_dir/release") as its PV dom0, in QEMU"
	say "The console: $log"
	"$XE_VM/guest.sh" --name demo --init "$XE_VM/init/demo-dom0.sh" \
		--xen "$xen" --kernel "$kernel" --module "$module" --tree "$tools" \
		--manifest "$XE_SCRATCH/manifest" --args "$version $srcversion" \
		--memory 2048 --dom0-memory 768 --time 240 --show '# ' --log "$log"
}

need_scratch
start=$(date +%s)
prepare
log=$XE_LOGS/demo-$(date +%Y%m%d-%H%M%S).log
if verdict=$(boot); then
	echo "demo: it works: xen-evtchn $version carried Debian's unmodified Xen $xen toolstack" \
		"and 200 events each way between dom0 and a PV domU, with no warning in either" \
		"kernel log ($(($(date +%s) - start)) s)."
	exit 0
fi
reason=${verdict#*FAILED: }
failed=$(sed -n 's/\r//; s/^not ok \([0-9]*\) - /at step \1, /p' "$log" | head -n 1)
echo "demo: FAILED: ${failed:-${reason%; see *}}; see $log"
exit 1
