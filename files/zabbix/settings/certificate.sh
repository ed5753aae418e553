# The certificate that the identity provider signs with; until it is here nobody logs in.
metadata=$IDENTITY_PROVIDER/application/saml/$CLIENT/metadata/
fetched() {
  curl --silent --fail --location --max-time 10 "$metadata" | tr -d '\n' |
    sed -n 's|.*<[a-z:]*X509Certificate>\([^<]*\)</.*|\1|p'
}
until body=$(fetched); [ -n "$body" ]; do
  echo "certificate: $metadata has none yet" >&2
  sleep 10
done
{ echo "-----BEGIN CERTIFICATE-----"; echo "$body" | tr -d ' ' | fold -w 64; echo "-----END CERTIFICATE-----"; } \
  >/etc/zabbix/web/certs/idp.crt
echo "certificate: in place"
