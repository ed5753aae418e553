#!/bin/sh
exec python3 -m doubles cadvisor "$@"
