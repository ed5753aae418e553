#!/bin/sh
# At every start, as www-data, once the program is installed and upgraded: what is said here wins over what was clicked.
set -eu
occ() { php /var/www/html/occ --no-interaction "$@"; }

# A copy, not a mount: the image fills a config folder only if nothing is in it.
cp /usr/src/guildhall.config.php /var/www/html/config/guildhall.config.php

for app in user_oidc onlyoffice; do
  occ app:getpath "$app" >/dev/null 2>&1 || occ app:install --keep-disabled "$app"
  occ app:enable "$app"
done

# An account is named after what the identity provider calls the person, and that never changes.
occ user_oidc:provider authentik \
  --clientid="$OIDC_CLIENT_ID" \
  --clientsecret-env=OIDC_CLIENT_SECRET \
  --discoveryuri="$OIDC_DISCOVERY_URI" \
  --scope="openid email profile" \
  --unique-uid=0 --mapping-uid=sub --mapping-display-name=name --mapping-email=email
# Straight to the identity provider; the administrator gets in at /login?direct=1.
occ config:app:set user_oidc allow_multiple_user_backends --value=0
occ background:cron
