#!/bin/sh
# Start a Ceph object gateway of one monitor, one storage daemon in memory and one gateway, on 127.0.0.1, for the tests.
#   sh tools/start_radosgw.sh FOLDER PORT ACCESS-KEY SECRET
# Needs root and Debian's ceph-mon, ceph-osd and radosgw. FOLDER/pids holds what to end; nothing outlives them.
set -eu
folder=$1 port=$2 key=$3 secret=$4
mkdir -p "$folder/mon" "$folder/osd" "$folder/run"
fsid=$(cat /proc/sys/kernel/random/uuid)
uuid=$(cat /proc/sys/kernel/random/uuid)
mon=$((port + 1))
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = v1:127.0.0.1:$mon
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
auth allow insecure global id reclaim = false
public addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
ms bind msgr2 = false
run dir = $folder/run
admin socket = $folder/run/\$name.asok
log file = $folder/run/\$name.log
[mon.a]
mon data = $folder/mon
[osd.0]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 1073741824
ms bind ipv4 = true
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw data = $folder/run
CONF
export CEPH_CONF="$folder/ceph.conf"
run() { "$@" >>"$folder/run/start.log" 2>&1; }
daemon() {
    "$@" >>"$folder/run/start.log" 2>&1 &
    echo $! >>"$folder/pids"
}
run monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon/0]" "$folder/monmap"
run ceph-mon -c "$CEPH_CONF" --mkfs -i a --monmap "$folder/monmap"
daemon ceph-mon -c "$CEPH_CONF" -f -i a
run ceph -c "$CEPH_CONF" --connect-timeout 60 osd new "$uuid" 0
run ceph-osd -c "$CEPH_CONF" --mkfs -i 0 --osd-uuid "$uuid"
osd_is_up() { ceph -c "$CEPH_CONF" --connect-timeout 60 osd stat 2>>"$folder/run/start.log" | grep -q '1 up'; }
# Now and then the storage daemon asks before it has heard from the monitor, is refused ("wrong fsid"), and ends: again, then.
start_osd() { daemon ceph-osd -c "$CEPH_CONF" -f -i 0; osd=$!; }
start_osd
until osd_is_up; do
    kill -0 "$osd" 2>/dev/null || { sed -i "/^$osd\$/d" "$folder/pids"; start_osd; }
    sleep 0.2
done
daemon radosgw -c "$CEPH_CONF" -f -n client.rgw
run timeout 60 radosgw-admin -c "$CEPH_CONF" user create --uid=tests --display-name=tests --access-key="$key" --secret="$secret"
