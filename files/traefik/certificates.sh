#!/bin/sh
# Traefik's certificates outlive their host: each host's acme.json lies in the bucket too, under the host's name.
#
#   restore   before Traefik starts: a host that has no certificates gets its own back. One that has some never asks.
#   keep      for ever: saves acme.json whenever it changed
#   health    fails, and says why, while what the host has could not be saved
set -eu
umask 077
: "${SAVED:?is missing}" "${RCLONE_CONFIG_STORE_ACCESS_KEY_ID:?is missing}"
: "${RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY:?is missing}"
file=/acme/acme.json
copy=/tmp/acme.json
unsaved=/tmp/unsaved

# An account or a certificate: Traefik begins with an empty file.
holds() { grep -Eqs '"(PrivateKey|certificate)": *"[^"]' "$1"; }
# Traefik writes in place: outside of texts, what it has not finished lacks a bracket.
whole() {
  awk '{ gsub(/"([^"\\]|\\.)*"/, ""); opened += gsub(/[{]/, ""); closed += gsub(/[}]/, "") }
    END { exit opened == 0 || opened != closed }' "$1"
}
# Runs rclone; if it fails, `reason` is the last thing that it said.
store() { said=$(rclone "$@" 2>&1) || { reason=$(echo "$said" | tail -n 1 | sed 's/.*Failed to [a-z ]*: //'); false; }; }

restore() {
  ! holds "$file" || return 0
  store copy --include /acme.json "$SAVED/" /tmp ||
    fail "whether there are saved certificates cannot be asked: $reason; bring object storage up, deploy again"
  [ -f "$copy" ] || { echo "no certificates were saved for this host"; return 0; }
  { whole "$copy" && holds "$copy"; } ||
    fail "$SAVED/acme.json is damaged; bring an older version of it back, or delete it, and deploy again"
  cp "$copy" "$file.restored" && mv "$file.restored" "$file"
  echo "the saved certificates are back"
}
fail() { echo "$1"; exit 1; }

# The first look comes after a pause, so that keeping is healthy at first: no outage of the bucket stops a deploy.
keep() {
  trap 'exit 0' TERM
  last='' looks=0
  while sleep 5 & wait $!; do
    # Once an hour as if nothing were known: somebody may have emptied the bucket.
    looks=$(((looks + 1) % 720))
    [ "$looks" -gt 0 ] || last=''
    if save; then
      rm -f "$unsaved"
    else
      echo "NOT SAVED: $reason" | tee "$unsaved"
    fi
  done
}
save() {
  # A copy: what is looked at is what is saved, whatever Traefik writes meanwhile.
  { cp "$file" "$copy" 2>/dev/null && holds "$copy"; } || return 0
  digest=$(sha256sum <"$copy")
  [ "$digest" != "$last" ] || return 0
  whole "$copy" || { reason="$file is not whole"; return 1; }
  store copy --checksum "$copy" "$SAVED/" || return 1
  last=$digest
  echo "saved as $SAVED/acme.json"
}

health() { [ ! -f "$unsaved" ] || { cat "$unsaved"; exit 1; }; }

"$1"
