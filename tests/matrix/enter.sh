#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Runs a command in a tree of tree.sh as if it were the whole system, with DIR as /build,
# and the tree that SPARSE names, if it is set, as /sparse. Needs no root: what is mounted
# and who is root is so for this command alone.
#
# usage: enter.sh TREE DIR COMMAND...
#        enter.sh --try          whether that can be had here: not in each container or chroot

. "$(dirname "$0")/../vm/lib.sh"

root=
[ "$(id -u)" = 0 ] || root=--map-root-user
# shellcheck disable=SC2086 # an option or none
[ "${1-}" != --try ] || exec unshare $root --mount true
[ $# -gt 2 ] || die "usage: enter.sh TREE DIR COMMAND..."
tree=$1 dir=$2
shift 2

# shellcheck disable=SC2016,SC2086 # for the inner shell; an option or none
exec unshare $root --mount sh -c '
	mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" &&
		{ [ -z "$2" ] || mount --bind "$2" "$1/sparse"; } &&
		mount --bind "$3" "$1/build" || exit 1
	tree=$1
	shift 3
	exec env -i LC_ALL=C HOME=/build PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$tree" "$@"' sh "$tree" "${SPARSE-}" "$dir" "$@"
