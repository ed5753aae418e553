#!/bin/bash
# The two tests of the official one that are used: a login over TCP, and InnoDB that is ready.
set -eu
client() { mariadb --defaults-file=/var/lib/mysql/.my-healthcheck.cnf --protocol=tcp --host=127.0.0.1 --skip-column-names --batch --execute "$1"; }
for test in "$@"; do
  case $test in
    --connect) client "SELECT 1" >/dev/null ;;
    --innodb_initialized) [ "$(client "SELECT 1 FROM information_schema.ENGINES WHERE engine = 'innodb' AND support IN ('YES', 'DEFAULT')")" = 1 ] ;;
    *) echo "this double knows --connect and --innodb_initialized, not $test"; exit 1 ;;
  esac
done
