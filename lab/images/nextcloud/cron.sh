#!/bin/sh
# As in the real image: busybox's cron daemon, which runs a job of www-data every five minutes (nextcloud/docker
# 4de1eed, 34/apache/cron.sh, 34/apache/Dockerfile).
set -eu
python3 -m doubles.once nextcloud-cron # nobody asks it for its health
mkdir -p /tmp/crontabs
exec busybox crond -f -L /dev/stdout -c /tmp/crontabs
