"""The host itself: Debian's packages and settings, Docker Engine."""

from tasks.host.config_file import config_file
from tasks.host.debian import debian
from tasks.host.docker import docker_engine
from tasks.host.firewall import firewall
from tasks.host.identity import READ, identified, refusal
from tasks.host.packages import packages

__all__ = ["READ", "config_file", "debian", "docker_engine", "firewall", "identified", "packages", "refusal"]
