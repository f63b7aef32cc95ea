# SPDX-License-Identifier: GPL-2.0
#
# Two logs of the conformance program, side by side: awk -f compare.awk STOCK OURS
#
# Each may hold several guests, with a line "XEN-EVTCHN-RIG: next guest" between
# them. "# running:", which the program writes if it is asked to be verbose, tells
# which test a guest died of. "XEN-EVTCHN-RIG: domU said:" is shown as it is, at the
# end. Status 0 only if OURS passed all it ran.

function result(line)
{
	if (line ~ /^not ok/)
		return "not ok"
	return line ~ /# *SKIP/ ? "skipped" : "ok"
}

function name(line)
{
	sub(/^(not )?ok [0-9]+ *-? */, "", line)
	sub(/ *# *(SKIP|XFAIL).*/, "", line)
	return line
}

function reason(line)
{
	if (!match(line, /# *(SKIP|XFAIL) */))
		return ""
	return substr(line, RSTART + RLENGTH)
}

function note(test, log_nr, what)
{
	if (!(test in seen))
		order[++tests] = test
	seen[test] = 1
	got[test, log_nr] = what
	total[log_nr, what]++
}

function add_splat(test)
{
	if (log_nr == 1 && splat != "")
		why[test] = why[test] (why[test] == "" ? "" : "; ") splat
}

# A guest is over; the test that was running has a result, or was its death.
function guest_ends()
{
	if (running != "" && !((running, log_nr) in got)) {
		note(running, log_nr, "dies")
		guest_tests++
	}
	# What its kernel had to say counts where it ran one test only.
	if (splat == "" && !token)
		splat = "its guest did not come to an end"
	if (guest_tests == 1)
		add_splat(running)
	running = splat = ""
	kernel_log = guest_tests = token = 0
}

function count(who, n)
{
	return sprintf("%s: %d passed, %d failed, %d skipped", who, total[n, "ok"],
		       total[n, "not ok"] + total[n, "dies"], total[n, "skipped"])
}

FNR == 1 { guest_ends(); log_nr++ }
/^XEN-EVTCHN-RIG: next guest/ { guest_ends() }
/^XEN-EVTCHN-RIG: kernel log/ { kernel_log = 1 }
/^XEN-EVTCHN-RIG: done/ { token = 1 }

sub(/^XEN-EVTCHN-RIG: domU said: /, "") { said[++words] = $0; next }

/kernel BUG at|WARNING: |Kernel panic/ && splat == "" {
	splat = $0
	sub(/^\[[ 0-9.]+\] */, "", splat)
}

kernel_log { next }

/^# running: / { running = substr($0, 12) }

/^(not )?ok [0-9]+/ {
	test = name($0)
	note(test, log_nr, result($0))
	if (reason($0) != "")
		why[test] = reason($0)
	guest_tests++
	if (log_nr == 1 && result($0) == "not ok" && $0 !~ /# *XFAIL/)
		unknown++
}

END {
	guest_ends()
	printf "%-8s %-8s %s\n", "in-tree", "ours", "test"
	for (i = 1; i <= tests; i++) {
		test = order[i]
		for (n = 1; n <= 2; n++)
			printf "%-8s ", (test, n) in got ? got[test, n] : "-"
		print test (why[test] == "" ? "" : " (" why[test] ")")
	}
	print ""
	for (i = 1; i <= words; i++)
		print "the restored kernel with the in-tree driver: " said[i]
	print count("in-tree", 1) (unknown ? ", " unknown " of which nobody knew" : "")
	print count("ours", 2)
	exit !(total[2, "ok"] && !total[2, "not ok"] && !total[2, "dies"])
}
