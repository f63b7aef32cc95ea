#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# checkpatch --strict, as the kernel ships it, over all C.
#
# usage: checkpatch.sh
#
# What is let pass, and why:
# ENOSYS       in ioctl.c and in tests of it: it is what this device has always answered;
#              in xen.c: it is an answer of Xen's
# layout       in trace.h: that of the kernel's own such files
# user space   the tests have no kernel headers to take macros from, and know
#              volatile, sscanf and the like

. "$(dirname "$0")/lib.sh"

tools=$(kernel_tools)

check()
{
	perl "$tools/checkpatch.pl" --no-tree --strict --terse --no-summary \
		--max-line-length=100 "$@" || :
}

for file in $(c_files drivers include/uapi tests/kunit tests/bench/floor); do
	case $file in
	*/ioctl.c | */ioctl_kunit.c | */xen.c) check --ignore ENOSYS -f "$file" ;;
	*/trace.h) check --ignore OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,SPACING -f "$file" ;;
	*) check -f "$file" ;;
	esac
done

for file in include/xen_evtchn.h $(c_files tests/conformance tests/demo tests/restore \
	tests/races tests/fuzz tests/faults tests/toolstack tests/bench \
	tests/examples); do
	check --ignore PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO \
		--ignore VOLATILE,SSCANF_TO_KSTRTO,AVOID_EXTERNS \
		--ignore MACRO_ARG_REUSE,CONST_STRUCT,SPLIT_STRING,ENOSYS \
		-f "$file"
done
