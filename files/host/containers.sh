# Says how each container is, for Prometheus, in a file that node-exporter reads with the host's own numbers.
# Nobody else can: Docker's metrics count no failed health check, cAdvisor's know no container that does not run.
#
# running: 1 or 0. healthy: 1, or 0 while it is not yet or no longer; only of those with a health check.
# restarts: since the container was made. What was started by hand has an empty app.
# id: 1, with the name that the kernel counts it by: cAdvisor knows no other.
set -u
umask 022
file=/var/lib/guildhall/metrics/containers.prom

told() {
  docker ps --all --quiet --no-trunc >"$file.ids" || return 1
  # One that is removed meanwhile is an error; those that are left are told all the same.
  # shellcheck disable=SC2016 # the names are Docker's, not the shell's
  xargs --no-run-if-empty docker inspect --type container --format '
    {{- if ne (index .Config.Labels "com.docker.compose.oneoff") "True" -}}
    {{- $app := index .Config.Labels "com.docker.compose.project" -}}
    {{- $service := index .Config.Labels "com.docker.compose.service" -}}
    {{- $labels := printf "{app=%q,service=%q,container=%q}" $app $service (slice .Name 1) -}}
    guildhall_container_running{{$labels}} {{if eq .State.Status "running"}}1{{else}}0{{end}}
{{with .State.Health}}guildhall_container_healthy{{$labels}} {{if eq .Status "healthy"}}1{{else}}0{{end}}
{{end}}guildhall_container_restarts_total{{$labels}} {{.RestartCount}}
{{printf "guildhall_container_id{app=%q,service=%q,container_id=%q} 1" $app $service .Id}}
{{end}}' <"$file.ids" 2>/dev/null | grep . | sort
}

while :; do
  told >"$file.new" && mv "$file.new" "$file"
  sleep 15
done
