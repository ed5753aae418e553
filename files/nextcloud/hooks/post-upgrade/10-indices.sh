#!/bin/sh
# What an upgrade leaves to the administrator, because it can take long on a big instance.
# Without them it is slow, and without this hook's success it would not start.
set -u
php /var/www/html/occ --no-interaction db:add-missing-indices ||
  echo "indices: not all could be added; run occ db:add-missing-indices later" >&2
