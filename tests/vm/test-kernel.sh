#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A small kernel of ours with KUnit, built from Debian's linux-source and kept in the
# cache; prints its directory, which is like those of kernel.sh:
#
#   release   the kernel's name, as uname -r says it
#   vmlinuz   what a plain QEMU boots
#   vmlinux   what Xen boots
#   modules/  its modules for a Xen guest, the stock xen-evtchn among them
#   headers/  for make -C
#   config    what it was built with
#
# usage: test-kernel.sh [FRAGMENT...]
#
# FRAGMENTs are files of tests/kernel-config, without .config, that are merged
# over base, in this order. Each combination is a kernel of its own. One build takes
# 7 to 13 minutes on two cores, and 1.2 GB of disk space while it runs; what was
# compiled once, with the same configuration, ccache has.

. "$(dirname "$0")/lib.sh"

configs=$XE_TOP/tests/kernel-config
fragments="$configs/base.config"
name=base
for fragment; do
	[ -f "$configs/$fragment.config" ] ||
		die "there is no fragment $configs/$fragment.config"
	fragments="$fragments $configs/$fragment.config"
	name=$name-$fragment
done

# All that decides what comes out.
fingerprint()
{
	# shellcheck disable=SC2086 # file names without blanks, made here
	{
		grep -hv '^# [^C]' $fragments
		basename "$tree"/usr/share/doc/linux-source-*
		zcat "$tree"/usr/share/doc/linux-source-*/changelog*.gz | sed 1q
		gcc -dumpfullversion
		ld --version | sed 1q
		grep -v '^ *#' "$XE_VM/test-kernel.sh"
	} | sha256sum | cut -c 1-16
}

# Not all of it: unpacking takes a while, and most drivers are not built.
unpack_source()
{
	set -- "$1" "$tree"/usr/src/linux-source-*.tar.xz
	mkdir "$1"
	quietly "unpacking ${2##*/}" tar -xf "$2" -C "$1" --strip-components=1 \
		--exclude='*/Documentation/*/*' --exclude='*/sound/*.[ch]' \
		--exclude='*/tools/testing/*' --exclude='*/samples/*.[ch]' \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/*/*.[ch]' \
		--exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
		--exclude='*/drivers/scsi/*.[ch]' --exclude='*/drivers/infiniband/*.[ch]' \
		--exclude='*/arch/*/boot/dts/*'
}

kbuild()
{
	# shellcheck disable=SC2086 # assignments without blanks, made here
	make -C "$source" O="$objects" ARCH=x86 CC="ccache gcc" $unsanitized "$@"
}

# What runs in a PVH guest before KASAN is up must not be instrumented.
unsanitized=
for object in enlighten_pvh enlighten common vga efi string static_call \
	static_call_inline alternative; do
	unsanitized="$unsanitized KASAN_SANITIZE_$object.o=n"
done

# Prints the lines of the fragments that the configuration did not take; one that
# a later fragment contradicts is not looked for.
lines_not_taken()
{
	# shellcheck disable=SC2086 # file names without blanks, made here
	awk '
		/^CONFIG_/ { split($0, option, "="); want[option[1]] = $0 }
		/^# CONFIG_.* is not set$/ { want[$2] = $0 }
		END { for (o in want) print o, want[o] }
	' $fragments | while read -r option line; do
		case $line in
		'#'*) ! grep -q "^$option=" "$objects/.config" || echo "$line" ;;
		*) grep -qxF "$line" "$objects/.config" || echo "$line" ;;
		esac
	done
}

configure()
{
	# shellcheck disable=SC2086 # file names without blanks, made here
	{
		kbuild -s allnoconfig
		"$source/scripts/kconfig/merge_config.sh" -m -O "$objects" \
			"$objects/.config" $fragments
		kbuild -s olddefconfig
	}
}

check_config()
{
	lines_not_taken >"$objects/not-taken"
	[ ! -s "$objects/not-taken" ] ||
		die "the kernel's configuration does not take: $(tr '\n' ' ' <"$objects/not-taken")"
}

# A line every eight seconds, with what was built so far.
show_progress()
{
	while sleep 8 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
		say "  ... $(grep -c '^  [A-Z]' "$1") steps of about $steps"
	done
}

compile()
{
	log=$XE_LOGS/kernel-$name.$$.log
	steps=1650
	show_progress "$log" >/dev/null 9>&- &
	progress=$!
	status=0
	kbuild -j"$(nproc)" bzImage modules >"$log" 2>&1 9>&- || status=$?
	kill "$progress" 2>/dev/null || :
	wait "$progress" 2>/dev/null || :
	[ "$status" = 0 ] ||
		die "the kernel did not build ($(grep -a -m 1 -E 'error:|\*\*\*|No space' "$log")); see $log"
	rm -f "$log"
}

keep()
{
	cp "$objects/include/config/kernel.release" "$1/release"
	cp "$objects/arch/x86/boot/bzImage" "$1/vmlinuz"
	objcopy -S "$objects/vmlinux" "$1/vmlinux"
	cp "$objects/.config" "$1/config"
	mkdir "$1/modules"
	find "$objects/drivers/xen" -name '*.ko' -exec cp {} "$1/modules/" \;
	cd "$objects"
	srctree=$source SRCARCH=x86 CC=gcc HOSTCC=gcc MAKE=make \
		"$source/scripts/package/install-extmod-build" "$1/headers"
}

build_kernel()
{
	need_space 1500
	start=$(date +%s)
	# The same names each time, or ccache would find nothing again.
	work=$XE_CACHE/build/$name
	source=$work/source
	objects=$work/objects
	rm -rf "$work"
	mkdir -p "$objects"
	say "Building the test kernel $name from Debian's linux-source; once, 7 to 13 minutes"
	unpack_source "$source"
	quietly "configuring the test kernel" configure
	check_config
	compile
	quietly "keeping what is needed of the test kernel" keep "$1"
	rm -rf "$work"
	say "Built the test kernel $name in $(($(date +%s) - start)) s"
}

need_packages gcc ccache make flex bison bc cpio kmod xz-utils gzip tar \
	binutils libc6-dev libelf-dev libssl-dev
export CCACHE_DIR="$XE_CACHE/ccache"
tree=$(tree_of source 6.12)
kernel=$XE_CACHE/kernels/test-$name-$(fingerprint)
need_scratch
make_once "$kernel" build_kernel
echo "$kernel"
