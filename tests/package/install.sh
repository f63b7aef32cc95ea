#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Installs the package in a small Debian, lets a kernel come, removes and purges it,
# and looks at what modprobe would load; writes TAP.
#
# usage: install.sh SUITE [FILE.deb]
#
# No Xen is needed: nothing is loaded.

# All that is mounted is mounted for this script alone, and goes with it.
[ -n "${XE_UNSHARED-}" ] || XE_UNSHARED=1 exec unshare --mount "$0" "$@"

. "$(dirname "$0")/../vm/lib.sh"

n=0

# result STATUS NAME - one test; what it had to say is in $XE_SCRATCH/out.
result()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $suite: $2"
	else
		tail -n 25 "$XE_SCRATCH/out" | sed 's/^/# /'
		echo "not ok $n - $suite: $2"
	fi
}

# check NAME COMMAND... - a test that passes if the command does.
check()
{
	what=$1 status=0
	shift
	heartbeat_start "$suite: $what"
	("$@") >"$XE_SCRATCH/out" 2>&1 9>&- || status=$?
	heartbeat_stop
	result "$status" "$what"
}

# inside COMMAND... - runs it in the Debian, with namespaces of its own, so that
# neither a mount nor a process can outlive it.
inside()
{
	# shellcheck disable=SC2016 # for that shell
	unshare --mount --pid --fork --kill-child sh -c '
		root=$1 && shift
		mount -t proc proc "$root/proc" &&
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"' \
		sh "$root" "$@" </dev/null
}

# What is changed goes to a directory of its own; where the file system can not do
# that, everything is copied.
copy_base()
{
	mkdir "$root" "$XE_SCRATCH/changed" "$XE_SCRATCH/work"
	trap 'umount -l "$root" 2>/dev/null; xe_end' EXIT
	mount -t overlay overlay -o "lowerdir=$base,upperdir=$XE_SCRATCH/changed" \
		-o "workdir=$XE_SCRATCH/work" "$root" 2>/dev/null && return
	heartbeat_start "copying a Debian $suite"
	cp -a "$base/." "$root"
	heartbeat_stop
}

# contains PATTERN COMMAND... - the command says that, and what it says is shown.
contains()
{
	pattern=$1
	shift
	"$@" | tee "$XE_SCRATCH/said"
	grep -qE "$pattern" "$XE_SCRATCH/said"
}

# lacks PATTERN COMMAND...
lacks()
{
	! contains "$@"
}

show_depends()
{
	inside modprobe -n -S "$1" --show-depends xen-evtchn
}

# Every file, and what is in those that a module package has to do with. Left out is
# what apt, dpkg and dkms keep for themselves, package or no package: dkms's key is
# made when a module is built for the first time, and stays.
snapshot()
{
	(
		cd "$root"
		find . \( -path ./proc -o -path ./dev -o -path ./sys -o -path ./tmp \
			-o -path ./run -o -path ./var/log -o -path ./var/cache \
			-o -path './var/lib/apt' -o -path './var/lib/dpkg/*-old' \
			-o -path './var/lib/dkms/mok.*' \) -prune \
			-o -printf '%p %y %m %l\n' | LC_ALL=C sort
		find lib/modules etc usr/src -type f -print0 | LC_ALL=C sort -z |
			xargs -0 sha256sum
	)
}

unchanged()
{
	snapshot >"$XE_SCRATCH/after"
	diff "$XE_SCRATCH/before" "$XE_SCRATCH/after"
}

install_package()
{
	inside apt-get -q -y --no-install-recommends install "/${deb##*/}"
}

# By apt, as some of these packages have to be there before others.
next_kernel()
{
	inside sh -c 'apt-get -q -y --no-install-recommends install /next/*.deb' || return
	newest=$(inside sh -c 'ls /lib/modules' | grep -vxF "$kernel")
	show_depends "$newest"
	show_depends "$newest" | grep -q /updates/dkms/
}

