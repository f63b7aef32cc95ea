#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Debian's unmodified Xen tools and all libraries that they need, unpacked; prints
# the root of that tree.
#
# usage: toolstack.sh [XEN-VERSION]    (of packages.tab; 4.17 if not given)

. "$(dirname "$0")/../vm/lib.sh"

tree_of tools "${1:-4.17}"
