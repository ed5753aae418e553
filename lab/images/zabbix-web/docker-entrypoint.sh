#!/bin/sh
# Writes the frontend's configuration from the variables and serves it.
set -eu
umask 077
# The real one waits for ever for a database that it cannot log in to.
: "${DB_SERVER_HOST:?is missing}" "${POSTGRES_DB:?is missing}" "${POSTGRES_USER:?is missing}" "${POSTGRES_PASSWORD:?is missing}"
: "${ZBX_SERVER_HOST:?is missing}"
cat >/etc/zabbix/zabbix.conf.php <<'CONF'
<?php
$DB['TYPE'] = 'POSTGRESQL';
$DB['SERVER'] = getenv('DB_SERVER_HOST');
$DB['PORT'] = getenv('DB_SERVER_PORT') ?: '5432';
$DB['DATABASE'] = getenv('POSTGRES_DB');
$DB['USER'] = getenv('POSTGRES_USER');
$DB['PASSWORD'] = getenv('POSTGRES_PASSWORD');
$DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = getenv('ZBX_DB_ENCRYPTION') === 'true';
$DB['VERIFY_HOST'] = false;
$DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER = getenv('ZBX_SERVER_HOST');
$ZBX_SERVER_PORT = '10051';
$ZBX_SERVER_NAME = getenv('ZBX_SERVER_NAME');
$SSO['IDP_CERT'] = file_exists('/etc/zabbix/web/certs/idp.crt') ? '/etc/zabbix/web/certs/idp.crt' : '';
$SSO['SETTINGS'] = json_decode(getenv('ZBX_SSO_SETTINGS') ?: '{}', true);
CONF
PHP_CLI_SERVER_WORKERS=4 exec php -d post_max_size=16M -d max_execution_time=300 -d max_input_time=300 \
  -d auto_prepend_file=/usr/share/server.php -d date.timezone="${PHP_TZ:-UTC}" -d session.save_path=/var/lib/php/session -d memory_limit=128M \
  -S 0.0.0.0:8080 -t /usr/share/zabbix /usr/share/router.php
