#!/bin/bash
# As in the real image (espocrm/espocrm-docker 10.0.3, latest/apache/docker-websocket.sh): ends, to be started again, until the program is ready.
set -euo pipefail
bin/command app-check || { echo "Waiting for the main container to be ready..."; exit 0; }
eval "$(php /usr/local/bin/config.php)"
exec python3 -m doubles espocrm-websocket
