# Standard input: the administrator's password, then a line "role statements password" for each role; base64 but the role.
# Standard output: ROLE/ for each that can log in to its database now, ROLE/REASON for each that cannot.
IFS= read -r admin
while read -r role statements password; do
  if said=$({ decoded "$statements" | as "$PGADMIN" "$admin" postgres --file=- && as "$role" "$password" "$role" --command='SELECT 1' </dev/null; } 2>&1 >/dev/null); then
    echo "$role/"
  else
    echo "$role/$(echo "$said" | reason)"
  fi
done
