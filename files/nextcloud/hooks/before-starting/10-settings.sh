#!/bin/sh
# At every start, as www-data, once the program is installed and upgraded: what is said here wins over what was clicked.
# A hook that fails keeps Nextcloud from starting (nextcloud/docker 4de1eed, docker-entrypoint.sh), and after an
# upgrade there is no way back: so what the app store or another program does wrong is only told.
set -eu
occ() { php /var/www/html/occ --no-interaction "$@"; }
told() { echo "settings: $*; Nextcloud starts without it" >&2; }

# The newest version that fits first: after an upgrade, the one that was there may not be enabled any more.
enabled() {
  if occ app:getpath "$1" >/dev/null 2>&1; then
    occ app:update "$1" || told "$1 cannot be updated"
  else
    occ app:install --keep-disabled "$1"
  fi && occ app:enable "$1"
}
# An account is named after what the identity provider calls the person, and that never changes.
logged_in_by_provider() {
  enabled user_oidc &&
    occ user_oidc:provider authentik \
      --clientid="$OIDC_CLIENT_ID" \
      --clientsecret-env=OIDC_CLIENT_SECRET \
      --discoveryuri="$OIDC_DISCOVERY_URI" \
      --scope="openid email profile" \
      --unique-uid=0 --mapping-uid=sub --mapping-display-name=name --mapping-email=email &&
    # Straight to the identity provider; the administrator gets in at /login?direct=1. The last step: it says below
    # whether there was a login before.
    occ config:app:set user_oidc allow_multiple_user_backends --value=0
}

# Copies, not mounts: the image fills a config folder only if nothing is in it (nextcloud/docker 4de1eed,
# 34/apache/entrypoint.sh).
cp /usr/src/guildhall.config.php /var/www/html/config/guildhall.config.php
cp /usr/src/nextcloud/config/storage.config.php /var/www/html/config/storage.config.php

# The first time, nobody could use what would start without its login.
if occ config:app:get user_oidc allow_multiple_user_backends >/dev/null 2>&1; then
  logged_in_by_provider || told "the login by the identity provider is not as it should be"
else
  logged_in_by_provider
fi
# A check that failed once switches editing off until one succeeds. None can from here: for it, OnlyOffice fetches a
# file from Nextcloud, which does not answer yet (ONLYOFFICE/onlyoffice-nextcloud v10.0.0, lib/DocumentService.php).
open_for_editing() { enabled onlyoffice && occ config:app:delete onlyoffice settings_error; }
open_for_editing || told "documents cannot be edited"
occ background:cron
