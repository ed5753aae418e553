#!/bin/sh
# Brings the releases that lie beside this file onto the host, app by app. Runs as root from a folder of its own.
#
#   deploy            sourced: by, commit, wait (seconds for dependencies), postgres_host, postgres_port,
#                     edge (its container)
#   <n>-<app>/        release/ (the files) and
#     steps           sourced: app, revision, ready (seconds), needs, images, one_shots, volumes, is_edge,
#                     door (its network with the edge), check (a function)
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

# No secret of the app leaves the host in a message: its values are read from `.env` and blotted out.
blot() {
  awk -v env="$1" '
    function unescape(text,   out, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\") { c = substr(text, ++i, 1); if (c ~ /[nr]/) c = "\n" }
        out = out c
      }
      return out
    }
    BEGIN {
      while ((getline line < env) > 0)
        if (match(line, /^[A-Za-z_0-9]+="/)) {
          parts = split(unescape(substr(line, RLENGTH + 1, length(line) - RLENGTH - 1)), part, "\n")
          for (i = 1; i <= parts; i++) if (length(part[i]) > 3) secret[part[i]]
        }
    }
    {
      for (value in secret)
        while ((at = index($0, value)) > 0) $0 = substr($0, 1, at - 1) "***" substr($0, at + length(value))
      print "    " $0
    }'
}

refuse() {
  say "REFUSED at $now: $1; nothing was changed"
  record refused
  rm -rf "$new"
  return 1
}

# Runs a step before the switch; what it prints is shown, blotted, only when it fails.
attempt() {
  what=$1; shift
  if ! "$@" >"$here/output" 2>&1; then
    tail -n 12 "$here/output" | blot "$new/.env"
    refuse "$what"
  fi
}

quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
record() {
  mkdir -p "$(dirname "$log")"
  printf '{"time":"%s","app":"%s","revision":"%s","from":"%s","by":"%s","commit":"%s","result":"%s","seconds":%s}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$app" "$revision" "$(quoted "${previous##*-}")" \
    "$(quoted "$by")" "$(quoted "$commit")" "$1" "$(($(date +%s) - began))" >>"$log"
}

# A need is `database` or the address of a page that answers once the login gateway knows the app.
met() {
  case $1 in
    database) pg_isready --quiet --host "$postgres_host" --port "$postgres_port" --timeout 3 ;;
    *) curl --fail --silent --output /dev/null --max-time 5 "$1" ;;
  esac
}
needed() {
  for need in $needs; do
    until met "$need"; do
      [ "$(date +%s)" -lt "$deadline" ] || { refuse "its $need does not answer after $wait s"; return 1; }
      sleep 2
    done
  done
}

