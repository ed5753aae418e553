<?php
// The official image's nginx has PHP's server answer /ping
// (zabbix/zabbix-docker 7.0.5, Dockerfiles/web-nginx-pgsql/alpine/conf/etc/zabbix/nginx.conf).
if ($_SERVER['REQUEST_URI'] === '/ping') {
    echo "pong";
    return true;
}
return false;
