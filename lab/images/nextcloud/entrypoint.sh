#!/bin/sh
# What the real entry point does with rights, versions and hooks; then the double serves what the hooks configured.
set -eu
as_user() { su -p www-data -s /bin/sh -c "$1"; }
run_path() {
  find "/docker-entrypoint-hooks.d/$1" -maxdepth 1 -iname '*.sh' 2>/dev/null | sort | while read -r script; do
    if ! [ -x "$script" ]; then echo "$script was skipped, because it lacks the executable flag"; continue; fi
    as_user "$script" || { echo "failed at $script"; exit 1; }
  done
}
major() { echo "${1%%.*}"; }

version=${DOUBLE_VERSION%%-*}
data=/var/www/html
echo "session.save_handler = redis" >/usr/local/etc/redis-session.ini
installed=$(cat "$data/version" 2>/dev/null || echo 0.0.0)
if [ "$(major "$installed")" -gt "$(major "$version")" ]; then echo "downgrading from $installed is not supported"; exit 1; fi
if [ "$installed" = 0.0.0 ]; then
  mkdir -p "$data/config" && chown -R www-data:www-data "$data"
  run_path pre-installation
  as_user 'php /var/www/html/occ maintenance:install'
  run_path post-installation
elif [ "$installed" != "$version" ]; then
  if [ "$(major "$version")" -gt "$(($(major "$installed") + 1))" ]; then echo "only one major version at a time"; exit 1; fi
  run_path pre-upgrade
  run_path post-upgrade
fi
echo "$version" >"$data/version"
run_path before-starting
# shellcheck source=/dev/null # the hooks before made it
. "$data/occ.env"
[ "$1" = apache2-foreground ] || exec "$@"
exec python3 -m doubles nextcloud
