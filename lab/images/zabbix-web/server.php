<?php
// PHP-FPM of the official image hands its environment on to $_SERVER, by `clear_env = no`; PHP's own web server does
// not (zabbix/zabbix-docker 7.0.5, Dockerfiles/web-nginx-pgsql/alpine/conf/etc/php83/php-fpm.d/zabbix.conf).
$_SERVER += getenv();
