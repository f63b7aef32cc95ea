# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by the static tests: what they look at, and the kernel's own tools.
#
# usage: . "$(dirname "$0")/lib.sh"

# shellcheck source-path=SCRIPTDIR/../vm source=lib.sh
. "$(dirname "$0")/../vm/lib.sh"

# all_files - what the tree holds, by git where there is one: one path a line.
all_files()
{
	cd "$XE_TOP"
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard
	else
		find . -type f | sed 's|^\./||'
	fi | while read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# c_files DIRECTORY... - C files and headers.
c_files()
{
	for directory; do
		all_files | grep "^$directory/.*\.[ch]$" || :
	done
}

shell_files()
{
	all_files | while read -r file; do
		case $file in
		*.sh) echo "$file" ;;
		*) head -n 1 "$file" | grep -q '^#!.*sh$' && echo "$file" ;;
		esac || :
	done
}

unpack_scripts()
{
	quietly "unpacking the kernel's own checking tools" \
		tar -xJf "$sources"/usr/src/linux-source-*.tar.xz -C "$1" \
		--strip-components=1 --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch' '*/scripts/kernel-doc'
}

# kernel_tools - a directory with the checking scripts of Debian's kernel source.
kernel_tools()
{
	need_packages xz-utils
	sources=$(tree_of source 6.12)
	tools=$XE_CACHE/checkers/${sources##*/}
	make_once "$tools" unpack_scripts
	echo "$tools/scripts"
}
