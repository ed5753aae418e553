# shellcheck disable=SC2154 # who sends this sets three variables before it
# $come: who gets an account in $group; $go: whose account ends.
getent group "$group" >/dev/null || groupadd --system "$group" || exit 1
for name in $come; do
  uid=$(id -u "$name" 2>/dev/null)
  if [ -z "$uid" ]; then
    useradd --create-home --shell /bin/bash --password '*' "$name" || exit 1
    # Who was here before finds the old files again.
    chown -R "$name:" "/home/$name" && chmod 700 "/home/$name" || exit 1
  elif [ "$uid" -lt 1000 ] || [ "$uid" -ge 60000 ]; then
    echo "$name: this account is the system's; give the operator another name" >&2
    exit 1
  fi
  usermod --append --groups "$group" "$name" || exit 1
done
# Processes of a user, and all that they started, as root by sudo too: by the kernel's note of who logged in,
# and by descent.
processes() {
  ps -e -o pid=,ppid=,ruid= | while read -r pid parent user; do
    [ "$(cat "/proc/$pid/loginuid" 2>/dev/null)" != "$1" ] || user=$1
    echo "$pid $parent $user"
  done | awk -v uid="$1" '
    { parent[$1] = $2; if ($3 == uid) gone[$1] = 1 }
    END {
      do { more = 0; for (each in parent) if (!(each in gone) && parent[each] in gone) { gone[each] = 1; more = 1 } } while (more)
      for (each in gone) print each
    }'
}
for name in $go; do
  uid=$(id -u "$name" 2>/dev/null) && [ "$uid" -ge 1000 ] || { gpasswd --delete "$name" "$group"; continue; }
  # From here on nobody comes in by it.
  usermod --lock --expiredate 1 --shell /usr/sbin/nologin "$name" || exit 1
  for _ in 1 2 3; do
    processes "$uid" | xargs -r kill -KILL 2>/dev/null
  done
  rm -f "/var/spool/cron/crontabs/$name" "/var/lib/systemd/linger/$name"
  # Its group of the same name goes with it, and the files stay, for root alone.
  userdel --force "$name" || exit 1
  [ ! -d "/home/$name" ] || { chown -R root: "/home/$name" && chmod 700 "/home/$name"; }
done
exit 0
