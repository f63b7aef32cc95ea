#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A guest's init: makes way for the Debian on its disk, and has it run /rig/steps.sh
# when it is up. What of ours it needs goes along in /run/rig, which is no part of its
# disk.
#
# usage: guest.sh --init init.sh --disk FILE --kernel DIRECTORY-OF-image.sh

# shellcheck source=../vm/init/lib.sh
. /etc/lib.sh

disk=/dev/nvme0n1

# One of them is for processors that this one is not.
load_drivers()
{
	while read -r module; do
		insmod "/lib/modules/$module.ko" 2>/dev/null
	done </rig/modules
}

wait_for_disk()
{
	tries=100
	until [ -b $disk ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# In /run it is a part of this boot alone.
add_unit()
{
	mkdir -p /run/systemd/system/multi-user.target.wants
	cat >/run/systemd/system/rig.service <<-END
		[Unit]
		Description=What this machine was started for
		After=multi-user.target

		[Service]
		Type=oneshot
		TimeoutStartSec=infinity
		ExecStart=/bin/sh /run/rig/steps.sh
	END
	ln -s ../rig.service /run/systemd/system/multi-user.target.wants/
}

load_drivers
wait_for_disk || { echo "Bail out! there is no disk" && finish 1; }
mkdir /disk
mount -t ext4 $disk /disk || { echo "Bail out! the disk has no root" && finish 1; }
chmod 755 /run
cp -r /rig /run/rig
cp /etc/lib.sh /etc/args /run/rig/
add_unit
umount /tmp
for part in proc sys dev run; do
	mount -o move /$part /disk/$part
done
exec switch_root /disk /lib/systemd/systemd
