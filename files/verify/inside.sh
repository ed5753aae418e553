# Standard output: what a host looks like from inside, a kind and its values a line, separated by tabs.
# PROMETHEUS is empty on hosts that do not run it; TARGETS is how many it should reach; NAMES are looked up.
# LOGS is where lines of this HOST are kept, empty where none is looked for. ALERTS is empty on hosts that send none;
# TEST, unless empty, is what people are told on trial.
# This host's engine, whatever an environment of its own says.
export DOCKER_HOST=unix:///run/docker.sock
ss -Htlnu | awk '{ print "listen\t" $1 "\t" $5 }'

# After a deploy, or after the engine was restarted, programs need a moment.
end=$(($(date +%s) + WAIT))
while [ -n "$(docker ps --quiet --filter health=starting)" ] && [ "$(date +%s)" -lt "$end" ]; do sleep 1; done
docker ps --all --quiet --no-trunc | xargs --no-run-if-empty docker inspect --format '{{printf "container\t" -}}
  {"project":{{json (index .Config.Labels "com.docker.compose.project")}},{{/**/ -}}
  "service":{{json (index .Config.Labels "com.docker.compose.service")}},{{/**/ -}}
  "digest":{{json (index .Config.Labels "org.guildhall.service")}},{{/**/ -}}
  "name":{{json .Name}},"state":{{json .State.Status}},"exit_code":{{.State.ExitCode}},{{/**/ -}}
  "health":"{{if .State.Health}}{{.State.Health.Status}}{{end}}","ports":{{json .NetworkSettings.Ports}}}'

# Docker makes this chain first of all, unless it speaks to nftables itself.
if iptables --wait 5 --numeric --list DOCKER >/dev/null 2>&1 ||
  docker info --format '{{json .}}' | grep -q '"FirewallBackend":{"Driver":"nftables'; then
  echo "isolation	whole"
else
  echo "isolation	gone"
fi

# What the rules were when a deploy or a boot loaded them is noted beside them.
if ! nft list table inet guildhall >/dev/null 2>&1; then
  echo "firewall	gone"
elif nft -s list table inet guildhall | sha256sum | cmp -s - /run/guildhall/firewall; then
  echo "firewall	loaded"
else
  echo "firewall	changed"
fi

# What the first container that lets us prints must come to where logs are kept; meanwhile there is more to look at.
word=$(cat /proc/sys/kernel/random/uuid)
printed=$(date +%s)
for name in $([ -z "$LOGS" ] || docker ps --filter label=com.docker.compose.project --format '{{.Names}}' | sort); do
  docker exec "$name" sh -c "echo 'guildhall verify: $word' >/proc/1/fd/1" >/dev/null 2>&1 || continue
  app=$(docker inspect --format '{{index .Config.Labels "com.docker.compose.project"}}' "$name")
  break
done

for file in /opt/*/.env /opt/*/releases/*/.env; do
  [ ! -e "$file" ] || stat --dereference --printf='secrets\t%a %U:%G\t%n\n' "$file"
done

# At once, since a resolver that does not answer takes its time for each. Both families, also where the host has one.
# shellcheck disable=SC2016 # the inner shell expands it, for each name
echo "$NAMES" | tr ' ' '\n' | xargs --max-procs=16 --replace=@ sh -c \
  'printf "name\t@\t%s\n" "$(getent --no-addrconfig ahosts @ | cut -d " " -f 1 | sort -u | tr "\n" " ")"'

if [ -n "$app" ]; then
  lines="{host=\"$HOST\",app=\"$app\"} |= \"$word\""
  while :; do
    answer=$(curl --silent --show-error --fail --max-time 10 --get --data-urlencode "query=$lines" \
      "$LOGS/loki/api/v1/query_range" 2>&1)
    seconds=$(($(date +%s) - printed))
    case $answer in *"$word"*) answer=found ;; esac
    if [ "$answer" = found ] || [ "$seconds" -ge 30 ]; then break; fi
    sleep 1
  done
  printf 'logged\t%s\t%s\t%s\n' "$app" "$seconds" "$(printf %s "$answer" | tr '\n\t' '  ' | cut -c 1-200)"
fi

# How often which receiver was told by which way, and how often that was refused.
told() {
  curl --silent --max-time 10 "$ALERTS/metrics" | grep '^alertmanager_notification_requests_\(failed_\)\?total{'
}
if [ -n "$ALERTS" ]; then
  # After a start it needs a moment until it is told that all is well.
  end=$(($(date +%s) + WAIT))
  while told | grep -q '"heartbeat"} 0$' && ! told | grep '"heartbeat"} [1-9]' && [ "$(date +%s)" -lt "$end" ]; do
    sleep 2
  done >/dev/null
  before=$(told)
  if [ -n "$TEST" ]; then
    echo "before	$(echo "$before" | tr '\n' ';')"
    # That each is a new one is by its word.
    echo "$TEST" | sed "s/@word@/$word/" | curl --silent --show-error --fail-with-body --max-time 10 \
      --header 'Content-Type: application/json' --data @- "$ALERTS/api/v2/alerts"
    end=$(($(date +%s) + 30))
    ways=$(echo "$before" | grep -c 'requests_total{.*"tests"}')
    while [ "$(printf '%s\n' "$before" "$(told)" | grep 'requests_total{.*"tests"}' | sort | uniq --unique |
      wc -l)" -lt $((2 * ways)) ] && [ "$(date +%s)" -lt "$end" ]; do sleep 1; done
  fi
  echo "told	$(told | tr '\n' ';')"
fi

[ -n "$PROMETHEUS" ] || exit 0
# A target is unknown until it was scraped once, and a new release needs a moment. Addresses that are probed are no
# targets of the catalogue: counted as well, they would stand for some that are still unknown.
end=$(($(date +%s) + WAIT))
while :; do
  answer=$(curl --silent --show-error --fail --max-time 10 "$PROMETHEUS/api/v1/targets?state=active&scrapePool=catalogue" 2>&1)
  up=$(echo "$answer" | grep --only-matching '"health":"up"' | wc -l)
  if [ "$up" -ge "$TARGETS" ] || [ "$(date +%s)" -ge "$end" ]; then break; fi
  sleep 2
done
printf 'targets\t%s\n' "$(echo "$answer" | tr '\n' ' ')"
printf 'rules\t%s\n' "$(curl --silent --show-error --fail --max-time 10 "$PROMETHEUS/api/v1/rules?type=alert" 2>&1 | tr '\n' ' ')"
