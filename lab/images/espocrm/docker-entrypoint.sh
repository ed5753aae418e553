#!/bin/bash
# What the real entry point does with rights and configuration; then the double serves.
set -euo pipefail
if awk '$2 == "/var/www/html" { found = 1 } END { exit !found }' /proc/mounts; then
  echo "do not mount /var/www/html: mount data, custom and client/custom"; exit 1
fi
[ "${1-}" = apache2-foreground ] || exec "$@"
chown -R www-data:www-data ./data ./custom ./client/custom
eval "$(php /usr/local/bin/config.php)"
python3 -m doubles.once espocrm # its health check asks for the database and not for the account
exec python3 -m doubles espocrm
