# Containers may ask this host's resolvers, and nobody else's: they are put into the rules of the packet filter.
# With `loaded` the rules are new, and noted as they are then. Else the resolvers changed: those of before stay, since
# containers that run were told of them. What is on the host's own loopback Docker asks for them.
known=/run/guildhall/resolvers rules=/run/guildhall/firewall
mkdir -p /run/guildhall && touch "$known" || exit 1
listed() { nft -s list table inet guildhall | sha256sum; }
# Of rules that somebody changed, a deploy must see that they are not those that were loaded.
[ "${1-}" = loaded ] || listed | cmp -s - "$rules" || as_loaded=no
# Where systemd-resolved answers on the loopback, Docker takes those that it asks.
cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null |
  awk '$1 == "nameserver" && $2 !~ /^127[.]|^::1$|%/ { print $2 }' |
  sort -u - "$known" >"$known.new" && mv "$known.new" "$known"
while read -r each; do
  case $each in *:*) set=resolvers6 ;; *) set=resolvers ;; esac
  nft add element inet guildhall "$set" "{ $each }"
done <"$known"
[ "${as_loaded-}" = no ] || listed >"$rules"
