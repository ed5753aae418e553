"""The tools servers, whole: pyinfra inventory.py deploys/tools.py"""

from catalogue import APPS
from tasks.server import server

server("tools", APPS)
