"""The authentik servers, whole: pyinfra inventory.py deploys/authentik.py"""

from catalogue import APPS
from tasks.server import server

server("authentik", APPS)
