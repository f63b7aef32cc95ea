#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module for each kernel of kernels.tab, and expects no warning; writes TAP, a
# test for each cell, and the table.
#
# usage: run.sh [--record] [KERNEL...]    (of kernels.tab; all of them if none is named)
#
# --record writes what came out into built.tab, from which README.md has its table:
# readme.sh. Nothing but this writes that file.

. "$(dirname "$0")/lib.sh"

# Debian's kernels are built by gcc, and say so in their configuration. With this clang
# gets options of its own. What it may not object to stands in the kernel's headers: the
# address space of a per-CPU variable, which is there twice for it.
clang_options="CC=clang CONFIG_CC_IS_GCC= CONFIG_CC_IS_CLANG=y
	CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough
	CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_FTRACE_MCOUNT_USE_CC=
	CONFIG_UBSAN_BOUNDS_STRICT="
clang_flags="-Wno-unknown-warning-option -Wno-duplicate-decl-specifier"

# The newest there is, for all kernels: older ones do not know what 7.3's headers use.
sparse="/sparse/usr/lib64/ld-linux-x86-64.so.2
	--library-path /sparse/usr/lib/x86_64-linux-gnu /sparse/usr/bin/sparse"

find_sparse()
{
	SPARSE=$("$XE_VM/fetch.sh" --only '^(sparse|libc6)$' sid sparse sparse 9>&-)
	export SPARSE
}

# --- one cell: of $kernel, $suite and $arch, in $tree with $headers --------------

# tool_version CHECK - as the tool itself says it.
# shellcheck disable=SC2086 # words
tool_version()
{
	case $1 in
	gcc) inside "$cross$gcc" -dumpfullversion ;;
	clang) inside clang --version | sed -n 's/.*clang version \([0-9.]*\).*/\1/p' ;;
	sparse) inside $sparse --version | sed 's/.*(Debian: \([^)]*\)-[^-]*)/\1/' ;;
	*) die "kernels.tab has a check '$1' that is not known" ;;
	esac
}

# run_check CHECK
# shellcheck disable=SC2086 # words
run_check()
{
	case $1 in
	gcc) make_modules /build W=1 ;;
	clang) make_modules /build W=1 KCFLAGS="$clang_flags" $clang_options ;;
	sparse) make_modules /build C=2 CF=-D__CHECK_ENDIAN__ CHECK="$(echo "$sparse" | tr -s '\n\t' ' ')" ;;
	esac
}

# judge CHECK STATUS - what there is to object to, of a build whose output is $out.
judge()
{
	grep -iE -m 20 'warning|error|undefined' "$out" || :
	[ "$2" = 0 ] || echo "make ended with status $2: $(tail -n 1 "$out")"
	{ cat "$build/xen-evtchn.ko" 2>/dev/null || :; } | tr '\0' '\n' |
		grep -aq "^vermagic=$release " || echo "there is no xen-evtchn.ko for $release"
	for source in "$build"/drivers/xen/evtchn/*.c; do
		object=drivers/xen/evtchn/$(basename "$source" .c)
		grep -q "CC \[M\].*$object\.o" "$out" || echo "$object.c was not compiled"
		[ "$1" != sparse ] || grep -q "CHECK .*$object\.c" "$out" ||
			echo "sparse was not run on $object.c"
	done
}

# cell CHECK
cell()
{
	build=$XE_SCRATCH/build out=$XE_SCRATCH/out
	rm -rf "$build"
	mkdir "$build"
	compiler
	[ "$1" != sparse ] || find_sparse || :
	tool=$(tool_version "$1") || tool=
	what="$kernel $arch of $suite ($release): no warning from $1 $tool"
	copy_sources "$build"
	heartbeat_start "building for Linux $release by $1"
	status=0
	run_check "$1" >"$out" 2>&1 || status=$?
	heartbeat_stop
	judge "$1" "$status" >"$XE_SCRATCH/objections"
	if [ -n "$tool" ] && ! [ -s "$XE_SCRATCH/objections" ]; then
		result passed "$1" "$what"
	else
		sed 's/^/# /' "$XE_SCRATCH/objections"
		result failed "$1" "$what"
	fi
}

# result RESULT CHECK WHAT - a line of TAP, and one of the results.
result()
{
	n=$((n + 1))
	case $1 in
	passed) echo "ok $n - $3" ;;
	absent) echo "ok $n - $3 # SKIP Debian $suite has no such headers" ;;
	*) echo "not ok $n - $3" ;;
	esac
	printf '%s\t' "$kernel" "$suite" "$arch" "$2" "$1" "$release" >>"$results"
	echo "$tool" >>"$results"
}

# row CHECKS - all cells of a kernel.
row()
{
	release=- tool=-
	tree=$("$here/tree.sh" "$suite" 9>&-) || tree=
	for check in $(echo "$1" | tr ',' ' '); do
		if [ -z "$tree" ]; then
			result failed "$check" "$kernel $arch of $suite: there is a tree to build in"
		elif find_headers; then
			cell "$check"
		else
			result absent "$check" "$kernel $arch of $suite: no warning from $check"
		fi
	done
}

# --- all of them -----------------------------------------------------------------

# wanted KERNEL WORD... - whether it is one of them, or there is none.
wanted()
{
	[ $# -gt 1 ] || return 0
	name=$1
	shift
	for word; do
		[ "$word" != "$name" ] || return 0
	done
	return 1
}

record=
if [ "${1-}" = --record ]; then
	record=1
	shift
	[ $# = 0 ] || die "only all kernels together can be recorded"
fi
need_scratch
results=$XE_SCRATCH/built.tab
: >"$results"
n=0
while read -r kernel suite arch _ checks _; do
	case $kernel in
	'#' | '') continue ;;
	esac
	! wanted "$kernel" "$@" || row "$checks" </dev/null
done <"$here/kernels.tab"
[ "$n" -gt 0 ] || die "kernels.tab has no kernel $*"
echo "1..$n"
if [ -n "$record" ]; then
	{
		echo "# Written by run.sh --record, and by nothing else; table.sh tells the format."
		cat "$results"
	} >"$here/built.tab"
fi
"$here/table.sh" "$results" | sed 's/^/# /'
! grep -q '	failed	' "$results"
