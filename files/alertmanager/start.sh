# Alertmanager reads the mail account's password from a file, or its configuration, and its name from the configuration
# only (prometheus/alertmanager v0.34.0, docs/configuration.md).
# Both are made from the environment, in the container's memory, before it starts.
set -eu
umask 077
: "${SMTP_USERNAME:?is missing}" "${SMTP_PASSWORD:?is missing}"
printf %s "$SMTP_PASSWORD" >/tmp/smtp-password
{
  cat /etc/alertmanager/alertmanager.yml
  printf "  smtp_auth_username: '%s'\n" "$(printf %s "$SMTP_USERNAME" | sed "s/'/''/g")"
} >/tmp/alertmanager.yml
unset SMTP_USERNAME SMTP_PASSWORD
exec /bin/alertmanager --config.file=/tmp/alertmanager.yml "$@"