# A kernel that dkms has to refuse: it is not there but for its headers' directory
# and its configuration.
odd_kernel()
{
	mkdir -p "$root/usr/src/odd/include" "$root/lib/modules/$1"
	: >"$root/usr/src/odd/include/nothing.h"
	ln -sfn /usr/src/odd "$root/lib/modules/$1/build"
	echo "$2" >"$root/usr/src/odd/.config"
}

# refused KERNEL CONFIG - by one message, not by a failed build, and without the
# kernel's own installation failing.
refused()
{
	odd_kernel "$1" "$2"
	status=0 hook=0
	inside dkms build xen-evtchn/"$version" -k "$1" >"$XE_SCRATCH/said" 2>&1 ||
		status=$?
	cat "$XE_SCRATCH/said"
	inside /etc/kernel/postinst.d/dkms "$1" || hook=$?
	rm -r "$root/lib/modules/$1" "$root/usr/src/odd"
	echo "dkms ended with status $status, and as the kernel's hook with $hook"
	[ "$status.$hook" = 77.0 ] &&
		[ "$(grep -c BUILD_EXCLUSIVE "$XE_SCRATCH/said")" = 1 ] &&
		! grep -qi 'bad return' "$XE_SCRATCH/said"
}

in_tree_for_all()
{
	for each in $(inside ls /lib/modules); do
		contains /kernel/drivers/xen/ show_depends "$each" || return
	done
}

tests_of_one_kernel()
{
	check "apt installs the package" install_package
	check "dkms has built the module and installed it" \
		contains "^xen-evtchn/$version, .*: installed" \
		inside dkms status -k "$kernel"
	check "dkms has nothing to say of an outdated dkms.conf" \
		lacks 'eprecated|arning' inside sh -c 'dkms status 2>&1'
	check "modprobe prefers it to the kernel's own" \
		contains /updates/dkms/ show_depends "$kernel"
	check "the module has the package's version" \
		contains "^$version\$" inside modinfo -k "$kernel" -F version xen-evtchn
	check "the module is signed by dkms's key" \
		contains '^DKMS module signing key$' \
		inside modinfo -k "$kernel" -F signer xen-evtchn
	check "it is loaded at boot" \
		test -L "$root/etc/systemd/system/sysinit.target.wants/xen-evtchn.service"
	check "systemd has nothing to object to in the unit" \
		lacks . inside sh -c 'systemd-analyze --man=no verify xen-evtchn.service 2>&1'
	check "apt removes the package" inside apt-get -q -y remove xen-evtchn-dkms
	check "modprobe is back at the kernel's own" \
		contains /kernel/drivers/xen/ show_depends "$kernel"
	check "apt purges the package" inside apt-get -q -y purge xen-evtchn-dkms
	check "no file is left, and none has changed" unchanged
}

tests_of_more_kernels()
{
	check "apt installs the package again" install_package
	check "the module is built for a kernel that comes later" next_kernel
	check "a kernel before 5.10 is refused in one message" \
		refused 5.9.0-1-amd64 CONFIG_XEN=y
	check "a kernel without Xen is refused in one message" \
		refused 6.12.0-noxen-amd64 '# CONFIG_XEN is not set'
	check "apt purges the package with several kernels there" \
		inside apt-get -q -y purge xen-evtchn-dkms
	check "modprobe is back at the kernel's own for each kernel" in_tree_for_all
}

[ $# -ge 1 ] || die "usage: install.sh SUITE [FILE.deb]"
suite=$1
base=$("$XE_TOP/tests/package/chroot.sh" "$suite")
deb=${2:-$("$XE_TOP/tests/package/build.sh")}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$XE_TOP/dkms.conf")
need_packages util-linux dpkg
need_space 3000
need_scratch
root=$XE_SCRATCH/root
copy_base
cp "$deb" "$root/"
kernel=$(inside ls /lib/modules)
snapshot >"$XE_SCRATCH/before"
tests_of_one_kernel
tests_of_more_kernels
echo "1..$n"
