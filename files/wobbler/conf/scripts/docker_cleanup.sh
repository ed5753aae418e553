# Asks a host to clean up Docker. What happens there is not said here: root's authorized_keys on each host ties
# this key to one command, so that who has the key can do this and nothing else. Its line there:
#
#   command="docker system prune --force --all --filter until=168h",restrict,from="ADDRESS-OF-THIS-HOST" ssh-ed25519 …
set -eu
umask 077
here=$(dirname "$0")
address=$(awk -v name="$1" '$1 == name { print $2 }' "$here/hosts")
[ -n "$address" ] || { echo "$1 is no host of the inventory" >&2; exit 2; }
key=$(mktemp)
trap 'rm -f "$key"' EXIT
printf '%s\n' "$CLEANUP_SSH_KEY" >"$key"
ssh -i "$key" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=10 \
  -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/app/logs/known_hosts "root@$address"
