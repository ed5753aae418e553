# In front of the image's own entry point: what Zabbix takes neither from variables nor from files.
# Without these the two would try for ever, and nobody would see it.
: "${ADMIN_PASSWORD:?is missing}" "${IDENTITY_PROVIDER:?is missing}" "${CLIENT:?is missing}"
: "${SMTP_HOST:?is missing}" "${SMTP_PORT:?is missing}" "${MAIL_FROM:?is missing}" "${MAIL_TO:?is missing}"
: "${SMTP_USERNAME:?is missing}" "${SMTP_PASSWORD:?is missing}"
sh /settings/certificate.sh &
sh /settings/settings.sh &
unset ADMIN_PASSWORD SMTP_USERNAME SMTP_PASSWORD
exec docker-entrypoint.sh "$@"
