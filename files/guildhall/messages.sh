# What is said of a deploy, and what of it is kept. Sourced by apply.sh.
# shellcheck disable=SC2154 # the variables are apply.sh's

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
