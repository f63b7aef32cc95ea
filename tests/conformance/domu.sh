#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The conformance program in a domU that xl has made, over our module there, with
# channels to dom0 as well, whose toolstack has our module too; writes TAP.
#
# usage: domu.sh [pv|pvh]...        (of the domU; both if none is named)
#
# DOMU, if set, are more options for the program.

. "$(dirname "$0")/../vm/lib.sh"

# shellcheck source-path=SCRIPTDIR/../vm source=toolstack-guest.sh
. "$XE_VM/toolstack-guest.sh"

kernel=6.12

# What the domU has besides its init and the module under test.
domu_manifest()
{
	# A domU has 1,023 channels, so no test meets the FIFO ABI's many there.
	echo "--group all ${DOMU-}" >"$XE_SCRATCH/domu-args"
	echo "file /etc/args $XE_SCRATCH/domu-args"
	echo "file /bin/evtchn-conformance $("$XE_VM/program.sh" conformance)"
	"$XE_VM/test-module.sh" --all conformance
	for name in xen-privcmd xen-gntdev xen-gntalloc xenfs; do
		echo "file /lib/modules/$name.ko $kernel_dir/modules/$name.ko"
	done
}

run_guest()
{
	domu_config domu "$1" 256 2 >"$XE_SCRATCH/domu.cfg.in"
	{
		dom0_manifest
		echo "file /bin/evtchn-conformance $("$XE_VM/program.sh" conformance)"
		echo "file /bin/evtchn-echo $(dirname "$("$XE_VM/program.sh" restore)")/evtchn-echo"
		echo "file /etc/xen/domu.cfg.in $XE_SCRATCH/domu.cfg.in"
	} >"$XE_SCRATCH/manifest"
	"$XE_VM/guest-tap.sh" "domu-$1" --init "$XE_VM/init/domu-dom0.sh" --xen "$xen" \
		--kernel "$kernel" --tree "$tools" --manifest "$XE_SCRATCH/manifest" \
		--memory 2304 --dom0-memory 1024 --time 1800 --show 'XEN-EVTCHN-RIG: domU: '
}

for type; do
	case $type in
	pv | pvh) ;;
	*) die "usage: domu.sh [pv|pvh]..." ;;
	esac
done
[ $# -gt 0 ] || set -- pv pvh
need_scratch
need_toolstack "$kernel" 4.17
domu_manifest >"$XE_SCRATCH/domu-manifest"
make_domu "$XE_VM/init/domu.sh" "$XE_SCRATCH/domu-manifest"
for type; do
	run_guest "$type" || :
done | "$XE_VM/join-tap.sh"
