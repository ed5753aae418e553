#!/bin/bash
# A flag runs the server; root gives the data to mysql and becomes mysql; an empty folder becomes a database.
set -eu
case "${1-}" in -*) set -- mariadbd "$@" ;; esac
[ "$1" = mariadbd ] || exec "$@"
data=/var/lib/mysql
if [ "$(id -u)" = 0 ]; then
  chown -R mysql:mysql "$data" /run/mysqld
  exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"
fi
text() { printf "'%s'" "$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")"; }
account() { echo "CREATE USER $1 IDENTIFIED BY $(text "$2");"; }

if [ ! -d "$data/mysql" ]; then
  : "${MARIADB_ROOT_PASSWORD:?Database is uninitialized and password option is not specified}"
  # The real one makes no account then, and says nothing.
  [ -z "${MARIADB_USER-}" ] || : "${MARIADB_PASSWORD:?is missing}"
  mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal >/dev/null
  health=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  {
    echo "FLUSH PRIVILEGES;"
    echo "ALTER USER root@localhost IDENTIFIED BY $(text "$MARIADB_ROOT_PASSWORD");"
    for host in localhost 127.0.0.1 ::1; do account "healthcheck@'$host'" "$health"; done
    if [ -n "${MARIADB_DATABASE-}" ]; then echo "CREATE DATABASE \`$MARIADB_DATABASE\`;"; fi
    if [ -n "${MARIADB_USER-}" ]; then
      account "\`$MARIADB_USER\`@'%'" "$MARIADB_PASSWORD"
      echo "GRANT ALL ON \`${MARIADB_DATABASE//_/\\_}\`.* TO \`$MARIADB_USER\`@'%';"
    fi
  } | mariadbd --bootstrap --datadir="$data"
  (umask 077; printf '[mariadb-client]\nport=3306\nsocket=/run/mysqld/mysqld.sock\nuser=healthcheck\npassword=%s\n' "$health" >"$data/.my-healthcheck.cnf")
fi
exec "$@" --datadir="$data" --socket=/run/mysqld/mysqld.sock
