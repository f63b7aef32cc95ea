#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Builds the module with all the warnings there are: gcc's (W=1), sparse's, and
# clang's.
#
# usage: compilers.sh [VERSION]        (of packages.tab; 6.12 if not given)
#
# Debian's kernels are built by gcc, and so are their headers set up. clang is
# shown the same sources with the same options, less those it does not know.

. "$(dirname "$0")/lib.sh"

kernel=$("$XE_VM/kernel.sh" "${1:-6.12}")
need_scratch
build=$XE_SCRATCH/build
mkdir "$build"
for part in Kbuild dkms.conf drivers include; do
	cp -r "$XE_TOP/$part" "$build/"
done

gcc_and_sparse()
{
	make -C "$kernel/headers" M="$build" W=1 C=2 CF=-D__CHECK_ENDIAN__ \
		modules >"$XE_SCRATCH/out" 2>&1 ||
		{ cat "$XE_SCRATCH/out" && exit 1; }
	grep -E 'warning|error' "$XE_SCRATCH/out" || :
	grep -q 'CHECK .*/port\.c' "$XE_SCRATCH/out" || echo "sparse was not run"
}

# clang_options FILE.o.cmd - how gcc was called, as clang understands it.
clang_options()
{
	sed -n 's/^\(saved\)\{0,1\}cmd_[^ ]* := *[^ ]* //p' "$1" |
		sed 's/ ;.*//' | tr ' ' '\n' |
		grep -vE '^-(Wp,-M|o$|c$|f(conserve-stack|no-allow-store|min-function|ipa-|zero-init|no-stack-clash|sanitize|patchable|plugin|no-ipa|zero-call)|m(preferred-stack|record-mcount|indirect|function-return|nop-mcount|fentry|skip-rax|harden)|Wno-(dangling|alloc-size|packed-not|maybe|stringop|restrict|array-bounds)|Wimplicit-fallthrough=)' |
		grep -v '\.[oc]$' | tr '\n' ' '
}

# In the kernel's directory, as its include paths are relative to that.
clang_only()
{
	cd "$kernel/headers"
	for source in "$build"/drivers/xen/evtchn/*.c; do
		command=$(dirname "$source")/.$(basename "$source" .c).o.cmd
		options=$(clang_options "$command")
		[ -n "$options" ] || echo "clang was not run on $source"
		eval "clang -fsyntax-only -Wextra -Wno-unused-parameter \
			-Wno-sign-compare -Wno-missing-field-initializers \
			-Wno-unknown-warning-option -Wno-gnu \
			-Wno-ignored-optimization-argument \
			$options \"\$source\"" 2>&1 | grep -A 3 "evtchn/.*\(warning\|error\)" || :
	done
}

gcc_and_sparse
clang_only
