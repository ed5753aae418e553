# Prints what every stack of this host is: tab-separated lines of kind, app and what is known. Changes nothing.
cd "${GUILDHALL_ROOT:-/opt}" 2>/dev/null || exit 0
for releases in */releases; do
  [ -d "$releases" ] || continue
  app=${releases%/releases}
  printf 'stack\t%s\t%s\t%s\n' "$app" "$(readlink "$app/current")" "$(readlink "$app/applied")"
  [ -f "$app/applied/manifest.json" ] && printf 'manifest\t%s\t%s\n' "$app" "$(cat "$app/applied/manifest.json")"
  if [ -d "$app/current/" ]; then
    (cd "$app/current/" && find . -type f ! -path './manifest.json' ! -path './live/*' -exec sha256sum {} +) |
      sed "s|^\([0-9a-f]*\)  \./|file\t$app\t\1\t|"
    [ -f "$app/current/.env" ] && printf 'mode\t%s\t%s\n' "$app" "$(stat -c '%a %U' "$app/current/.env")"
  fi
done
find -- */live -type f ! -name '.*' -exec sha256sum {} + 2>/dev/null | sed 's|^\([0-9a-f]*\)  \([^/]*\)/live/|live\t\2\t\1\t|'
command -v docker >/dev/null || exit 0
labelled="--filter label=com.docker.compose.project --filter label=com.docker.compose.oneoff=False"
# shellcheck disable=SC2086 # words on purpose
containers=$(docker ps --all --quiet $labelled) || {
  echo "Docker Engine does not answer on this host; look at: systemctl status docker" >&2
  exit 1
}
[ -n "$containers" ] || exit 0
# One that went away since it was listed makes inspect fail, after it has told of all the others.
# shellcheck disable=SC2086
docker inspect --format '{{$of := .Config.Labels}}{{printf "container\t%s\t%s\t%s\t" (index $of
  "com.docker.compose.project") (index $of "com.docker.compose.service") .State.Status}}{{with .State.Health}}{{
  .Status}}{{end}}{{printf "\t%d\t%s" .State.ExitCode (index $of "org.guildhall.service")}}{{printf "\t"}}{{
  range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' $containers 2>/dev/null || :
