# Everybody knows the first password of Admin, so it does not last. All else is set from outside, by the API, with this one.
api=http://127.0.0.1:8080/api_jsonrpc.php

# call METHOD PARAMS: the answer, in one line. Secrets travel on standard input, not among the arguments.
call() {
  printf '%s\n' "url = \"$api\"" 'header = "Content-Type: application/json-rpc"' \
    ${token:+"header = \"Authorization: Bearer $token\""} \
    "data = $(quoted "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"$1\", \"params\": $2}")" |
    curl --silent --fail --max-time 30 --config -
}
# A text as JSON, and curl, have it.
quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }
login() { call user.login "{\"username\": \"Admin\", \"password\": $(quoted "$1")}" | sed -n 's/.*"result":"\([0-9a-f]*\)".*/\1/p'; }

# The pages answer before the server has made the tables.
until case $(token='' call apiinfo.version '[]') in *'"result"'*) true ;; *) false ;; esac; do sleep 1; done
until token='' && token=$(login "$ADMIN_PASSWORD") && [ -n "$token" ]; do
  token=$(login zabbix)
  [ -z "$token" ] ||
    call user.update "{\"userid\": \"1\", \"current_passwd\": \"zabbix\", \"passwd\": $(quoted "$ADMIN_PASSWORD")}" >/dev/null
  sleep 2
done
call user.logout '[]' >/dev/null
echo "password: in place"
