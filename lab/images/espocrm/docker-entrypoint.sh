#!/bin/bash
# What the real entry point does with rights and tables for a command that begins with `apache2`, and then that.
set -euo pipefail
if awk '$2 == "/var/www/html" { found = 1 } END { exit !found }' /proc/mounts; then
  echo "do not mount /var/www/html: mount data, custom and client/custom"; exit 1
fi
case ${1-} in apache2*) ;; *) exec "$@" ;; esac
# The double judges all that its container was given; our script before Apache takes these two away.
export GIVEN_SMTP_USERNAME="${SMTP_USERNAME-}" GIVEN_SMTP_PASSWORD="${SMTP_PASSWORD-}"
chown -R www-data:www-data ./data ./custom ./client/custom
exec "$@"
