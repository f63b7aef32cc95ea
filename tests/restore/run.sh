#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What becomes of the ports of a domU that is saved and restored, or whose suspend
# is cancelled: a PV and a PVH domU under Debian's toolstack. Writes TAP.
#
# usage: run.sh [--driver ours|stock | --module FILE] [TYPE...]
#        (pv, pvh; both if none is named)
#
# With --driver stock the domU has the in-tree driver, which does not survive this.
# What it does is reported as what it is: its tests are marked XFAIL where that is
# known, the kernel's last words follow, and the status is 0 whatever happened.

. "$(dirname "$0")/../vm/lib.sh"

# shellcheck source-path=SCRIPTDIR/../vm source=toolstack-guest.sh
. "$XE_VM/toolstack-guest.sh"

driver=ours kernel=6.12 file=''

# The domU's program and what it is told: nothing, or what to spare the in-tree
# driver, after whose BUGs the domain can not be suspended any more.
domu_manifest()
{
	args=''
	[ "$driver" = ours ] || args="--driver stock --skip C0?"
	echo "$args" >"$XE_SCRATCH/domu-args"
	echo "file /etc/args $XE_SCRATCH/domu-args"
	echo "file /bin/evtchn-restore $programs/evtchn-restore"
}

guest_manifest()
{
	dom0_manifest
	echo "file /bin/evtchn-echo $programs/evtchn-echo"
	echo "file /etc/xen/restore.cfg.in $XE_SCRATCH/restore.cfg.in"
}

# One guest; its options are those of guest.sh.
run_guest()
{
	# In an emulated SVM guest that waits for its other vCPU without a halt, Xen's
	# own interrupts are not always taken, and then nothing runs any more.
	case $1 in
	pv) vcpus=2 ;;
	pvh) vcpus=1 ;;
	esac
	domu_config restore "$1" 160 "$vcpus" >"$XE_SCRATCH/restore.cfg.in"
	# More channels than the 1,023 that a domU has by default.
	echo 'max_event_channels = 4095' >>"$XE_SCRATCH/restore.cfg.in"
	guest_manifest >"$XE_SCRATCH/manifest"
	set -- "restore-$1-$driver" --init "$XE_VM/init/restore-dom0.sh" --xen "$xen" \
		--kernel "$kernel" --tree "$tools" --manifest "$XE_SCRATCH/manifest" \
		--memory 2560 --dom0-memory 1024 --time 900 \
		--show 'XEN-EVTCHN-RIG: domU: '
	case $driver in
	ours) "$XE_VM/guest-tap.sh" "$@" ;;
	stock) stock_guest "$@" ;;
	esac
}

# The toolstack has our driver, so that all trouble is the domU's.
stock_guest()
{
	name=$1
	shift
	log=$XE_LOGS/$name-$(date +%Y%m%d-%H%M%S).$$.log
	"$XE_VM/guest.sh" --name "$name" --log "$log" "$@" 9>&- >/dev/null || :
	tr -d '\r\000' <"$log" >"$XE_SCRATCH/log"
	awk -v name="$name" '
		function test(line) { sub(/ok [0-9]+ *- /, "ok " ++n " - " name ": ", line); print line }
		/^XEN-EVTCHN-RIG: kernel log/ { over = 1 }
		sub(/^XEN-EVTCHN-RIG: domU: /, "") { live[++lives] = $0; next }
		!over && /^(not )?ok [0-9]+/ { test($0); next }
		!over && (/^#/ || /^Bail out!/) { print }
		/^domU: \[.*(kernel BUG at|WARNING: |Fixing recursive)/ {
			sub(/^domU: \[[ 0-9.]*\] */, "")
			sub(/CPU: [0-9]+ PID: [0-9]+ /, "")
			if (!seen[$0]++)
				line[++lines] = $0
		}
		END {
			# They are relayed when all is over, if it comes to that.
			if (n)
				lives = 0
			for (i = 1; i <= lives; i++)
				test(live[i])
			for (i = 1; i <= lines; i++)
				printf "# %s: %s\n", name, line[i]
			printf "1..%d\n", n
		}' "$XE_SCRATCH/log"
	say "The console: $log"
}

need_scratch
while [ $# -gt 0 ]; do
	case $1 in
	--driver | --module)
		[ $# -ge 2 ] || die "$1 needs a value; see the head of $0"
		case $1 in
		--driver) driver=$2 ;;
		--module) file=$2 ;;
		esac
		shift 2
		;;
	pv | pvh) types="${types-} $1" && shift ;;
	*) die "what is '$1'? See the head of $0" ;;
	esac
done
need_toolstack "$kernel" 4.17 "$driver"
module=${file:-$module}
programs=$(dirname "$("$XE_VM/program.sh" restore)")
domu_manifest >"$XE_SCRATCH/domu-manifest"
make_domu "$XE_VM/init/restore-domu.sh" "$XE_SCRATCH/domu-manifest"
for type in ${types-pv pvh}; do
	run_guest "$type" || :
done | "$XE_VM/join-tap.sh"
