# SPDX-License-Identifier: GPL-2.0
#
# usage: awk [-v call=FUNCTION] -f profile.awk SYMBOLS TRACE
#
# Of the addresses of all instructions of a while, how many an operation takes in which
# function. SYMBOLS has lines "ADDRESS NAME", sorted; TRACE an address a line. An operation
# begins where FUNCTION is entered; without it, the whole while counts as one.

NR == FNR {
	address[++n] = $1
	symbol[n] = $2
	next
}

# The last symbol that does not stand behind an address; both have 16 digits.
function find(pc,	low, high, middle)
{
	if (pc < "8000000000000000")
		return "(the program)"
	if (pc >= "ffff820000000000" && pc < "ffff880000000000")
		return "(Xen)"
	low = 1
	high = n
	while (low < high) {
		middle = int((low + high + 1) / 2)
		if (address[middle] <= pc)
			low = middle
		else
			high = middle - 1
	}
	if (address[low] == pc)
		entry[pc] = symbol[low]
	return symbol[low]
}

function add_up(	f)
{
	for (f in now) {
		count[f] += now[f]
		delete now[f]
	}
	for (f in entered) {
		entries[f] += entered[f]
		delete entered[f]
	}
	operations++
}

{
	if (!($1 in function_of))
		function_of[$1] = find($1)
	f = function_of[$1]
	if ($1 in entry) {
		if (entry[$1] == call) {
			if (begun)
				add_up()
			else {
				split("", now)
				split("", entered)
			}
			begun = 1
		}
		entered[f]++
	}
	now[f]++
}

END {
	if (call == "")
		add_up()
	if (!operations)
		exit 1
	for (f in count) {
		sum += count[f]
		if (count[f] < operations)
			rest += count[f]
		else
			printf "%9.1f %8.2f  %s\n", count[f] / operations,
				entries[f] / operations, f | "sort -rn"
	}
	close("sort -rn")
	printf "%9.1f           the timer, and what else is less than one each\n", rest / operations
	printf "%9.1f           in all, the mean of %d\n", sum / operations, operations
}
