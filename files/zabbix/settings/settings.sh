# Brings what Zabbix keeps in its database to what the repository says; it may run again and again.
api=http://127.0.0.1:8080/api_jsonrpc.php
token=

# call METHOD PARAMS: the answer, in one line. Secrets travel on standard input, not among the arguments.
call() {
  printf '{"jsonrpc": "2.0", "id": 1, "method": "%s", "params": %s}' "$1" "$2" |
    curl --silent --fail --max-time 30 --header 'Content-Type: application/json-rpc' \
      ${token:+--header "Authorization: Bearer $token"} --data @- "$api"
}
login() { call user.login "{\"username\": \"Admin\", \"password\": \"$1\"}" | sed -n 's/.*"result":"\([0-9a-f]*\)".*/\1/p'; }
# A text as JSON has it.
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }
must() {
  answer=$(call "$1" "$2")
  case $answer in *'"result"'*) ;; *) echo "settings: $1 is refused: $answer" >&2; exit 1 ;; esac
}

# The frontend answers before the server has made the tables.
until case $(call apiinfo.version '[]') in *'"result"'*) true ;; *) false ;; esac; do sleep 1; done
until token=$(login "$ADMIN_PASSWORD"); [ -n "$token" ]; do
  # Everybody knows the first password, so it does not last.
  token=$(login zabbix)
  [ -z "$token" ] || must user.update "{\"userid\": \"1\", \"current_passwd\": \"zabbix\", \"passwd\": \"$ADMIN_PASSWORD\"}"
  token=
  sleep 2
done

# The ids below are those of the schema: roles User (1) and Super admin (3), user groups Zabbix administrators (7)
# and Disabled (9), host group Discovered hosts (5).
members() { call usergroup.get '{"output": ["usrgrpid"], "filter": {"name": "Members"}}' | sed -n 's/.*"usrgrpid":"\([0-9]*\)".*/\1/p'; }
[ -n "$(members)" ] || must usergroup.create '{"name": "Members", "hostgroup_rights": [{"id": "5", "permission": "2"}]}'

# Whom the identity provider lets in gets an account: one that may look, and its administrators one that may do everything.
# The identity provider's own name is the address of its metadata.
claims=http://schemas.xmlsoap.org provider=$IDENTITY_PROVIDER/application/saml/$CLIENT
saml="\"idp_entityid\": \"$provider/metadata/\", \"sp_entityid\": \"$CLIENT\", \"sso_url\": \"$provider/\",
  \"username_attribute\": \"http://schemas.goauthentik.io/2021/02/saml/username\",
  \"provision_status\": \"1\", \"group_name\": \"$claims/claims/Group\", \"user_username\": \"$claims/ws/2005/05/identity/claims/name\",
  \"provision_groups\": [
    {\"name\": \"authentik Admins\", \"roleid\": \"3\", \"user_groups\": [{\"usrgrpid\": \"7\"}]},
    {\"name\": \"$CLIENT\", \"roleid\": \"1\", \"user_groups\": [{\"usrgrpid\": \"$(members)\"}]}]"
answer=$(call userdirectory.get '{"output": ["userdirectoryid"], "filter": {"idp_type": "2"}}')
known=$(echo "$answer" | sed -n 's/.*"userdirectoryid":"\([0-9]*\)".*/\1/p')
if [ -n "$known" ]; then
  must userdirectory.update "{\"userdirectoryid\": \"$known\", $saml}"
else
  must userdirectory.create "{\"idp_type\": \"2\", $saml}"
fi
must authentication.update '{"saml_auth_enabled": "1", "saml_jit_status": "1", "disabled_usrgrpid": "9"}'

# Agents make themselves known; each becomes a host with the template for Linux.
case $(call action.get '{"output": ["actionid"], "filter": {"name": "Agents of the catalogue"}}') in *actionid*) ;; *)
  template=$(call template.get '{"output": ["templateid"], "filter": {"host": "Linux by Zabbix agent active"}}' |
    sed -n 's/.*"templateid":"\([0-9]*\)".*/\1/p')
  must action.create "{\"name\": \"Agents of the catalogue\", \"eventsource\": \"2\", \"status\": \"0\",
    \"operations\": [{\"operationtype\": \"6\", \"optemplate\": [{\"templateid\": \"$template\"}]}]}" ;;
