# The parts of a deploy, each of which can be done again. Sourced by apply.sh.
# shellcheck disable=SC2154 # the variables are apply.sh's

# A need is `database` or the address of a page that answers once the identity provider knows the app;
# `ADDRESS@HOST:PORT` is asked for at that host.
met() {
  case $1 in
    database) pg_isready --quiet --host "$postgres_host" --port "$postgres_port" --timeout 3 ;;
    *@*) answers "${1%@*}" --connect-to "::${1##*@}" ;;
    *) answers "$1" ;;
  esac
}
answers() { curl --fail --silent --output /dev/null --max-time 5 "$@"; }
# The identity provider may be at its first start, as an app that is new here is.
needed() {
  patience=$wait
  [ -n "$previous" ] || patience=$wait_at_first
  for need in $needs; do
    until met "$need"; do
      [ "$(date +%s)" -lt "$((started + patience))" ] ||
        { refuse "its $need does not answer after $patience s"; return 1; }
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
# The new version serves, and its data is of no use to the one before.
past_return() { [ "$now" = after_up ] && [ -n "$one_way" ]; }
# within SECONDS SERVICE COMMAND…: in the running service, tried until it succeeds or ends with 2, by which it says
# that there is no use; what it last said stays in the output.
within() {
  echo "in $2: it did not end within $1 s" >"$here/output"
  end=$(($(date +%s) + $1)) container=$app-$2-1; shift 2
  while left=$((end - $(date +%s))); [ "$left" -gt 0 ]; do
    timeout "$left" docker exec "$container" "$@" >"$here/attempt" 2>&1 && return
    code=$?
    [ "$code" = 124 ] || mv "$here/attempt" "$here/output"
    [ "$code" != 2 ] || return 1
    sleep 5
  done
  return 1
}
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
