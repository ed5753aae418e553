# Common to read.sh and apply.sh. Passwords arrive on standard input as base64 and live in psql's environment only.
decoded() { printf %s "$1" | base64 -d; }

# as USER PASSWORD DATABASE [psql's arguments]
as() {
  user=$1 secret=$(decoded "$2") database=$3
  shift 3
  PGPASSWORD=$secret psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=/ \
    --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse --username="$user" --dbname="$database" "$@"
}

# Standard input is what psql said; standard output is its first error, in one line.
reason() { sed -n '/ERROR\|FATAL\|error:/{s/^psql:[^ ]*: //;s/^psql: error: //;p;q}' | tr '\t' ' '; }
