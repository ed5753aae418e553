#!/bin/sh
# Writes the configuration from the variables and becomes the agent.
set -eu
: "${ZBX_HOSTNAME:?is missing}" "${ZBX_ACTIVESERVERS:?is missing}"
{
  echo LogType=console
  echo "Hostname=$ZBX_HOSTNAME"
  echo "ServerActive=$ZBX_ACTIVESERVERS"
  [ "${ZBX_PASSIVE_ALLOW:-true}" = true ] && echo "Server=$ZBX_SERVER_HOST"
  # Without a Server it does not listen.
  echo ControlSocket=/tmp/agent.sock
  echo PidFile=/tmp/agent.pid
} >/etc/zabbix/zabbix_agent2.conf
exec zabbix_agent2 --foreground --config /etc/zabbix/zabbix_agent2.conf
