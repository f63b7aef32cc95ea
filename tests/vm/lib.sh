# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced by every script of the rig: messages, the cache, packages, progress.
#
# usage: . "$(dirname "$0")/../vm/lib.sh"
#
# Results go to stdout (mostly one path), everything for people to stderr, so
# that a script can be used as dir=$(kernel.sh) and still show its progress.

# This shell has no local variables: those of the functions here begin with xe_, so
# that they are not a caller's.

set -eu

# A script of another directory than one beside this sets XE_VM itself.
: "${XE_VM:=$(cd "$(dirname "$0")/../vm" && pwd)}"
# shellcheck disable=SC2034 # for the scripts that source this file
XE_TOP=$(cd "$XE_VM/../.." && pwd)
XE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/xen-evtchn
XE_LOGS=$XE_CACHE/logs

say()
{
	printf '%s\n' "$*" >&2
}

# One sentence, and out. What went wrong deeper down has spoken already.
die()
{
	say "${0##*/}: $*"
	exit 1
}

# --- the end of a script ------------------------------------------------------

XE_BEAT=
XE_CHILD=
XE_SCRATCH=

xe_end()
{
	heartbeat_stop
	[ -z "$XE_CHILD" ] || kill "$XE_CHILD" 2>/dev/null || :
	[ -z "$XE_SCRATCH" ] || rm -rf "$XE_SCRATCH"
}

trap xe_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The cache directory, or one sentence why not.
need_cache()
{
	{ mkdir -p "$XE_LOGS" && [ -w "$XE_LOGS" ]; } 2>/dev/null ||
		die "can not write to the cache directory $XE_CACHE"
}

# A directory of this process alone, removed when it ends. Those of processes
# that were killed are removed by the next one that comes along.
need_scratch()
{
	need_cache
	for xe_stale in "$XE_CACHE"/run/*; do
		[ -d "$xe_stale" ] || continue
		kill -0 "${xe_stale##*.}" 2>/dev/null || rm -rf "$xe_stale"
	done
	XE_SCRATCH=$XE_CACHE/run/${0##*/}.$$
	rm -rf "$XE_SCRATCH"
	mkdir -p "$XE_SCRATCH"
}

# need_space MEGABYTES - so much has to be free where the cache is.
need_space()
{
	need_cache
	xe_free=$(df -Pm "$XE_CACHE" | awk 'NR == 2 { print $4 }')
	[ "$xe_free" -ge "$1" ] ||
		die "$XE_CACHE needs $1 MB of free disk space and has $xe_free MB"
}

# --- progress -----------------------------------------------------------------

# heartbeat_start WHAT [FILE] - a line after every eight silent seconds until
# heartbeat_stop, so that nobody looks at a still screen; FILE is touched by
# somebody who shows other things. It ends with the script in any case, and its
# sleep with it: an orphan would hold the pipe of a caller open.
heartbeat_start()
{
	heartbeat_stop
	heartbeat "$1" "${2-}" >/dev/null 9>&- &
	XE_BEAT=$!
}

heartbeat()
{
	trap '[ -z "$nap" ] || kill "$nap" 2>/dev/null; exit 0' TERM EXIT
	trap - HUP INT
	nap=
	start=$(date +%s)
	spoke=$start
	while kill -0 $$ 2>/dev/null; do
		sleep 2 >/dev/null 2>&1 &
		nap=$!
		wait "$nap"
		now=$(date +%s)
		shown=$([ -z "$2" ] || stat -c %Y "$2" 2>/dev/null || :)
		[ "${shown:-0}" -le "$spoke" ] || spoke=$shown
		[ $((now - spoke)) -ge 8 ] || continue
		say "  ... $1 ($((now - start)) s)"
		spoke=$now
	done
}

heartbeat_stop()
{
	[ -n "$XE_BEAT" ] || return 0
	kill "$XE_BEAT" 2>/dev/null || :
	wait "$XE_BEAT" 2>/dev/null || :
	XE_BEAT=
}

# logged WHAT COMMAND... - runs one command with its output in a log and a heartbeat;
# when it fails, $log is there to be read.
logged()
{
	xe_what=$1
	shift
	need_cache
	xe_log=$XE_LOGS/$(printf '%s' "$xe_what" | tr -cs 'A-Za-z0-9.+-' '-').$$.log
	heartbeat_start "$xe_what"
	if "$@" >"$xe_log" 2>&1 9>&-; then
		heartbeat_stop
		rm -f "$xe_log"
		return 0
	fi
	heartbeat_stop
	return 1
}

