#!/bin/bash
# What `guildhall lab break FAULT` and `guildhall lab mend FAULT` do on a host: bash faults.sh break|mend FAULT
set -eu
victim=cadvisor-cadvisor-1 # every host has it, and nobody needs it
disk=/var/lib/guildhall-fault

signalled() {
  pid=$(docker inspect --format '{{.State.Pid}}' "$victim")
  [ "$pid" -gt 1 ] && kill "-$1" "$pid"
}

# A disk of 64 MB, in a file, so that nothing else is short of room.
disk_made() {
  [ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
  for number in 0 1 2 3 4 5 6 7; do
    [ -e "/dev/loop$number" ] || mknod "/dev/loop$number" b 7 "$number"
  done
  mkdir -p "$disk"
  truncate --size 64M "$disk.img"
  mkfs.ext4 -q "$@" "$disk.img"
  mount -o loop "$disk.img" "$disk"
}

disk_gone() {
  umount "$disk"
  rm -r "$disk" "$disk.img"
}

case "$1 $2" in
  "break stopped") docker stop "$victim" ;;
  "mend stopped") docker start "$victim" ;;
  "break unhealthy") signalled STOP ;;
  "mend unhealthy") signalled CONT ;;
  "break crashing")
    # shellcheck disable=SC2016 # the other shell's
    systemd-run --quiet --unit guildhall-fault-crashing bash -c 'while sleep 5; do
      pid=$(docker inspect --format "{{.State.Pid}}" '"$victim"'); [ "$pid" -lt 2 ] || kill -KILL "$pid"; done'
    ;;
  "mend crashing") systemctl stop guildhall-fault-crashing ;;
  "break logins") docker stop redis-redis-1 ;;
  "mend logins") docker start redis-redis-1 ;;
  "break alloy") docker stop alloy-alloy-1 ;;
  "mend alloy") docker start alloy-alloy-1 ;;
  "break loki") docker stop loki-loki-1 ;;
  "mend loki") docker start loki-loki-1 ;;
  "break silent") systemctl stop guildhall-containers ;;
  "mend silent") systemctl start guildhall-containers ;;
  "break unreadable") echo '{' >/var/lib/guildhall/metrics/fault.prom ;;
  "mend unreadable") rm -f /var/lib/guildhall/metrics/fault.prom ;;
  "break unit")
    # It fails once: its next start ends well.
    touch /run/guildhall-fault
    printf '[Service]\nType=oneshot\nExecStart=/bin/sh -c "! rm /run/guildhall-fault"\n' \
      >/run/systemd/system/guildhall-fault.service
    systemctl daemon-reload
    systemctl start guildhall-fault || true
    ;;
  "mend unit") systemctl restart guildhall-fault ;;
  "break disk")
    disk_made
    dd if=/dev/zero of="$disk/full" bs=1M status=none 2>/dev/null || true
    ;;
  "break inodes")
    disk_made -N 64
    touch "$disk"/{1..64} 2>/dev/null || true
    ;;
  "mend disk" | "mend inodes") disk_gone ;;
  "break edited") echo '# by hand' >>/opt/cadvisor/current/compose.yaml ;;
  "mend edited") sed --in-place '/^# by hand$/d' /opt/cadvisor/current/compose.yaml ;;
  *)
    echo "no fault $2" >&2
    exit 1
    ;;
esac
