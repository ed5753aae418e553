# Standard output: what a host looks like from inside, a kind and its values a line, separated by tabs.
# PROMETHEUS is empty on hosts that do not run it; TARGETS is how many it should reach; NAMES are looked up.
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

for file in /opt/*/.env /opt/*/releases/*/.env; do
  [ ! -e "$file" ] || stat --dereference --printf='secrets\t%a %U:%G\t%n\n' "$file"
done

# At once, since a resolver that does not answer takes its time for each. Both families, also where the host has one.
# shellcheck disable=SC2016 # the inner shell expands it, for each name
echo "$NAMES" | tr ' ' '\n' | xargs --max-procs=16 --replace=@ sh -c \
  'printf "name\t@\t%s\n" "$(getent --no-addrconfig ahosts @ | cut -d " " -f 1 | sort -u | tr "\n" " ")"'

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
