# shellcheck disable=SC2154 # who sends this sets variables before it
# $file is its path, $unit the unit that reads it or empty; standard input is the content.
# $trial: seconds after which the host puts back what was there, unless a new connection ends the trial; 0: none.
# $kept, $revert: where a trial keeps what was there, and the program that puts it back.
new=$file.new old=$file.old
trap 'rm -f "$new" "$old"' EXIT
umask 022
mkdir -p "$(dirname "$file")" && cat >"$new" || exit 1
{ CHECK; } || { echo "$file: refused, nothing was changed" >&2; exit 1; }
tried() {
  # One that nobody ended is over now: what it kept is what was known to be good.
  [ ! -e "$kept/revert" ] || /bin/sh "$kept/revert"
  # Others look into what lies beside the folder of trials.
  mkdir -p "${kept%/*/*}"
  umask 077
  mkdir -p "$kept" && { [ ! -e "$file" ] || cp -p "$file" "$kept/old"; } || return 1
  printf '%s\n' "$revert" >"$kept/revert" && sync "$kept"/* || return 1
  timer=guildhall-trial-$(basename "$kept")
  systemctl stop "$timer.timer" 2>/dev/null
  systemctl reset-failed "$timer.service" 2>/dev/null
  # The service of a trial that has just ended may still be known.
  tries=0
  until said=$(systemd-run --quiet --collect --unit="$timer" --on-active="${trial}s" \
    --timer-property=AccuracySec=1s /bin/sh "$kept/revert" 2>&1); do
    [ "$tries" -lt 10 ] || { echo "$said" >&2; return 1; }
    tries=$((tries + 1))
    sleep 1
  done
  umask 022
}
[ "$trial" -eq 0 ] || tried || { rm -rf "$kept"; echo "$file: it cannot be tried, so nothing was changed" >&2; exit 1; }
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
if [ "$trial" -ne 0 ]; then
  /bin/sh "$kept/revert"
else
  if [ -e "$old" ]; then mv -f "$old" "$file"; else rm -f "$file"; fi
  applied
fi
echo "$file: $unit does not run with it; what was there before is back" >&2
exit 1
