# Standard input: the administrator's password, then a line "role password" for each role.
# Standard output, fields separated by slashes: role/NAME, database/NAME/OWNER/OPEN, locale/NAME/COLLATE/CTYPE, login/ROLE/EXTENSION, or problem/REASON.
command -v psql >/dev/null || { echo absent; exit 0; }
IFS= read -r admin
if ! answer=$(as "$PGADMIN" "$admin" postgres --command="$STATE" </dev/null 2>&1); then
  echo "problem/$(echo "$answer" | reason)"
  exit 0
fi
echo "$answer"
while read -r role password; do
  as "$role" "$password" "$role" --command="$LOGIN" </dev/null 2>/dev/null || true
done
