#!/bin/sh
# What the image's entry point runs once the program is installed or migrated, in the place of Apache.
set -eu
: "${MAIL_FROM:?is missing}" "${SMTP_HOST:?is missing}" "${SMTP_PORT:?is missing}"
: "${SMTP_USERNAME:?is missing}" "${SMTP_PASSWORD:?is missing}"
# As www-data: what it writes as root, the program could not write any more.
setpriv --reuid=33 --regid=33 --clear-groups php /etc/espocrm-mail/mail_account.php
unset SMTP_USERNAME SMTP_PASSWORD
exec apache2-foreground