esac
# The host that comes with the schema looks for an agent beside the server, where there is none.
own=$(call host.get '{"output": ["hostid"], "filter": {"host": "Zabbix server"}}' | sed -n 's/.*"hostid":"\([0-9]*\)".*/\1/p')
[ -z "$own" ] || must host.update "{\"hostid\": \"$own\", \"status\": \"1\"}"

# Problems are mailed, over TLS from the first byte, verified, to whoever gets the other alerts: as the account Admin's medium.
# Average and worse: those of two lower kinds are on the page.
mail=$(call mediatype.get '{"output": ["mediatypeid"], "filter": {"name": "Email"}}' |
  sed -n 's/.*"mediatypeid":"\([0-9]*\)".*/\1/p')
must mediatype.update "{\"mediatypeid\": \"$mail\", \"status\": \"0\", \"smtp_server\": $(quoted "$SMTP_HOST"),
  \"smtp_port\": \"$SMTP_PORT\", \"smtp_helo\": $(quoted "${MAIL_FROM#*@}"), \"smtp_email\": $(quoted "$MAIL_FROM"),
  \"smtp_security\": \"2\", \"smtp_verify_peer\": \"1\", \"smtp_verify_host\": \"1\", \"smtp_authentication\": \"1\",
  \"username\": $(quoted "$SMTP_USERNAME"), \"passwd\": $(quoted "$SMTP_PASSWORD")}"
must user.update "{\"userid\": \"1\", \"medias\": [{\"mediatypeid\": \"$mail\", \"sendto\": [$(quoted "$MAIL_TO")],
  \"active\": \"0\", \"severity\": \"56\", \"period\": \"1-7,00:00-24:00\"}]}"
case $(call action.get '{"output": ["actionid"], "filter": {"name": "Mail of the catalogue"}}') in *actionid*) ;; *)
  must action.create "{\"name\": \"Mail of the catalogue\", \"eventsource\": \"0\", \"status\": \"0\", \"esc_period\": \"1h\",
    \"operations\": [{\"operationtype\": \"0\", \"opmessage\": {\"default_msg\": \"1\", \"mediatypeid\": \"$mail\"},
      \"opmessage_usr\": [{\"userid\": \"1\"}]}],
    \"recovery_operations\": [{\"operationtype\": \"11\", \"opmessage\": {\"default_msg\": \"1\"}}]}" ;;
esac
# Each public address is asked for from here as well, as Prometheus asks for it. One that fails for a quarter of an hour
# is mailed: Prometheus has told of it long before, unless it is ill itself.
host() { call host.get '{"output": ["hostid"], "filter": {"host": "Pages"}}' | sed -n 's/.*"hostid":"\([0-9]*\)".*/\1/p'; }
[ -n "$(host)" ] || must host.create '{"host": "Pages", "groups": [{"groupid": "5"}]}'
pages=$(host)
# id and name of each that is there, a line each; what Zabbix hands back escapes slashes
there() {
  call httptest.get "{\"output\": [\"httptestid\", \"name\"], \"hostids\": \"$pages\"}" | tr '{' '\n' |
    sed -n 's|\\||g; s/^"httptestid":"\([0-9]*\)","name":"\([^"]*\)".*/\1 \2/p'
}
known=$(there)
wanted=$(sed 's|^https://||; s|/$||' /settings/pages)
echo "$known" | while read -r id name; do
  [ -z "$id" ] || echo "$wanted" | grep -qxF "$name" || must httptest.delete "[\"$id\"]"
done || exit 1
echo "$wanted" | while read -r name; do
  ! echo "$known" | cut -d ' ' -f 2 | grep -qxF "$name" || continue
  must httptest.create "{\"name\": \"$name\", \"hostid\": \"$pages\", \"delay\": \"1m\", \"retries\": 2,
    \"steps\": [{\"name\": \"page\", \"no\": 1, \"url\": \"https://$name\", \"follow_redirects\": 0, \"timeout\": \"15s\",
      \"status_codes\": \"200,204,301-303,307,308,401\"}]}"
  must trigger.create "{\"description\": \"$name cannot be opened\", \"priority\": 3,
    \"expression\": \"min(/Pages/web.test.fail[$name],15m)>0\"}"
done || exit 1
echo "settings: in place"
