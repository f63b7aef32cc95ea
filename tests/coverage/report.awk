# SPDX-License-Identifier: GPL-2.0
#
# Reads unreached.tab and a trace file of lcov's; prints a table of the files, the lines
# and branches that were not reached, each with its reason, and the totals. Fails if
# these are less than want_lines and want_branches, in per cent.
#
# usage: awk -v top=DIRECTORY/ -v want_lines=N -v want_branches=N -f report.awk unreached.tab INFO

function percent(part, whole)
{
	return whole ? 100 * part / whole : 100
}

function row(name, lines, hit, branches, taken)
{
	return sprintf("%-10s %5d of %5d lines %6.1f %%   %5d of %5d branches %6.1f %%\n", name,
		hit, lines, percent(hit, lines), taken, branches, percent(taken, branches))
}

# The source of the current file, into text[].
function read_source(    line, n)
{
	split("", text)
	while ((getline line <path) > 0)
		text[++n] = line
	close(path)
}

function why(line,    i)
{
	for (i = 1; i <= reasons; i++)
		if (reason_file[i] == file && index(text[line], reason_text[i])) {
			used[i] = 1
			return reason[i]
		}
	unexplained++
	return "no reason is given"
}

function list(line, what,    code)
{
	code = text[line]
	gsub(/^[ \t]+|[ \t]+$/, "", code)
	missing = missing sprintf("%s:%d: %s: %s\n\t%s\n", file, line, what, code, why(line))
}

FNR == 1 { input++ }

input == 1 {
	if (/^#/ || !NF)
		next
	split($0, field, "\t+")
	reason_file[++reasons] = field[1]
	reason_text[reasons] = field[2]
	reason[reasons] = field[3]
	next
}

/^SF:/ {
	path = substr($0, 4)
	file = path
	sub(/.*\//, "", file)
	read_source()
	lines = hit = branches = taken = 0
	split("", unreached)
	split("", not_taken)
	last = 0
}

/^DA:/ {
	split(substr($0, 4), field, ",")
	lines++
	if (field[2] > 0)
		hit++
	else
		unreached[field[1]] = 1
	if (field[1] + 0 > last)
		last = field[1] + 0
}

/^BRDA:/ {
	split(substr($0, 6), field, ",")
	branches++
	if (field[4] != "-" && field[4] > 0)
		taken++
	else
		not_taken[field[1]]++
	if (field[1] + 0 > last)
		last = field[1] + 0
}

/^end_of_record/ {
	table = table row(file, lines, hit, branches, taken)
	for (line = 1; line <= last; line++)
		if (line in unreached)
			list(line, "not reached")
		else if (line in not_taken)
			list(line, not_taken[line] " not taken")
	all_lines += lines; all_hit += hit
	all_branches += branches; all_taken += taken
}

END {
	printf "%s", missing
	for (i = 1; i <= reasons; i++)
		if (!used[i])
			printf "unreached.tab: %s: it is reached now: %s\n", reason_file[i], reason_text[i]
	if (unexplained)
		printf "%d of these have no reason in unreached.tab\n", unexplained
	printf "\n%s", table
	printf "%s", row("total", all_lines, all_hit, all_branches, all_taken)
	printf "wanted: %d %% of the lines, %d %% of the branches\n", want_lines, want_branches
	exit !(all_lines && percent(all_hit, all_lines) >= want_lines &&
		percent(all_taken, all_branches) >= want_branches)
}
