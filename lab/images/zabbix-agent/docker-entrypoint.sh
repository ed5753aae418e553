#!/bin/sh
# Writes the configuration from the variables and becomes the agent; as the official one, it asks ZBX_SERVER_HOST
# first, or else a server of the image's own, and those of ZBX_ACTIVESERVERS after it
# (zabbix/zabbix-docker 7.0.5, Dockerfiles/agent2/alpine/docker-entrypoint.sh).
set -eu
: "${ZBX_HOSTNAME:?is missing}"
server=${ZBX_SERVER_HOST:-zabbix-server}
# The real agent says so once a minute, and asks the next.
getent ahosts "$server" >/dev/null || { echo "cannot resolve [$server]" >&2; exit 1; }
{
  echo LogType=console
  echo "Hostname=$ZBX_HOSTNAME"
  echo "ServerActive=$server:${ZBX_SERVER_PORT:-10051}${ZBX_ACTIVESERVERS:+,$ZBX_ACTIVESERVERS}"
  # Without a Server it does not listen.
  [ "${ZBX_PASSIVE_ALLOW:-true}" = true ] && echo "Server=$server"
  echo ControlSocket=/tmp/agent.sock
  echo PidFile=/tmp/agent.pid
} >/etc/zabbix/zabbix_agent2.conf
exec zabbix_agent2 --foreground --config /etc/zabbix/zabbix_agent2.conf
