"""What config.py says to pyinfra itself, in a process of its own, since it patches the standard library."""

import subprocess
import sys

from tasks.settings import ROOT

IMPORTED = """
import click
from pyinfra.api import Config
from pyinfra.connectors import ssh
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_config
typed = click.Context(click.Command("pyinfra"))
typed.params["data"] = ()
with typed, ctx_config.use(Config()):
    import config
"""
READ = """
    print(config.config.FAIL_PERCENT, config.config.REQUIRE_PYINFRA_VERSION)
    # Nobody is asked for sudo's password: there may be nobody.
    wants = CommandOutput([OutputLine("stderr", "sudo: a password is required")])
    print(ssh.execute_command_with_sudo_retry(None, {}, lambda: (1, wants))[0])
"""


# The host takes the connection and is gone while the run asks for a channel: its end is heard in that moment.
LOST = """
import socket, threading, paramiko
with socket.create_server(("127.0.0.1", 0)) as listening:
    here, (there, _) = socket.create_connection(listening.getsockname()), listening.accept()
host = paramiko.Transport(there)
host.add_server_key(paramiko.ECDSAKey.generate())
class Leaves(paramiko.ServerInterface):
    def check_channel_request(self, kind, number):
        there.close()
        threading.Event().wait(5)
    def check_auth_none(self, user):
        return paramiko.AUTH_SUCCESSFUL
host.start_server(server=Leaves(), event=threading.Event())
ours = config._Transport(here)
ours.start_client(timeout=10)
ours.auth_none("root")
try:
    ours.open_session(timeout=10)
except (OSError, paramiko.SSHException) as error:
    print("said in one line:", error)
"""


def python(source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_host_that_is_down_keeps_no_other_from_its_deploy_and_sudo_asks_nobody() -> None:
    ran = python(IMPORTED + READ)

    assert ran.stdout.split() == ["100", "~=3.10.0", "1"], ran.stderr


# pyinfra catches OSError and SSHException of what it runs, and ends all hosts with a traceback at another.
def test_a_connection_that_is_lost_while_a_channel_is_asked_for_is_a_failure_that_pyinfra_knows() -> None:
    ran = python(IMPORTED + LOST)

    assert ran.stdout == "said in one line: the host closed the connection\n", ran.stderr
