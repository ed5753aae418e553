# Says how each container is, each app, and the host's own units, for Prometheus, in files that node-exporter reads
# with the host's own numbers. Nobody else can: Docker's metrics count no failed health check, cAdvisor's know no
# container that does not run, and node-exporter, which is a container, cannot ask systemd.
#
# running: 1 or 0. healthy: 1, or 0 while it is not yet or no longer; only of those with a health check.
# exit_code: only of those that do not run. started: the last time, if ever. restarts: since the container was made.
# What was started by hand has an empty app.
# id: 1, with the name that the kernel counts it by: cAdvisor knows no other.
# unit_failed: 1, of each unit that failed. reboot_required: 1 where an update waits for a new start.
# Of each app, once a minute: which release serves, of which commit, how many of its files are not as it came, how
# its last deploy ended and when.
set -u
umask 022
folder=/var/lib/guildhall/metrics
file=$folder/containers.prom

told() {
  docker ps --all --quiet --no-trunc >"$file.ids" || return 1
  # One that is removed meanwhile is an error; those that are left are told all the same.
  # shellcheck disable=SC2016 # the names are Docker's, not the shell's
  xargs --no-run-if-empty docker inspect --type container --format '
    {{- if ne (index .Config.Labels "com.docker.compose.oneoff") "True" -}}
    {{- $app := index .Config.Labels "com.docker.compose.project" -}}
    {{- $service := index .Config.Labels "com.docker.compose.service" -}}
    {{- $labels := printf "{app=%q,service=%q,container=%q}" $app $service (slice .Name 1) -}}
    guildhall_container_running{{$labels}} {{if eq .State.Status "running"}}1{{else}}0
guildhall_container_exit_code{{$labels}} {{.State.ExitCode}}{{end}}
{{if ne (slice .State.StartedAt 0 4) "0001"}}guildhall_container_started_seconds{{$labels}} {{slice .State.StartedAt 0 19}}
{{end}}{{with .State.Health}}guildhall_container_healthy{{$labels}} {{if eq .Status "healthy"}}1{{else}}0{{end}}
{{end}}guildhall_container_restarts_total{{$labels}} {{.RestartCount}}
{{printf "guildhall_container_id{app=%q,service=%q,container_id=%q} 1" $app $service .ID}}
{{end}}' <"$file.ids" 2>/dev/null | TZ=UTC awk '
    /^guildhall_container_started_seconds/ { time = $NF; gsub(/[-T:]/, " ", time); $NF = mktime(time) }
    NF' | sort
}

# A backslash in a unit's name (`dev-disk\x2dby`) is one in the label's value, too.
units() {
  systemctl list-units --failed --plain --no-legend --no-pager |
    sed --regexp-extended 's/\\/&&/g; s/^([^ ]+).*/guildhall_unit_failed{unit="\1"} 1/'
  [ -e /run/reboot-required ] && waits=1 || waits=0
  echo "guildhall_reboot_required $waits"
}

turn=0
while :; do
  told >"$file.new" && mv "$file.new" "$file"
  units >"$folder/units.new" && mv "$folder/units.new" "$folder/units.prom"
  if [ $((turn % 3)) = 0 ] && python3 -I -S /usr/local/lib/guildhall/program.py metrics >"$folder/apps.new"; then
    mv "$folder/apps.new" "$folder/apps.prom"
  fi
  turn=$((turn + 1))
  sleep 20
done
