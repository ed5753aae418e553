#!/bin/sh
# Makes .venv with the given Python; Debian keeps the module for it in a package of its own.
"$1" -m venv .venv 2>/dev/null && exit
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Python's venv module is missing; install it (Debian: apt-get install python3-venv)"
  exit 1
fi
echo "installing python3-venv"
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null && rm -rf .venv && "$1" -m venv .venv
