#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Debian packages, fetched by apt and unpacked into a tree of the cache; prints
# the tree's directory.
#
# usage: fetch.sh [OPTION]... SUITE NAME PACKAGE... [-- PACKAGE...]...
#        fetch.sh --sources SUITE       (prints apt's source lines for that suite)
#
# --only REGEX     of what apt would install, only packages of such a name
# --except REGEX   none of such a name; those of another architecture end in :ARCH
# --foreign ARCH   PACKAGE may be one of that architecture too, as PACKAGE:ARCH
#
# What stands behind a -- need not agree with what stands before it.
#
# apt runs on a state of its own with nothing installed, so that it resolves the
# whole closure of PACKAGE..., for any suite, without root, and without touching
# the host's sources or lists. It checks every signature, by the host's keys. The
# mirror is the host's own. A tree that is there already costs no network.

. "$(dirname "$0")/../vm/lib.sh"

only=. except='^$' foreign='' sources=
while :; do
	case ${1-} in
	--only) only=$2 && shift 2 ;;
	--except) except=$2 && shift 2 ;;
	--foreign) foreign=$2 && shift 2 ;;
	--sources) sources=1 && set -- "${2-}" - - ;;
	*) break ;;
	esac
done
if [ $# -lt 3 ] || [ -z "$1" ]; then
	die "usage: fetch.sh [OPTION]... SUITE NAME PACKAGE... | --sources SUITE"
fi
suite=$1 name=$2
shift 2
packages=$*
apt=$XE_CACHE/apt/$suite${foreign:++$foreign}

need_packages apt
# shellcheck source=/dev/null
. /etc/os-release

# The host's Debian mirrors, one "URI RELEASE" a line, as apt itself reads them.
host_sources()
{
	# shellcheck disable=SC2016 # apt's own placeholders
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
		'Identifier: Packages' 'Component: main' |
		awk -v own="$VERSION_CODENAME" '
			{ s = $2; sub(/-(updates|security)$/, "", s) }
			s == own || s == "stable"' | sort -u
}

# The same for the suite that is wanted: "trixie-backports" is trixie and one more.
suite_sources()
{
	host_sources | awk -v suite="$suite" -v key="$1" '
		{
			base = suite
			sub(/-backports$/, "", base)
			extra = ""
			if (match($2, /-(updates|security)$/))
				extra = substr($2, RSTART)
			if (extra != "" && base == "sid")
				next
			print "deb " key $1 " " base extra " main"
			if (extra == "" && suite != base)
				print "deb " key $1 " " suite " main"
		}'
}

# Of the host's configuration apt gets what says how to reach a mirror (proxies)
# and none of its hooks.
configure()
{
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/state/status"
	{
		apt-config dump |
			grep -E '^Acquire::(https?|ftp|Check-|Force|Retries)' || :
		cat <<-END
			Dir::State "$apt/state";
			Dir::State::status "$apt/state/status";
			Dir::Cache "$apt/cache";
			Dir::Etc::main "/dev/null";
			Dir::Etc::parts "/dev/null";
			Dir::Etc::sourcelist "$apt/sources.list";
			Dir::Etc::sourceparts "/dev/null";
			Dir::Etc::preferences "/dev/null";
			Dir::Etc::preferencesparts "/dev/null";
			APT::Architecture "amd64";
			APT::Architectures { "amd64"; ${foreign:+"$foreign";} };
			APT::Install-Recommends "false";
			APT::Sandbox::User "root";
			Acquire::Languages "none";
			Acquire::Retries "3";
		END
	} >"$apt/apt.conf"
	write_sources >"$apt/sources.list"
}

write_sources()
{
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -e "$key" ] && key="[signed-by=$key] " || key=
	suite_sources "$key" | grep . ||
		die "apt has no source for Debian $VERSION_CODENAME's main to take packages from"
}

update_lists()
{
	rm -f "$apt/updated"
	logged "reading the package lists of Debian $suite" \
		apt-get -q update --error-on=any ||
		die "no mirror gives the package lists of Debian $suite ($(grep -m 1 '^E:' "$xe_log"))"
	: >"$apt/updated"
}

# resolve_group PACKAGE... - these and all they need, filtered, as NAME=VERSION. Backports
# are taken only when asked for by name.
resolve_group()
{
	target=
	case $suite in
	*-backports) target="-t $suite" ;;
	esac
	# shellcheck disable=SC2086 # words
	apt-get -q -s $target install "$@" 2>"$apt/resolve.log" |
		sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p' |
		awk -F = -v only="$only" -v except="$except" '
			$1 ~ only && $1 !~ except
			END { exit !NR }'
}

resolve()
{
	# shellcheck disable=SC2086 # words
	echo "$packages" | sed 's/ -- /\n/g' | while read -r group; do
		resolve_group $group || exit 1
	done >"$debs/wanted.all" || return 1
	awk '!seen[$0]++' "$debs/wanted.all" >"$debs/wanted"
	[ -s "$debs/wanted" ]
}

# Into the current directory; what is there and whole is not fetched again.
download()
{
	logged "fetching $(wc -l <wanted) packages of Debian $suite for $name" \
		xargs -a wanted apt-get -q download
}

# apt's state is shared by all trees of a suite, so one run of apt at a time.
fetch_debs()
{
	exec 9>>"$apt.lock"
	wait_for_lock "a tree of Debian $suite"
	configure
	export APT_CONFIG="$apt/apt.conf"
	[ -e "$apt/updated" ] || update_lists
	# If this fails the mirror may have moved on since the lists were read.
	if ! { resolve && download; }; then
		update_lists
		resolve ||
			die "Debian $suite can not give $packages:" \
				"$(grep -m 1 '^E:' "$apt/resolve.log" || echo "none is named $only")"
		download ||
			die "Debian $suite's mirror does not give $packages ($(grep -m 1 '^E:' "$xe_log"))"
	fi
}

unpack()
{
	while IFS='=' read -r package version; do
		version=$(printf '%s' "$version" | sed 's/:/%3a/')
		case $package in
		*:*) arch=${package#*:} ;;
		*) arch='a[lm][ld]*' ;; # all, amd64
		esac
		# shellcheck disable=SC2086 # a pattern
		quietly "unpacking $package" \
			dpkg-deb -x "${package%:*}_${version}"_$arch.deb "$1"
	done <wanted
}

build_tree()
{
	need_space 1500
	say "Fetching $name ($packages) from Debian $suite"
	debs=$apt/debs/$name
	mkdir -p "$debs"
	cd "$debs"
	(fetch_debs)
	unpack "$1"
	rm -rf "$debs"
}

[ -z "$sources" ] || { write_sources && exit; }

tree=$XE_CACHE/trees/$suite/$name
make_once "$tree" build_tree
echo "$tree"
