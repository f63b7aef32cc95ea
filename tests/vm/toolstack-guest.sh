# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, after lib.sh, by what runs Debian's toolstack in dom0 and a domU under it:
# the pieces of both domains. In the guest, init/toolstack.sh is what starts them.
#
# usage: . "$XE_VM/toolstack-guest.sh"

# need_toolstack KERNEL XEN [stock] - all that is fetched or built, once; sets
# $kernel_dir, $module (the one under test, or the in-tree driver), $tools and $xen.
need_toolstack()
{
	need_space 2000
	need_packages qemu-system-x86 cpio binutils kmod gcc make libc6-dev libelf1 libssl3 \
		pahole libxen-dev xz-utils zstd
	xen=$2
	kernel_dir=$("$XE_VM/kernel.sh" "$1")
	case ${3-} in
	stock) module=$kernel_dir/modules/xen-evtchn.ko ;;
	*) module=$("$XE_VM/module.sh" "$1") ;;
	esac
	"$XE_VM/xen.sh" "$xen" >/dev/null
	tools=$("$XE_VM/toolstack.sh" "$xen")
}

# make_domu INIT MANIFEST - the domU's initramfs: its /init, the module, and what
# else the manifest names.
make_domu()
{
	install -m 755 "$1" "$XE_SCRATCH/domu-init"
	{
		cat "$2"
		echo "file /etc/lib.sh $XE_VM/init/lib.sh"
		echo "file /init $XE_SCRATCH/domu-init"
		echo "file /lib/modules/xen-evtchn.ko $module"
	} | "$XE_VM/initramfs.sh" "$XE_SCRATCH/domu-initramfs" "$tools"
}

# domu_config NAME TYPE MEMORY VCPUS - dom0 replaces @ARGS@ by what the domU's init is to
# know. Without tsc_mode each rdtsc of a domU is emulated by Xen as well.
domu_config()
{
	cat <<-END
		name = "$1"
		type = "$2"
		kernel = "/boot/vmlinux"
		ramdisk = "/boot/initramfs"
		memory = $3
		vcpus = $4
		tsc_mode = "native"
		extra = "console=hvc0 quiet panic=-1 cryptomgr.notests mitigations=off audit=0 noreplace-smp init_on_alloc=0 watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120 @ARGS@"
		on_crash = "destroy"
		on_reboot = "destroy"
	END
}

# tools_manifest - the toolstack. Debian's tools lie where their packages put them. No
# dom0 memory has to be given up for a domU, and there is no disk or network to plug in.
# libgcc_s is what glibc opens when a thread of xl's is cancelled.
tools_manifest()
{
	printf 'autoballoon="off"\nrun_hotplug_scripts=0\n' >"$XE_SCRATCH/xl.conf"
	for tool in xenstored xenconsoled xl xen-init-dom0 libxl-save-helper; do
		echo "file /usr/lib/xen-$xen/bin/$tool TREE/usr/lib/xen-$xen/bin/$tool"
		echo "link /bin/$tool /usr/lib/xen-$xen/bin/$tool"
	done
	cat <<-END
		file /lib/libgcc_s.so.1 TREE/lib/x86_64-linux-gnu/libgcc_s.so.1
		link /var/run /run
		link /var/lock /run/lock
		dir /etc/xen
		file /etc/xen/xl.conf $XE_SCRATCH/xl.conf
		file /etc/toolstack.sh $XE_VM/init/toolstack.sh
	END
}

# dom0_manifest - the same, and the domU's kernel and initramfs.
dom0_manifest()
{
	tools_manifest
	cat <<-END
		dir /boot
		file /boot/vmlinux $kernel_dir/vmlinux
		file /boot/initramfs $XE_SCRATCH/domu-initramfs
	END
}
