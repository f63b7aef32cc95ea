#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs one guest in QEMU from its start to the verdict: by default dom0 of a real
# Xen. Ends with one line on stdout, and status 0 only if verdict.sh passes it.
#
# usage: guest.sh --init SCRIPT [OPTION...]
#
#   --init SCRIPT       what the guest does (see init/)
#   --name NAME         in messages and of the log          [of SCRIPT and kind]
#   --xen VERSION       Debian's Xen                        [4.17; arm64 4.20-arm64]
#   --type pv|pvh|arm64 the kind of dom0; on arm64 there is one, on another machine
#                                                           [pv]
#   --bare              no Xen: the kernel alone in QEMU
#   --kernel VERSION    Debian's kernel, or a directory as kernel.sh makes them
#                                                           [6.12; arm64 6.12-arm64]
#   --bzimage FILE      boot this kernel instead
#   --module ours|stock|none|FILE   the xen-evtchn.ko of the guest      [ours]
#   --add FILE[:PATH]   puts FILE into the guest            [:/bin/NAME-OF-FILE]
#   --manifest FILE     more for the guest, see initramfs.sh
#   --tree DIR          where libraries for it are found first
#   --args WORDS        for the init script, in its $ARGS
#   --append ARGS       for the kernel's command line; each adds to the last
#   --xen-append ARGS   for Xen's, likewise
#   --memory MB         of QEMU's machine                   [1024]
#   --dom0-memory MB                                        [512]
#   --disk FILE         an NVMe disk of that raw image, which the guest may write to
#   --cpus N            of QEMU's machine; more than 1 only where parallelism is
#                       what is tested, since each wait costs time slices
#   --icount            the guest's clock counts instructions, 16 ns each; one CPU
#   --icount-shift N    the same, 2^N ns each
#   --monitor PIPE      QEMU's monitor reads PIPE.in and writes PIPE.out, two fifos
#   --time SECONDS      it has to end in                    [900; bare 400]
#   --boot-time SECONDS its init has to begin in            [240; pvh 400]
#   --log FILE          the console's log                   [in the cache]
#   --no-tap            it runs no tests
#   --allow REGEX       see verdict.sh
#   --show PREFIX       shows, without it, the console's lines that begin with PREFIX
#                       while the guest runs; all of them if it is empty

. "$(dirname "$0")/../vm/lib.sh"

name='' xen='' type=pv kernel='' bzimage='' module=ours init='' tree=''
args='' append='' xen_append='' memory=1024 dom0_memory=512 cpus=1 time='' log=''
boot_time='' disk=''
icount='' monitor=none
tap='' allow='^$' show=none

# add_file FILE[:PATH] - one more line of the manifest.
add_file()
{
	case $1 in
	*:/*) echo "file ${1##*:} ${1%:*}" ;;
	*) echo "file /bin/${1##*/} $1" ;;
	esac >>"$XE_SCRATCH/manifest"
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--bare) type=bare && shift && continue ;;
		--no-tap) tap=$1 && shift && continue ;;
		--icount) icount=4 && shift && continue ;;
		esac
		[ $# -ge 2 ] || die "what is '$1'? See the head of $0"
		case $1 in
		--init) init=$2 ;;
		--name) name=$2 ;;
		--xen) xen=$2 ;;
		--type) type=$2 ;;
		--kernel) kernel=$2 ;;
		--bzimage) bzimage=$2 ;;
		--module) module=$2 ;;
		--add) add_file "$2" ;;
		--manifest) cat "$2" >>"$XE_SCRATCH/manifest" ;;
		--tree) tree=$2 ;;
		--args) args=$2 ;;
		--append) append="$append $2" ;;
		--xen-append) xen_append="$xen_append $2" ;;
		--memory) memory=$2 ;;
		--dom0-memory) dom0_memory=$2 ;;
		--cpus) cpus=$2 ;;
		--icount-shift) icount=$2 ;;
		--disk) disk=$2 ;;
		--time) time=$2 ;;
		--boot-time) boot_time=$2 ;;
		--monitor) monitor=pipe:$2 ;;
		--log) log=$2 ;;
		--allow) allow=$2 ;;
		--show) show=$2 ;;
		*) die "what is '$1'? See the head of $0" ;;
		esac
		shift 2
	done
	[ -f "$init" ] || die "there is no init script '$init'"
	case $type in
	bare) : "${time:=400}" ;;
	pv) ;;
	pvh) : "${boot_time:=400}" ;;
	arm64) : "${xen:=4.20-arm64}" "${kernel:=6.12-arm64}" ;;
	*) die "a guest's type is pv, pvh or arm64, not '$type'" ;;
	esac
	: "${xen:=4.17}" "${kernel:=6.12}" "${time:=900}" "${boot_time:=240}"
	if [ -n "$disk" ]; then
		[ -f "$disk" ] || die "there is no disk '$disk'"
		disk=$(realpath "$disk")
	fi
	: "${name:=$(basename "$init" .sh)-$type}"
	: "${log:=$XE_LOGS/$name-$(date +%Y%m%d-%H%M%S).$$.log}"
}

