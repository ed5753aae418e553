"""What config.py says to pyinfra itself, in a process of its own, since it patches the standard library."""

import subprocess
import sys

from tasks.settings import ROOT

READ = """
import click
from pyinfra.api import Config
from pyinfra.context import ctx_config
typed = click.Context(click.Command("pyinfra"))
typed.params["data"] = ()
with typed, ctx_config.use(Config()):
    import config
    print(config.config.FAIL_PERCENT, config.config.REQUIRE_PYINFRA_VERSION)
"""


def test_a_host_that_is_down_never_keeps_the_others_from_their_deploy() -> None:
    ran = subprocess.run([sys.executable, "-c", READ], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.stdout.split() == ["100", "~=3.10.0"], ran.stderr
