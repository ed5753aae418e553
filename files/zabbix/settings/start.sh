# In front of the image's own entry point: what Zabbix takes neither from variables nor by its API from those who may.
# Without these the two would try for ever, and nobody would see it.
: "${ADMIN_PASSWORD:?is missing}" "${IDENTITY_PROVIDER:?is missing}" "${CLIENT:?is missing}"
sh /settings/certificate.sh &
sh /settings/password.sh &
unset ADMIN_PASSWORD
exec docker-entrypoint.sh "$@"
