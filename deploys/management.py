"""The management servers, whole: pyinfra inventory.py deploys/management.py"""

from catalogue import APPS
from tasks.server import server

server("management", APPS)
