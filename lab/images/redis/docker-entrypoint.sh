#!/bin/sh
# A flag or a configuration file runs the server; root gives the data to redis and becomes redis.
set -e
case "$1" in
  -* | *.conf) set -- redis-server "$@" ;;
esac
# The official image is compiled without protected mode; Debian's package is not. Nor has it the modules that the
# official entry point loads (redis/docker-library-redis 0d55be9aa6, debian/docker-entrypoint.sh).
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec setpriv --reuid redis --regid redis --clear-groups "$@"
fi
exec "$@"
