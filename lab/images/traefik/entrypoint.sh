#!/bin/sh
# A flag or a command of traefik runs traefik, anything else runs as it is.
case "$1" in
  -* | healthcheck | version) set -- traefik "$@" ;;
esac
exec "$@"
