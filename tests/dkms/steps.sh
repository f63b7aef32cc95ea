#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What is tried in the booted Debian: run.sh boots its disk twice, and /etc/args
# says which time this is. Writes TAP to the console, and has the machine reset.
#
# usage: steps.sh, by the unit that init.sh makes

export ROOT_IS_UP=1
# shellcheck source=../vm/init/lib.sh
. /run/rig/lib.sh

rig=/run/rig
kernel=$(uname -r)
version=$(cat $rig/version)
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
n=0

# What lib.sh ends a guest by: systemd's own would stop all units before.
reboot()
{
	sync
	systemctl reboot --force --force
}

# check NAME COMMAND... - a test that passes if the command does; what that said is
# shown only if not.
check()
{
	n=$((n + 1)) name=$1 since=$(date +%s)
	shift
	if ("$@") >/tmp/said 2>&1; then
		echo "ok $n - $name"
		echo "# that took $(($(date +%s) - since)) s"
	else
		tail -n 40 /tmp/said | sed 's/^/# /'
		echo "not ok $n - $name"
	fi
}

# contains PATTERN COMMAND...
contains()
{
	pattern=$1
	shift
	"$@" | tee /tmp/out
	grep -qE "$pattern" /tmp/out
}

# A version's dots and plus signs, for a pattern.
literal()
{
	printf '%s' "$1" | sed 's/[.+]/\\&/g'
}

# dkms_has KERNEL
dkms_has()
{
	contains "^xen-evtchn/$(literal "$version"), $(literal "$1"), .*: installed" dkms status
}

came_up()
{
	systemctl is-active multi-user.target && systemctl --failed --no-legend >/tmp/failed
	cat /tmp/failed
	[ ! -s /tmp/failed ]
}

# --- which of the two drivers it is ------------------------------------------

# The kernel's own has no version, and does not taint the kernel.
driver_is()
{
	cd /sys/module/xen_evtchn || return
	taint=$(cat taint)
	has=$(cat version 2>/dev/null)
	echo "it has version '$has' and taints by '$taint'"
	[ -c /dev/xen/evtchn ] || return
	case $1 in
	ours) [ "$has" = "$version" ] && [ "${taint#*O}" != "$taint" ] ;;
	in-tree) [ -z "$has$taint" ] ;;
	esac
}

modprobe_loads()
{
	[ ! -d /sys/module/xen_evtchn ] || modprobe -r xen-evtchn || return
	modprobe xen-evtchn && driver_is "$1"
}

# works OPTION... - the conformance program, as far as a loaded driver is in question.
works()
{
	modprobe -a xen-privcmd xen-gntdev xen-gntalloc || return
	$rig/evtchn-conformance --only 'C0?' "$@" >/tmp/conformance </dev/null
	status=$?
	grep -v '^ok' /tmp/conformance
	[ $status = 0 ] && [ "$(grep -c '^ok' /tmp/conformance)" -gt 20 ]
}

# --- signatures ---------------------------------------------------------------

# split_module FILE - its signature, and what that is of. The last 28 bytes are a marker, the
# 12 before it end in the signature's length.
split_module()
{
	size=$(stat -c %s "$1")
	length=$(od -An -tu4 --endian=big -j $((size - 32)) -N 4 "$1")
	head -c $((size - 40 - length)) "$1" >/tmp/content
	tail -c $((40 + length)) "$1" | head -c $((length)) >/tmp/signature
}

signature_fits()
{
	openssl cms -verify -inform DER -binary -in /tmp/signature -content "$1" \
		-certfile /tmp/mok.pem -noverify -out /dev/null
}

# signed FILE - with dkms's key, and not if a byte of it changes.
signed()
{
	contains '^DKMS module signing key$' modinfo -F signer "$1" || return
	split_module "$1"
	openssl x509 -inform DER -in /var/lib/dkms/mok.pub -out /tmp/mok.pem || return
	signature_fits /tmp/content || return
	printf x >>/tmp/content
	! signature_fits /tmp/content
}

# built KERNEL - the module that dkms has installed for it, unpacked.
built()
{
	for file in /lib/modules/"$1"/updates/dkms/xen-evtchn.ko*; do
		case $file in
		*.xz) xz -dc "$file" >/tmp/xen-evtchn.ko ;;
		*) cp "$file" /tmp/xen-evtchn.ko ;;
		esac
	done
}

signed_for()
{
	built "$1" && contains "^$(literal "$1") " modinfo -F vermagic /tmp/xen-evtchn.ko &&
		signed /tmp/xen-evtchn.ko
}

# As the README says to, what make has built.
signed_by_hand()
{
	built "$1" && split_module /tmp/xen-evtchn.ko
	cp /tmp/content /tmp/xen-evtchn.ko
	! modinfo -F signer /tmp/xen-evtchn.ko | grep . || return
	/usr/src/linux-headers-"$1"/scripts/sign-file sha256 \
		/var/lib/dkms/mok.key /var/lib/dkms/mok.pub /tmp/xen-evtchn.ko &&
		signed /tmp/xen-evtchn.ko
}

