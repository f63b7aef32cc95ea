#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A Debian of its own with the headers and the tools of a suite's lines of kernels.tab,
# unpacked by fetch.sh; prints its directory. The headers of a suite want its compiler and
# its libc, so what builds against them runs in there: enter.sh.
#
# usage: tree.sh SUITE

. "$(dirname "$0")/../vm/lib.sh"

table=$XE_TOP/tests/matrix/kernels.tab

# What a build needs anywhere; perl for kernel-doc, which W=1 runs.
base="make dash coreutils sed grep gawk findutils diffutils bash perl base-files"

# Newer headers want the kernel along with them, and that all that boots it; those of
# another architecture want its compiler.
except='^(linux-image|initramfs|dracut|systemd|udev|klibc)|^(lib|gcc|cpp|binutils|zlib).*:'

# The suite's packages; those of another architecture by themselves, as its compiler can
# not stand beside the one here.
packages()
{
	awk -v suite="$suite" -v base="$base" '
		/^#/ || $2 != suite { next }
		{ for (i = 6; i <= NF; i++) native = native " " $i }
		$3 == "amd64" { native = native " " $4 }
		$3 != "amd64" { foreign = foreign " -- " $4 ":" $3 }
		END { if (native != "") print base native foreign }' "$table"
}

# finish TREE - what installing the packages would have done. Debian's 7.3 does not have
# the script that tells make whether the checker works.
finish()
{
	mkdir -p "$1/build" "$1/sparse"
	[ -e "$1/usr/bin/awk" ] || ln -sf gawk "$1/usr/bin/awk"
	for scripts in "$1"/usr/lib/linux-kbuild-*/scripts; do
		[ -e "$scripts/checker-valid.sh" ] && continue
		printf '#!/bin/sh\necho 1\n' >"$scripts/checker-valid.sh"
		chmod 755 "$scripts/checker-valid.sh"
	done
}

suite=${1-}
wanted=$(packages)
[ -n "$wanted" ] || die "kernels.tab has no kernel of a suite '$suite'"
name=matrix-$(printf '%s' "$wanted" | sha256sum | cut -c 1-8)
case $wanted in
*:arm64*) foreign="--foreign arm64" ;;
*) foreign= ;;
esac
# shellcheck disable=SC2086 # words
tree=$("$XE_VM/fetch.sh" --except "$except" $foreign "$suite" "$name" $wanted)
finish "$tree"
echo "$tree"
