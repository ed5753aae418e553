"""Every host, whole: pyinfra inventory.py deploys/site.py"""

from catalogue import APPS
from tasks.server import server

server("all", APPS)