find_kernel()
{
	case $kernel in
	*/*) kernel_dir=$(cd "$kernel" && pwd) ;;
	*) kernel_dir=$("$XE_VM/kernel.sh" "$kernel") ;;
	esac
	# Xen takes the unpacked kernel sooner, QEMU only the packed one.
	image=$kernel_dir/vmlinux
	[ "$type" != bare ] || image=$kernel_dir/vmlinuz
	[ -z "$bzimage" ] || image=$bzimage
	[ -f "$image" ] || die "there is no kernel $image"
}

find_module()
{
	case $module in
	none) module= ;;
	stock) module=$kernel_dir/modules/xen-evtchn.ko ;;
	ours) module=$("$XE_VM/module.sh" "$kernel") ;;
	esac
	[ -z "$module" ] || [ -f "$module" ] || die "there is no module $module"
}

make_initramfs()
{
	for ko in "$kernel_dir"/modules/*.ko; do
		case $ko in
		*/xen-evtchn.ko | */\*.ko) ;;
		*) echo "file /lib/modules/${ko##*/} $ko" ;;
		esac
	done >>"$XE_SCRATCH/manifest"
	[ -z "$module" ] ||
		add_file "$module:/lib/modules/xen-evtchn.ko"
	echo "$args" >"$XE_SCRATCH/args"
	add_file "$XE_SCRATCH/args:/etc/args"
	add_file "$XE_VM/init/lib.sh:/etc/lib.sh"
	install -m 755 "$init" "$XE_SCRATCH/init"
	add_file "$XE_SCRATCH/init:/init"
	set -- "$XE_SCRATCH/initramfs" ${tree:+"$tree"}
	[ "$type" != arm64 ] || set -- --arm64 "$@"
	"$XE_VM/initramfs.sh" "$@" <"$XE_SCRATCH/manifest"
}

# The kernel's arguments save half of an emulated boot: noreplace-smp spares it
# patching itself page by page under Xen, init_on_alloc=0 zeroing all it allocates.
# A CPU that stands still for 20 seconds is a lock-up for a kernel, and a machine with much
# other work to this one: it is to wait for two minutes before it says so, unless its
# time is that of its own instructions.
#
# QEMU splits the list of Xen's modules at commas and blanks, and a device's options at
# commas: a comma is doubled, and the files have short names in the current directory.
start_qemu()
{
	kernel_args="quiet panic=-1 cryptomgr.notests mitigations=off audit=0 init_on_alloc=0"
	[ -n "$icount" ] ||
		kernel_args="$kernel_args watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
	[ "$type" = arm64 ] || kernel_args="$kernel_args pmtmr=0 noreplace-smp"
	kernel_args="$kernel_args $append"
	dom0_args="console=hvc0 $(echo "$kernel_args" | sed 's/,/,,/g')"
	xen_args="dom0_mem=${dom0_memory}M dom0_max_vcpus=2 $xen_append"
	ln -sf "$image" "$XE_SCRATCH/vmlinux"
	case $type in
	arm64) start_arm64 ;;
	*) start_x86 ;;
	esac
}

