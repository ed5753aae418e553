"""What config.py says to pyinfra itself, in a process of its own, since it patches the standard library."""

import subprocess
import sys

from tasks.settings import ROOT

READ = """
import click
from pyinfra.api import Config
from pyinfra.connectors import ssh
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import ctx_config
typed = click.Context(click.Command("pyinfra"))
typed.params["data"] = ()
with typed, ctx_config.use(Config()):
    import config
    print(config.config.FAIL_PERCENT, config.config.REQUIRE_PYINFRA_VERSION)
    # Nobody is asked for sudo's password: there may be nobody.
    wants = CommandOutput([OutputLine("stderr", "sudo: a password is required")])
    print(ssh.execute_command_with_sudo_retry(None, {}, lambda: (1, wants))[0])
"""


def test_a_host_that_is_down_keeps_no_other_from_its_deploy_and_sudo_asks_nobody() -> None:
    ran = subprocess.run([sys.executable, "-c", READ], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.stdout.split() == ["100", "~=3.10.0", "1"], ran.stderr
