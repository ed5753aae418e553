"""Proof that everything works, from outside and from inside: pyinfra inventory.py deploys/verify.py"""

from catalogue import APPS
from tasks.verify import verify

verify(apps=APPS)
