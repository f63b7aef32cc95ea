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

kernel=6.12 xen=4.17

need_host()
{
	need_space 2000
	need_packages qemu-system-x86 cpio binutils kmod gcc make libc6-dev libelf1 libssl3 \
		pahole libxen-dev xz-utils zstd
}

# The same busybox, module and program for both domains.
common_manifest()
{
	echo "file /bin/evtchn-pingpong $XE_SCRATCH/evtchn-pingpong"
	echo "file /etc/lib.sh $XE_VM/init/lib.sh"
}

make_domu()
{
	install -m 755 "$XE_VM/init/demo-domu.sh" "$XE_SCRATCH/domu-init"
	{
		common_manifest
		echo "file /init $XE_SCRATCH/domu-init"
		echo "file /lib/modules/xen-evtchn.ko $module"
	} | "$XE_VM/initramfs.sh" "$XE_SCRATCH/domu-initramfs" "$tools"
}

# Without tsc_mode each rdtsc of the domU is emulated by Xen as well.
domu_config()
{
	cat <<-'END'
		name = "demo"
		type = "pv"
		kernel = "/boot/vmlinux"
		ramdisk = "/boot/initramfs"
		memory = 192
		vcpus = 2
		tsc_mode = "native"
		extra = "console=hvc0 quiet panic=-1 cryptomgr.notests mitigations=off audit=0 noreplace-smp init_on_alloc=0 @ARGS@"
		on_crash = "destroy"
		on_reboot = "destroy"
	END
}

# Debian's tools lie where their packages put them. No dom0 memory has to be
# given up for the domU, and there is no disk or network to plug in. libgcc_s is
# what glibc opens when a thread of xl's is cancelled.
dom0_manifest()
{
	domu_config >"$XE_SCRATCH/demo.cfg.in"
	printf 'autoballoon="off"\nrun_hotplug_scripts=0\n' >"$XE_SCRATCH/xl.conf"
	common_manifest
	for tool in xenstored xenconsoled xl xen-init-dom0; do
		echo "file /usr/lib/xen-$xen/bin/$tool TREE/usr/lib/xen-$xen/bin/$tool"
		echo "link /bin/$tool /usr/lib/xen-$xen/bin/$tool"
	done
	cat <<-END
		file /lib/libgcc_s.so.1 TREE/lib/x86_64-linux-gnu/libgcc_s.so.1
		link /var/run /run
		link /var/lock /run/lock
		dir /boot
		dir /etc/xen
		file /boot/vmlinux $kernel_dir/vmlinux
		file /boot/initramfs $XE_SCRATCH/domu-initramfs
		file /etc/xen/xl.conf $XE_SCRATCH/xl.conf
		file /etc/xen/demo.cfg.in $XE_SCRATCH/demo.cfg.in
	END
}

prepare()
{
	say "Preparing: Debian's Linux $kernel, Xen $xen and its tools, our module"
	kernel_dir=$("$XE_VM/kernel.sh" "$kernel")
	module=$("$XE_VM/module.sh" "$kernel")
	"$XE_VM/xen.sh" "$xen" >/dev/null
	tools=$("$XE_VM/toolstack.sh" "$xen")
	gcc -O2 -Wall -o "$XE_SCRATCH/evtchn-pingpong" \
		"$XE_TOP/tests/demo/evtchn-pingpong.c" -lxenevtchn
	make_domu
	dom0_manifest >"$XE_SCRATCH/manifest"
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
need_host
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
