# In front of the image's own entry point: what Zabbix takes neither from variables nor from files.
sh /settings/certificate.sh &
sh /settings/settings.sh &
unset ADMIN_PASSWORD
exec docker-entrypoint.sh "$@"
