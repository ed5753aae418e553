#!/bin/sh
# What the real one does before its parts start, as far as it takes rights: folders, owners, a change of user.
set -e
mkdir -p /var/lib/onlyoffice/documentserver/App_Data/cache/files
date >/etc/onlyoffice/documentserver/local.json
chown -R ds:ds /var/www/onlyoffice/Data /var/lib/onlyoffice /var/log/onlyoffice /etc/onlyoffice
chmod -R 755 /var/lib/onlyoffice
setpriv --reuid ds --regid ds --init-groups touch /var/lib/onlyoffice/documentserver/App_Data/cache/files/probe
exec python3 -m doubles onlyoffice