# quietly WHAT COMMAND... - the same; says where to look when it fails.
quietly()
{
	logged "$@" && return
	xe_reason=$(grep -m 1 -iE 'error|not found|^E:' "$xe_log") || xe_reason=$(tail -n 1 "$xe_log")
	say "${0##*/}: failed: $xe_what ($xe_reason); see $xe_log"
	return 1
}

# --- directories that are there complete or not at all ------------------------

# make_once DIR COMMAND... - DIR is made by COMMAND, which gets an empty directory
# beside it as its last argument; it has its name only when it is complete. Two
# processes that want the same DIR make it once; what an interrupted run left is
# removed by the next. COMMAND may be a function, and runs under set -e.
make_once()
{
	xe_dir=$1
	shift
	[ ! -d "$xe_dir" ] || return 0
	need_cache
	mkdir -p "${xe_dir%/*}"
	(
		wait_for_lock "${xe_dir##*/}"
		[ ! -d "$xe_dir" ] || exit 0
		rm -rf "$xe_dir".new.*
		mkdir "$xe_dir.new.$$"
		("$@" "$xe_dir.new.$$")
		mv -T "$xe_dir.new.$$" "$xe_dir"
	) 9>>"$xe_dir.lock"
}

# The lock is file descriptor 9; children that may outlive us must not have it.
wait_for_lock()
{
	flock -n 9 && return 0
	heartbeat_start "waiting for another run that is making $1"
	flock 9
	heartbeat_stop
}

# --- the host's packages ------------------------------------------------------

# missing_packages PACKAGE... - those that the host lacks.
missing_packages()
{
	for xe_package; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$xe_package" 2>/dev/null) in
		installed) ;;
		*) echo "$xe_package" ;;
		esac
	done
}

# need_packages PACKAGE... - installs by apt those that the host lacks, one process
# after the other.
need_packages()
{
	command -v dpkg-query >/dev/null ||
		die "the rig needs Debian: there is no dpkg-query here"
	xe_missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "$xe_missing" ] || return 0
	[ "$(id -u)" = 0 ] ||
		die "these packages are missing and only root can install them: $xe_missing"
	need_cache
	(
		wait_for_lock "packages"
		# shellcheck disable=SC2046 # a list of words
		set -- $(missing_packages "$@")
		[ $# = 0 ] || install_packages "$@"
	) 9>>"$XE_CACHE/packages.lock" || die "apt could not install: $xe_missing"
}

# The host's lists may be missing or out of date; one source of them that fails is no
# matter if the rest is enough.
install_packages()
{
	say "Installing by apt: $*"
	apt-get -qq -s install "$@" >/dev/null 2>&1 9>&- ||
		quietly "reading the host's package lists" apt-get -q update || :
	DEBIAN_FRONTEND=noninteractive quietly "installing $# packages" \
		apt-get -q -y -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "$@"
}

# copy_sources DIR [PART...] - what the driver is built of, and PARTs of the tree beside
# it, without what a build left there.
copy_sources()
{
	xe_to=$1
	shift
	for xe_part in Kbuild dkms.conf drivers include "$@"; do
		mkdir -p "$xe_to/$(dirname "$xe_part")"
		cp -r "$XE_TOP/$xe_part" "$xe_to/$(dirname "$xe_part")/"
	done
	find "$xe_to" \( -name '*.o' -o -name '*.ko' -o -name '.*.cmd' \) -delete
}

# source_sums [PART...] - of what copy_sources copies, a line for each file that decides
# what comes out.
source_sums()
{
	(
		cd "$XE_TOP"
		find Kbuild dkms.conf drivers include "$@" -type f -name '[!.]*' |
			grep -E '(^[A-Za-z.]+|\.[ch]|Kbuild|Makefile.*)$' |
			LC_ALL=C sort | xargs sha256sum
	)
}

# --- what the rig knows by name -----------------------------------------------

# tree_of KIND VERSION - the unpacked packages of a line of packages.tab.
tree_of()
{
	# shellcheck disable=SC2046 # the line's fields are words
	set -- "$1" "$2" $(awk -v k="$1" -v v="$2" \
		'$1 == k && $2 == v { $1 = $2 = ""; print }' "$XE_VM/packages.tab")
	[ $# -gt 4 ] || die "packages.tab knows no $1 $2"
	xe_name=$1-$2 xe_suite=$3 xe_only=$4
	shift 4
	case $* in
	*:arm64*) xe_foreign="--foreign arm64" ;;
	*) xe_foreign= ;;
	esac
	# shellcheck disable=SC2086 # one option or none
	"$XE_VM/fetch.sh" --only "$xe_only" $xe_foreign "$xe_suite" "$xe_name" "$@"
}
