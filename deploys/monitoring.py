"""What measures and watches, on every host: pyinfra inventory.py deploys/monitoring.py"""

from catalogue import APPS
from tasks.server import server

server("all", (app for app in APPS if app.monitoring))
