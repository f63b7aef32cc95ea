#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Debian's unmodified toolstack over the driver, in dom0 and in a domU: both kinds of
# xenstored, xenconsoled, libxenvchan. Writes TAP. What is tested stands in
# ../vm/init/toolstack-dom0.sh.
#
# usage: run.sh [--driver ours|stock | --module FILE] [TYPE...]
#        (of the domU: pv, pvh; both if none is named)

. "$(dirname "$0")/../vm/lib.sh"

# shellcheck source-path=SCRIPTDIR/../vm source=toolstack-guest.sh
. "$XE_VM/toolstack-guest.sh"

driver=ours kernel=6.12 file=''

# What both domains have.
common_manifest()
{
	echo "file /bin/evtchn-toolstack $program"
	echo "file /bin/store.sh $XE_TOP/tests/toolstack/store.sh"
	for tool in xenstore-read xenstore-write xenstore-watch xenstore-chmod; do
		echo "file /bin/$tool TREE/usr/bin/$tool"
	done
	for tool in test-xenstore vchan-socket-proxy; do
		echo "file /bin/$tool TREE/usr/lib/xen-$xen/bin/$tool"
	done
}

domu_manifest()
{
	common_manifest
	echo "file /lib/libgcc_s.so.1 TREE/lib/x86_64-linux-gnu/libgcc_s.so.1"
	echo "file /etc/toolstack.sh $XE_VM/init/toolstack.sh"
	for ko in xen-privcmd xen-gntdev xen-gntalloc xenfs; do
		echo "file /lib/modules/$ko.ko $kernel_dir/modules/$ko.ko"
	done
}

guest_manifest()
{
	common_manifest
	dom0_manifest
	for tool in oxenstored xenconsole; do
		echo "file /bin/$tool TREE/usr/lib/xen-$xen/bin/$tool"
	done
	echo "file /etc/xen/oxenstored.conf TREE/etc/xen/oxenstored.conf"
	echo "file /etc/xen/toolstack.cfg.in $XE_SCRATCH/toolstack.cfg.in"
}

# One guest. In a PVH domU of two CPUs, one that waits for the other can keep Xen
# from running anything else in this emulator.
run_guest()
{
	case $1 in
	pv) vcpus=2 ;;
	pvh) vcpus=1 ;;
	esac
	domu_config @NAME@ "$1" 192 "$vcpus" >"$XE_SCRATCH/toolstack.cfg.in"
	guest_manifest >"$XE_SCRATCH/manifest"
	"$XE_VM/guest-tap.sh" "toolstack-$1-$driver" --init "$XE_VM/init/toolstack-dom0.sh" \
		--xen "$xen" --kernel "$kernel" --module "$module" --tree "$tools" \
		--manifest "$XE_SCRATCH/manifest" --args "$1 $srcversion" \
		--memory 2560 --dom0-memory 1024 --time 900
}

need_scratch
while [ $# -gt 0 ]; do
	case $1 in
	--driver | --module)
		[ $# -ge 2 ] || die "$1 needs a value; see the head of $0"
		case $1 in
		--driver) driver=$2 ;;
		--module) file=$2 ;;
		esac
		shift 2
		;;
	pv | pvh) types="${types-} $1" && shift ;;
	*) die "what is '$1'? See the head of $0" ;;
	esac
done
need_toolstack "$kernel" 4.17 "$driver"
module=${file:-$module}
srcversion=$(modinfo -F srcversion "$module")
program=$("$XE_VM/program.sh" toolstack)
domu_manifest >"$XE_SCRATCH/domu-manifest"
make_domu "$XE_VM/init/toolstack-domu.sh" "$XE_SCRATCH/domu-manifest"
for type in ${types-pv pvh}; do
	run_guest "$type" || :
done | "$XE_VM/join-tap.sh"