# A registry's hiccup is no reason to refuse a release: each image gets three tries.
pulled() {
  for image in $images; do
    docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" ||
      { sleep 2; docker pull --quiet "$image"; } || { sleep 4; docker pull --quiet "$image"; } || return 1
  done
}
volumes_made() {
  for pair in $volumes; do
    name=${pair%%=*} owner=${pair#*=}
    docker volume inspect "$name" >/dev/null 2>&1 && continue
    docker volume create --label org.guildhall.app="$app" "$name" || return 1
    chown "$owner" "$(docker volume inspect --format '{{.Mountpoint}}' "$name")" || return 1
  done
}

# An app and the edge have a network of their own, so that no app reaches another past the login gateway.
# The edge joins it at run time: neither a new app nor a retired one restarts it.
door_made() {
  [ -z "$door" ] || docker network inspect "$door" >/dev/null 2>&1 ||
    docker network create --label org.guildhall.door "$door"
}
joined() {
  # One that is made anew joins before it starts: nobody sees it with less than all.
  [ -z "$is_edge" ] || stack create --no-build --remove-orphans || return 1
  networks=$(docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' \
    "$edge" 2>/dev/null) || return 0
  for network in ${is_edge:+$(docker network ls --filter label=org.guildhall.door --format '{{.Name}}')} $door; do
    printf '%s\n' "$networks" | grep -qFx "$network" || docker network connect "$network" "$edge" || return 1
  done
}
door_closed() {
  [ -n "$door" ] && docker network inspect "$door" >/dev/null 2>&1 || return 0
  docker network disconnect --force "$door" "$edge" 2>/dev/null
  docker network rm "$door" >/dev/null
}

point() { ln -sfn "releases/$2" "$dir/.$1" && mv -T "$dir/.$1" "$dir/$1"; }
switch() {
  point current "$1" && ln -sfn current/compose.yaml "$dir/compose.yaml" &&
    mkdir -p "$dir/live" && chmod 755 "$dir" "$dir/live"
  if [ -f "$dir/current/.env" ]; then ln -sfn current/.env "$dir/.env"; else rm -f "$dir/.env"; fi
}
up() { joined && stack up --detach --wait --wait-timeout "$ready" --remove-orphans --no-build --quiet-pull; }
# Compose leaves a sick container alone as long as its definition is the same; it is made anew.
sick_removed() {
  sick=$(docker ps --quiet --filter label=com.docker.compose.project="$app" --filter health=unhealthy)
  # shellcheck disable=SC2086 # words on purpose
  [ -z "$sick" ] || docker rm --force $sick >/dev/null
}
one_shots_done() {
  for one_shot in $one_shots; do
    step "$one_shot"
    stack run --rm --no-TTY "$one_shot" >"$here/output" 2>&1 || return 1
  done
}

# Live files are watched by running programs: each is replaced whole, and those no longer wanted go.
# `live/<owner>/<path>` of a release is `<owner>/live/<path>` on the host.
publish() {
  listed "$2" | while read -r path; do [ -f "$1/live/$path" ] || rm -f "$(placed "$path")"; done
  listed "$1" | (
    umask 022
    while read -r path; do
      target=$(placed "$path")
      fresh=$(dirname "$target")/.new-$app
      mkdir -p "$(dirname "$target")" && cp "$1/live/$path" "$fresh" && chmod 644 "$fresh" && mv "$fresh" "$target" ||
        exit 1
    done
  )
}
listed() { [ ! -d "$1/live" ] || (cd "$1/live" && find . -type f | sed 's|^\./||'); }
placed() { echo "$root/${1%%/*}/live/${1#*/}"; }
# A folder that a container mounts must exist before the container does.
folders_made() {
  [ ! -d "$new/live/$app" ] || (umask 022 && cd "$new/live/$app" && find . -type d -exec mkdir -p "$dir/live/{}" \;)
}

# Says of each service that does not serve what it is like and what it said last.
explain() {
  for service in $(stack ps --all --services 2>/dev/null); do
    id=$(stack ps --all --quiet "$service" | head -n 1)
    [ -n "$id" ] || continue
    found=$(docker inspect --format '{{.State.Status}}{{with .State.Health}}, {{.Status}}{{end}}' "$id")
    [ "$found" != "running, healthy" ] || continue
    say "service $service is $found; its last lines:"
    docker logs --tail 12 "$id" 2>&1 | blot "$1/.env"
    docker inspect --format '{{with .State.Health}}{{range .Log}}{{println .Output}}{{end}}{{end}}' "$id" |
      grep . | tail -n 3 | blot "$1/.env"
  done
}

roll_back() {
  tail -n 12 "$here/output" | blot "$new/.env"
  explain "$new"
  if [ -n "$previous" ]; then restore; else take_down; fi
  rm -rf "$new"
  return 1
}
restore() {
  if switch "${previous#releases/}" && up >"$here/output" 2>&1 && publish "$dir/$previous" "$new"; then
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

prune() {
  for old in $(find "$dir/releases" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | head -n "-$keep"); do
    case "releases/$old" in
      "$(readlink "$dir/current")" | "$(readlink "$dir/applied")") ;;
      *) rm -rf "$dir/releases/${old:?}" ;;
    esac
  done
}

stored() {
  # Folders that containers mount are readable for their users; the release's own folder is root's alone.
  find "$release" -mindepth 1 -type d -exec chmod 755 {} + &&
    mkdir -p "$dir/releases" && chmod 755 "$dir" && rm -rf "$new" "$dir"/releases/.new-* &&
    mv "$release" "$dir/releases/.new-$id" && mv "$dir/releases/.new-$id" "$new"
}
accepted() {
  secrets=$new/.env
  [ -f "$secrets" ] || secrets=/dev/null
  compose --file "$new/compose.yaml" --env-file "$secrets" config --quiet
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
. "$here/deploy"
locked
deadline=$(($(date +%s) + wait))
failed=
for folder in "$here"/[0-9]*-*; do
  check() { :; }
  . "$folder/steps"
  began=$(date +%s) dir=$root/$app release=$folder/release previous=$(readlink "$root/$app/applied")
  if [ "$revision" = retired ]; then retire; else deploy; fi || failed="$failed $app"
done
app=deploy
[ -z "$failed" ] || { say "failed:$failed; every other app of this host is in place"; exit 1; }
