#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Every shell script of the tree, as shellcheck sees it.
#
# usage: shellcheck.sh

. "$(dirname "$0")/lib.sh"

cd "$XE_TOP"
shell_files | xargs shellcheck -x -f gcc || :
