"""The app that the fault tests spoil: a real Redis with one secret, one mounted file and a checker."""

from catalogue.shared import REDIS

RECORD = f"""
from catalogue.model import App, Check, Health, Image, Rule, Secret, Service, Upgrade, Volume

APP = App(
    name="probe",
    purpose="A program for tests.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    ready_seconds=20,
    services=(
        Service(
            name="probe",
            image={REDIS!r},
            health=Health(command=("redis-cli", "ping"), start_seconds=3, interval_seconds=1),
            memory_mb=64,
            user="999:999",
            check=Check(entrypoint="/bin/sh", arguments=("-c", "! grep WRONG /etc/probe.conf")),
        ),
    ),
    secrets=(Secret(name="PROBE_KEY", rule=Rule(kind="hex", size=32)),),
    volumes=(Volume(name="data", owner="999:999", backup=False),),
)
"""
TAG = f"tag={REDIS.tag!r}"

COMPOSE = """\
services:
  probe:
    command: [redis-server, /etc/probe.conf]
    environment:
      PROBE_KEY: ${PROBE_KEY}
    volumes:
      - ./current/probe.conf:/etc/probe.conf:ro
      - data:/data
"""
CONFIGURATION = "save 60 1\nmaxclients 100\n"

DEPLOY = """
from catalogue.apps.probe import APP
from tasks.server import programs

programs([APP])
"""
HOST_DEPLOY = """
from tasks.host import docker_engine, recorded
from tasks.server import base, walled

base()
walled()
docker_engine()
recorded()
"""