# --- the packages -------------------------------------------------------------

install_package()
{
	[ ! -e /var/lib/dkms/mok.key ] || return
	dpkg --force-unsafe-io -i $rig/xen-evtchn-dkms.deb && dkms_has "$kernel"
}

install_next()
{
	# What others depend on before they are unpacked.
	for deb in /next/linux-base_*.deb; do
		[ ! -f "$deb" ] || dpkg --force-unsafe-io -i "$deb" || return
	done
	dpkg --force-unsafe-io -i /next/*.deb && dkms_has "$kernel" && dkms_has "$(next)"
}

next()
{
	cat $rig/next
}

# A kernel that is not there but for its headers' directory and its configuration.
refused()
{
	mkdir -p /usr/src/odd/include "/lib/modules/$1"
	: >/usr/src/odd/include/nothing.h
	ln -s /usr/src/odd "/lib/modules/$1/build"
	echo "$2" >/usr/src/odd/.config
	status=0 hook=0
	dkms build "xen-evtchn/$version" -k "$1" >/tmp/out 2>&1 || status=$?
	cat /tmp/out
	/etc/kernel/postinst.d/dkms "$1" || hook=$?
	rm -r "/lib/modules/$1" /usr/src/odd
	echo "dkms ended with status $status, and as the kernel's hook with $hook"
	[ $status.$hook = 77.0 ] && [ "$(grep -c BUILD_EXCLUSIVE /tmp/out)" = 1 ] &&
		! grep -qi 'bad return' /tmp/out
}

removed()
{
	dkms remove "xen-evtchn/$version" --all || return
	! dkms status | grep xen-evtchn || return
	modprobe_loads in-tree
}

purged()
{
	dpkg --purge xen-evtchn-dkms || return
	find /lib/modules/*/updates /usr/src /usr/lib/systemd /etc/systemd /var/lib/dkms \
		-name 'xen-evtchn*' >/tmp/left 2>/dev/null
	cat /tmp/left
	[ ! -s /tmp/left ] && modprobe_loads in-tree
}

# --- what the boot did --------------------------------------------------------

unit_is()
{
	systemctl show -p ConditionResult -p ActiveState -p Result xen-evtchn.service |
		sort >/tmp/unit
	cat /tmp/unit
	[ "$(sed 's/.*=//' /tmp/unit | tr '\n' ' ')" = "$1 " ]
}

loaded_at_boot()
{
	contains '^enabled$' systemctl is-enabled xen-evtchn.service &&
		unit_is 'active yes success' && driver_is ours
}

passed_over()
{
	systemctl start xen-evtchn.service &&
		unit_is 'inactive no success' && [ ! -d /sys/module/xen_evtchn ]
}

# By one line of the kernel's log, and not by more than modprobe's error.
refuses_to_load()
{
	contains "updates/dkms/" modprobe --show-depends xen-evtchn || return
	dmesg >/tmp/before
	! modprobe xen-evtchn >/tmp/out 2>&1 || return
	dmesg | tail -n "+$(($(wc -l </tmp/before) + 1))" | grep 'xen[-_]evtchn: ' >/tmp/new
	cat /tmp/out /tmp/new
	grep -q 'No such device' /tmp/out && [ "$(grep -vc taint /tmp/new)" = 1 ]
}

# --- each time ----------------------------------------------------------------

time_off_xen()
{
	check "systemd comes up, and no unit has failed" came_up
	check "dpkg installs the package, and dkms builds the module for $kernel" \
		install_package
	check "it is signed by the key that dkms has made" signed_for "$kernel"
	check "a module can be signed with that key by hand" signed_by_hand "$kernel"
	check "without Xen its unit does not load it, and does not fail" passed_over
	check "without Xen it can not be loaded, which modprobe and the kernel say once" \
		refuses_to_load
	check "kernel $(next) comes, and the module is built for it" install_next
	check "that one is signed by the same key" signed_for "$(next)"
	check "a kernel before 5.10 is refused in one message" \
		refused 5.9.0-1-amd64 CONFIG_XEN=y
	check "a kernel without Xen is refused in one message" \
		refused 6.12.0-noxen-amd64 '# CONFIG_XEN is not set'
}

time_dom0()
{
	check "systemd comes up, and no unit has failed" came_up
	check "ours was loaded at boot by its unit" loaded_at_boot
	check "it serves its clients" works
	check "modprobe loads it again" modprobe_loads ours
	check "dkms remove brings the in-tree driver back" removed
	check "that one serves its clients" works --driver stock
	check "dpkg purges the package, and nothing of it is left" purged
}

every_time()
{
	"time_$(cat $rig/args)"
	echo "1..$n"
}

# systemd may have left the console in the middle of a line.
echo
echo "# $(systemd-detect-virt): systemd-detect-virt; dkms $(dkms --version | tr -dc '0-9.')"
run_tests every_time
finish