# emulate PROGRAM OPTION... - with --icount nothing from outside, and no chance, may come
# between what is counted.
emulate()
{
	if [ -n "$icount" ]; then
		set -- "$@" -accel tcg,thread=single,tb-size=512 -icount "shift=$icount,sleep=off" \
			-seed 1 -rtc base=2026-01-01T00:00:00,clock=vm
	else
		set -- "$@" -accel tcg,thread=multi,tb-size=512
	fi
	# Of QEMU's disks NVMe and AHCI use the DMA API, without which a PV dom0 finds none;
	# what a guest has written is lost only if the machine goes.
	[ -z "$disk" ] || set -- "$@" -device nvme,drive=disk,serial=disk \
		-drive "file=$disk,format=raw,if=none,id=disk,cache=unsafe"
	exec timeout --foreground -k 5 "$time" "$@" \
		-m "$memory" -display none -nodefaults -no-user-config -no-reboot \
		-nic none -monitor "$monitor" -serial stdio
}

start_x86()
{
	xen_args="console=com1 com1=115200,8n1 ucode=no conswitch=ax $xen_args"
	# No -cpu max: with XSAVE a PV dom0's processes die at random here.
	cpu=qemu64,+svm,+npt
	case $type in
	bare)
		set -- -machine q35,hpet=off,smm=off,vmport=off,usb=off \
			-kernel vmlinux -initrd initramfs \
			-append "console=ttyS0 $kernel_args"
		;;
	pv)
		set -- -machine q35,hpet=off,smm=off,vmport=off,usb=off \
			-kernel "$hypervisor" -append "$xen_args" \
			-initrd "vmlinux $dom0_args,initramfs"
		;;
	pvh)
		# Unless the TSC is invariant, Xen emulates each rdtsc of such a dom0: most
		# of its exits, with a flush of the emulator's TLB each.
		cpu=$cpu,+invtsc,x-force-features=on
		# Without an IOMMU such a dom0 hangs early; with smm=off as well.
		set -- -machine q35,hpet=off,vmport=off,usb=off \
			-device amd-iommu,intremap=on \
			-kernel "$hypervisor" -append "dom0=pvh $xen_args" \
			-initrd "vmlinux $dom0_args,initramfs"
		;;
	esac
	# Without maxcpus a PV dom0 gets one vCPU.
	emulate qemu-system-x86_64 "$@" -cpu "$cpu" \
		-smp "$cpus,maxcpus=$((cpus > 2 ? cpus : 2))" \
		-device isa-debug-exit,iobase=0xf4,iosize=1
}

# Xen's modules go to places that it finds named in the device tree.
start_arm64()
{
	emulate qemu-system-aarch64 -cpu cortex-a57 -smp "$cpus" \
		-machine virt,virtualization=on,gic-version=3 \
		-kernel "$hypervisor" -append "console=dtuart $xen_args" \
		-device "guest-loader,addr=0x49000000,kernel=vmlinux,bootargs=$dom0_args" \
		-device guest-loader,addr=0x50000000,initrd=initramfs
}

# show_console PREFIX - follows the log until this script ends; the touched file
# stops the heartbeat while there is something to see.
show_console()
{
	tail -n +1 -f --pid=$$ "$log" 2>/dev/null | while IFS= read -r line; do
		line=${line%"$(printf '\r')"}
		case $line in
		"$1"*)
			say "${line#"$1"}"
			: >"$XE_SCRATCH/shown"
			;;
		esac
	done
}

# Whether the guest's init has begun. What comes before it is Xen's, the kernel's and
# the emulator's: nothing that is tested here is there yet.
up()
{
	grep -aq '^XEN-EVTCHN-RIG: up' "$log"
}

