#!/bin/sh
# Waits for the database, fills it once, writes the configuration and becomes the server.
set -eu
# The real one waits for ever for a database that it cannot log in to.
: "${DB_SERVER_HOST:?is missing}" "${POSTGRES_DB:?is missing}" "${POSTGRES_USER:?is missing}" "${POSTGRES_PASSWORD:?is missing}"
export PGHOST="$DB_SERVER_HOST" PGPORT="${DB_SERVER_PORT:-5432}" PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD"
export PGDATABASE="$POSTGRES_DB" PGSSLMODE=require PGCONNECT_TIMEOUT=5
until psql --quiet --command 'SELECT 1' >/dev/null; do sleep 2; done
if [ -z "$(psql --tuples-only --no-align --command "SELECT to_regclass('dbversion')")" ]; then
  echo "** Creating the schema"
  for part in schema images data; do
    find /usr/share/zabbix-server-pgsql -name "$part.sql.gz" -exec zcat {} +
  done | psql --quiet --single-transaction --set=ON_ERROR_STOP=1 >/dev/null
fi
cat >/etc/zabbix/zabbix_server.conf <<CONF
LogType=console
PidFile=/tmp/zabbix_server.pid
SocketDir=/tmp
DBHost=$PGHOST
DBPort=$PGPORT
DBName=$PGDATABASE
DBUser=$PGUSER
DBPassword=$PGPASSWORD
DBTLSConnect=${ZBX_DBTLSCONNECT:-required}
CacheSize=32M
StartPollers=1
StartPingers=0
CONF
unset PGPASSWORD POSTGRES_PASSWORD
exec zabbix_server --foreground --config /etc/zabbix/zabbix_server.conf
