#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Unpacks a kernel image, as Xen's own decompressor needs 18 seconds for it in an
# emulator; writes it to stdout.
#
# usage: vmlinux.sh BZIMAGE
#
# The compressed kernel stands where the boot protocol's header says (setup_sects,
# payload_offset, payload_length); its last four bytes are the unpacked size, which xz
# takes for garbage.

. "$(dirname "$0")/../vm/lib.sh"

[ -f "${1-}" ] || die "usage: vmlinux.sh BZIMAGE"
need_packages xz-utils zstd
need_scratch
sectors=$(od -An -tu1 -j 497 -N 1 "$1")
offset=$(od -An -tu4 -j 584 -N 4 "$1")
length=$(od -An -tu4 -j 588 -N 4 "$1")
tail -c +$((1 + (sectors + 1) * 512 + offset)) "$1" |
	head -c $((length - 4)) >"$XE_SCRATCH/payload"
case $(od -An -tx1 -N 4 "$XE_SCRATCH/payload" | tr -d ' ') in
fd377a58) xz -dc "$XE_SCRATCH/payload" ;;
28b52ffd) zstd -qdc "$XE_SCRATCH/payload" ;;
1f8b*) gzip -dc "$XE_SCRATCH/payload" ;;
*) die "the kernel in $1 is compressed in a way that is not known here" ;;
esac
