"""The host itself: Debian's packages and settings, Docker Engine."""

from tasks.host.applied import cause, recorded
from tasks.host.asked import asked
from tasks.host.config_file import config_file
from tasks.host.debian import PACKAGES, Debian, debian
from tasks.host.debian import server as debian_server
from tasks.host.docker import PACKAGES as DOCKER_PACKAGES
from tasks.host.docker import docker_engine
from tasks.host.firewall import firewall
from tasks.host.identity import READ, identified, refusal
from tasks.host.packages import packages
from tasks.host.readonly import NOTE, readonly

__all__ = [
    "DOCKER_PACKAGES",
    "NOTE",
    "PACKAGES",
    "READ",
    "Debian",
    "asked",
    "cause",
    "config_file",
    "debian",
    "debian_server",
    "docker_engine",
    "firewall",
    "identified",
    "packages",
    "readonly",
    "recorded",
    "refusal",
]
