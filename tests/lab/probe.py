"""The app that the fault tests spoil: a real Redis with one secret, one mounted file and a checker."""

RECORD = """
from catalogue.model import App, Check, Health, Image, Rule, Secret, Service, Upgrade, Volume

PROBE = App(
    name="probe",
    purpose="A program for tests.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=False),
    ready_seconds=20,
    services=(
        Service(
            name="probe",
            image=Image(repository="docker.io/library/redis", tag="8.10.1"),
            health=Health(command=("redis-cli", "ping"), start_seconds=3, interval_seconds=1),
            memory_mb=64,
            user="999:1000",
            check=Check(entrypoint="sh", arguments=("-c", "! grep WRONG /etc/probe.conf")),
        ),
    ),
    secrets=(Secret(name="PROBE_KEY", rule=Rule(kind="hex", size=32)),),
    volumes=(Volume(name="data", owner="999:1000", backup=False),),
)
"""

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

DEPLOY = """
from catalogue.probe import PROBE
from tasks.stacks import stacks

stacks([PROBE])
"""

HOST_DEPLOY = """
from tasks.host import base
from tasks.host import docker_engine

base()
docker_engine()
"""

CONFIGURATION = "save 60 1\nmaxclients 100\n"
