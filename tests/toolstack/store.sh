#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In dom0 and in its domU: many values in xenstore, by the stock tools. Only the seed
# decides what they are, so that one domain can check what the other has written.
#
# usage: store.sh write|check PATH SEED COUNT
#
# write writes them, most of them many at a time, and reads each back; check reads them.
# The last line says how many there were.

set -eu

what=$1 path=$2 seed=$3 count=$4
some=60		# in one call: that many round trips by one open file

work=/tmp/store.$$
mkdir "$work"
trap 'rm -r "$work"' EXIT

# Key and value a line; a value is a word of up to a hundred digits and letters.
awk -v seed="$seed" -v count="$count" 'BEGIN {
	state = seed
	for (i = 0; i < count; i++) {
		value = ""
		state = (state * 69069 + 1) % 2147483648
		for (n = state % 25; n >= 0; n--) {
			state = (state * 69069 + 1) % 2147483648
			value = value sprintf("%x", state / 65536)
		}
		print "k" i, value
	}
}' >"$work/wanted"

# The first ones by a process each, as a script would.
write()
{
	head -n 5 "$work/wanted" | while read -r key value; do
		xenstore-write "$path/$key" "$value"
	done
	sed "1,5d; s|^|$path/|" "$work/wanted" | xargs -n "$((2 * some))" xenstore-write
}

check()
{
	sed "s|^\([^ ]*\) .*|$path/\1|" "$work/wanted" |
		xargs -n "$some" xenstore-read >"$work/values"
	sed 's/^[^ ]* //' "$work/wanted" >"$work/wanted.values"
	cmp "$work/wanted.values" "$work/values"
	echo "$(wc -l <"$work/values") values of seed $seed are as they were written"
}

[ "$what" = check ] || write
check
