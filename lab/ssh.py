"""A shell, or one command, on a machine of the lab."""

import os
import sys
from collections.abc import Sequence

from lab import engine, hosts, layout, packages


def argv(host: layout.Host, command: Sequence[str]) -> list[str]:
    """The ssh command for a host; the user's own ssh configuration has no say."""
    options = (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={layout.KNOWN_HOSTS}",
        "LogLevel=ERROR",
    )
    flags = [word for option in options for word in ("-o", option)]
    where = ("-i", str(layout.SSH_KEY), "-p", str(host.ssh), f"root@{layout.LOOPBACK}")
    return ["ssh", "-F", "/dev/null", *flags, *where, *command]


def enter(name: str, command: Sequence[str]) -> None:
    """Become the ssh client (for cloud, which has no sshd, the engine's client); does not return."""
    outer = engine.connect()
    if name == layout.CLOUD:
        terminal = ["--tty"] if sys.stdin.isatty() else []
        shell = ["bash", "-c", " ".join(command) or "bash"]
        words = ["docker", "exec", "--interactive", *terminal, name, *shell]
        os.execvpe("docker", words, {**os.environ, **outer.env})  # noqa: S606  # its words are a list
    packages.ensure("ssh", "openssh-client")
    os.execvp("ssh", argv(hosts.find(name), command))  # noqa: S606  # the same
