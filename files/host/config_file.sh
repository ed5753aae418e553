# shellcheck disable=SC2154 # who sends this sets two variables before it
# $file is its path, $unit the unit that reads it or empty; standard input is the content.
new=$file.new old=$file.old
trap 'rm -f "$new" "$old"' EXIT
umask 022
mkdir -p "$(dirname "$file")" && cat >"$new" || exit 1
{ CHECK; } || { echo "$file: refused, nothing was changed" >&2; exit 1; }
[ ! -e "$file" ] || cp -p "$file" "$old"
mv -f "$new" "$file"
# Whatever started the unit before does not count against it now.
applied() {
  [ -z "$unit" ] || systemctl reset-failed "$unit" 2>/dev/null
  APPLY
}
# Only what is said from here on: what containers say stands in Docker's part of the journal, too.
since=$(date +%s)
applied && exit
journalctl --sync
[ -z "$unit" ] || journalctl --unit "$unit" --since "@$since" --output cat | grep -iE "error|fail|invalid" | tail -n 8 >&2
if [ -e "$old" ]; then mv -f "$old" "$file"; else rm -f "$file"; fi
applied
echo "$file: $unit does not run with it; what was there before is back" >&2
exit 1
