#!/bin/sh
# Brings the releases that lie beside this file onto the host, app by app. Runs as root from a folder of its own.
#
#   messages.sh, parts.sh
#   deploy            sourced: by, commit, wait and wait_at_first (seconds for dependencies), postgres_host,
#                     postgres_port, edge (its container)
#   <n>-<app>/        release/ (the files) and
#     steps           sourced: app, revision, ready (seconds), needs, images, one_shots, volumes, is_edge,
#                     one_way (its data will be of the new version), door (its network with the edge),
#                     check and after_up (functions)
#
# Before `switch` nothing of a running app is touched; after it, whatever fails puts the previous release back.
# Exit codes: 0 all is in place, 1 an app was refused or rolled back, 75 another deploy holds the lock.
set -u
umask 077
here=$(cd "$(dirname "$0")" && pwd)
root=${GUILDHALL_ROOT:-/opt}
log=${GUILDHALL_LOG:-/var/log/guildhall/deploys.jsonl}
keep=5
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# A cut connection must not stop the work half way: it goes on, unheard.
trap '' HUP PIPE
trap 'rm -rf "$here"' EXIT

say() { echo "$app: $*" 2>/dev/null || :; }
step() { now=$1; say "$1"; }
# Compose takes variables from the environment before those of `.env`: it gets an empty one.
compose() {
  env -i PATH="$PATH" HOME=/root docker compose --project-name "$app" --project-directory "$dir" --progress quiet "$@"
}
stack() { compose --file "$dir/compose.yaml" "$@"; }
. "$here/messages.sh"
. "$here/parts.sh"

roll_back() {
  tail -n 12 "$here/output" | blot "$new/.env"
  explain "$new"
  if past_return; then stay; return 1; fi
  if [ -n "$previous" ]; then restore; else take_down; fi
  rm -rf "$new"
  return 1
}
# The next deploy finds what was not recorded as applied, and begins here again.
stay() {
  publish "$new" "$dir/${previous:-none}"
  say "FAILED at after_up: it serves, and stays, since its data is the new version's; correct what it says, deploy again"
  record failed
}
restore() {
  if switch "${previous#releases/}" && up >"$here/output" 2>&1 && publish "$dir/$previous" "$new"; then
    after_up || say "what the previous release does after it is up failed as well; look at: cd $dir && docker compose logs"
    say "ROLLED BACK at $now: the previous release, ${previous##*-}, serves again"
    record "rolled back"
  else
    say "ROLL-BACK FAILED: ${previous##*-} does not get healthy either; look at: cd $dir && docker compose ps"
    explain "$dir/$previous"
    record "roll-back failed"
  fi
}
take_down() {
  stack down --remove-orphans >/dev/null 2>&1
  publish "$dir/none" "$new"
  rm -f "$dir/current" "$dir/compose.yaml" "$dir/.env"
  say "REFUSED at $now: it never got healthy; there is no previous release, so it was taken down and its volumes kept"
  record "taken down"
}

deploy() {
  id=$(date -u +%Y%m%dT%H%M%SZ)-$revision
  new=$dir/releases/$id
  prepare && { take_over || roll_back; }
}
prepare() {
  step stage
  attempt "the release could not be stored" stored && attempt "Compose does not accept its file" accepted || return 1
  step needs
  needed || return 1
  step pull
  attempt "an image cannot be pulled" pulled || return 1
  step check
  attempt "its own checker does not accept its configuration" check || return 1
  attempt "a volume could not be made" volumes_made || return 1
  attempt "its network could not be made" door_made
}
take_over() {
  step switch
  folders_made
  # A new app's routes come first: its certificate is fetched while it starts.
  [ -n "$previous" ] || publish "$new" "$dir/none"
  switch "$id" || return 1
  one_shots_done || return 1
  step up
  sick_removed && up >"$here/output" 2>&1 || return 1
  step after_up
  after_up || return 1
  step publish
  publish "$new" "$dir/${previous:-none}" || return 1
  step record
  point applied "$id" && prune && record deployed && say "deployed $revision"
}

retire() {
  step retire
  if ! (cd / && compose down --remove-orphans && door_closed) >"$here/output" 2>&1; then
    tail -n 5 "$here/output" | blot "$dir/.env"
    say "FAILED: it could not be stopped"
    record failed
    return 1
  fi
  publish "$dir/none" "$dir/current"
  rm -f "$dir/current" "$dir/applied" "$dir/compose.yaml" "$dir/.env" && rm -rf "$dir/releases"
  record retired && say "retired; its volumes are kept"
}

locked() {
  mkdir -p "$root/.guildhall"
  # Whatever this starts holds the lock too: if this is killed, the next deploy waits for what it left running.
  exec 9>>"$root/.guildhall/lock"
  if ! flock --wait 10 9; then
    holder=$(cat "$root/.guildhall/holder")
    echo "another deploy works on this host: $holder; wait until it has ended, then deploy again"
    exit 75
  fi
  printf '%s (pid %s, since %s)\n' "$by" "$$" "$(date -u +%H:%M:%SZ)" >"$root/.guildhall/holder"
  find "$root/.guildhall" -mindepth 1 -maxdepth 1 -name 'incoming.*' ! -path "$here" -exec rm -rf {} +
}

app=deploy
# shellcheck source=/dev/null # each deploy makes it
. "$here/deploy"
locked
started=$(date +%s) failed=
for folder in "$here"/[0-9]*-*; do
  check() { :; }
  after_up() { :; }
  # shellcheck source=/dev/null # as above
  . "$folder/steps"
  began=$(date +%s) dir=$root/$app release=$folder/release previous=$(readlink "$root/$app/applied")
  if [ "$revision" = retired ]; then retire; else deploy; fi || failed="$failed $app"
done
app=deploy
[ -z "$failed" ] || { say "failed:$failed; every other app of this host is in place"; exit 1; }