# A boot that takes longer has got stuck.
watch_boot()
{
	left=$boot_time
	while [ "$left" -gt 0 ] && ! up; do
		sleep 2
		left=$((left - 2))
		kill -0 "$1" 2>/dev/null || return 0
	done
	up || kill "$1" 2>/dev/null || :
}

# kick PID - twice a second a byte for Xen's console, which means nothing there
# (conswitch=ax keeps dom0 from getting it), but is an interrupt.
#
# A domain that runs in SVM stops for ever when the timer interrupt of its CPU gets lost:
# it spins with interrupts off, there is no exit, and Xen can not take the CPU away. Where
# this was looked at, QEMU had no interrupt flagged for the CPU any more. It clears a
# flag there at each entry and exit without the lock under which others are set. The
# local APIC still has the interrupt, and gives it with the next one.
kick()
{
	[ -z "$icount" ] || return 0
	case $type in
	bare | arm64) return 0 ;;
	esac
	while sleep 0.5 >/dev/null 2>&1 && kill -0 "$1"; do
		echo
	done
}

# In the background, since a shell acts on a signal only when it is not waiting for
# a child in the foreground: an interrupt has to end QEMU at once.
run_qemu()
{
	status=0
	rm -f "$XE_SCRATCH/serial"
	mkfifo "$XE_SCRATCH/serial"
	(cd "$XE_SCRATCH" && start_qemu) <"$XE_SCRATCH/serial" >"$log" 2>&1 &
	XE_CHILD=$!
	kick "$XE_CHILD" >"$XE_SCRATCH/serial" 2>/dev/null 9>&- &
	kicker=$!
	watch_boot "$XE_CHILD" >/dev/null 9>&- &
	watcher=$!
	wait "$XE_CHILD" || status=$?
	XE_CHILD=
	kill "$watcher" "$kicker" 2>/dev/null || :
	wait "$watcher" "$kicker" 2>/dev/null || :
}

# One emulated boot in twenty or so of a busy machine hangs or dies by itself: until
# its init has begun, such a guest is started again, and its log kept. If QEMU does
# not start, there is nothing to wait for.
run_guest()
{
	: >"$XE_SCRATCH/shown"
	# It must not hold our stdout, and by exec alone the shell keeps no copy: who
	# waits for the end of that has not waited for us yet, and to tail a zombie
	# is still there.
	if [ "$show" != none ]; then
		(exec >/dev/null && show_console "$show") &
	fi
	heartbeat_start "guest $name is running" "$XE_SCRATCH/shown"
	for try in 1 2 3; do
		run_qemu
		up || [ "$try" = 3 ] && break
		case $status in
		0 | 124 | 137 | 143) ;;
		*) break ;;
		esac
		cp "$log" "${log%.log}.boot$try.log"
		say "guest $name did not come to its init, it is started again; see ${log%.log}.boot$try.log"
	done
	heartbeat_stop
	# What was written last is to be seen before the verdict.
	[ "$show" = none ] || sleep 1.2
}

judge()
{
	# shellcheck disable=SC2086 # one option or none
	if reason=$("$XE_VM/verdict.sh" --status "$status" $tap --allow "$allow" "$log"); then
		echo "guest $name: $reason in $1 s"
		exit 0
	fi
	grep -aE '^(not ok|Bail out!)' "$log" >&2 || :
	echo "guest $name: FAILED: $reason; see $log"
	exit 1
}

need_scratch
parse "$@"
case $type in
arm64) need_packages qemu-system-arm coreutils ;;
*) need_packages qemu-system-x86 coreutils ;;
esac
need_space 500
find "$XE_LOGS" -name '*.log' -mtime +7 -delete
find_kernel
find_module
[ "$type" = bare ] || hypervisor=$("$XE_VM/xen.sh" "$xen")
make_initramfs
: >"$log"
start=$(date +%s)
run_guest
judge $(($(date +%s) - start))
