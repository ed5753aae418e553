# $file is its path, $unit the unit that reads it or empty; standard input is the content.
new=$file.new old=$file.old
trap 'rm -f "$new" "$old"' EXIT
umask 022
mkdir -p "$(dirname "$file")" && cat >"$new" || exit 1
{ CHECK; } || { echo "$file: refused, nothing was changed" >&2; exit 1; }
[ ! -e "$file" ] || cp -p "$file" "$old"
mv -f "$new" "$file"
{ APPLY; } && exit
[ -z "$unit" ] || journalctl --unit "$unit" --lines 40 --output cat | grep -iE "error|fail|invalid" | tail -n 5 >&2
if [ -e "$old" ]; then mv -f "$old" "$file"; else rm -f "$file"; fi
[ -z "$unit" ] || systemctl reset-failed "$unit"
{ APPLY; }
echo "$file: $unit does not run with it; what was there before is back" >&2
exit 1
