#!/bin/sh
# What an upgrade leaves to the administrator, because it can take long on a big instance.
set -eu
php /var/www/html/occ --no-interaction db:add-missing-indices
