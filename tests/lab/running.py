"""Commands of the project, run against the lab as an operator runs them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from lab import hosts, layout, ssh
from tasks.settings import ROOT

BIN = Path(sys.executable).parent
NOT_HEALTHY = "docker ps --filter health=unhealthy --filter health=starting --format '{{.Names}}'"
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Outcome:
    """How a command ended and all that it said."""

    code: int
    output: str

    def __contains__(self, text: str) -> bool:
        return text in self.output

    def line(self, text: str) -> str:
        """The first line that holds a text; the whole output is shown if there is none."""
        found = [line for line in self.output.splitlines() if text in line]
        assert found, f"no line with {text!r} in:\n{self.output}"
        return found[0]


class Lab:
    """Three hosts, reached as an operator reaches them, over connections that stay open in a folder."""

    def __init__(self, connections: Path) -> None:
        self.connections = connections

    def ssh(self, host: str, command: str, *, check: bool = True) -> str:
        """What a command prints on a host."""
        client, *words = ssh.argv(hosts.find(host), [])
        shared = [client, "-S", str(self.connections / host), *words]
        if not (self.connections / host).exists():
            subprocess.run(
                [*shared, "-M", "-N", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
        done = subprocess.run([*shared, command], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0 or not check, f"{host}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def disconnect(self) -> None:
        """Ends the connections; the hosts may have ended them before."""
        for host in self.connections.iterdir():
            subprocess.run(["ssh", "-S", host, "-O", "exit", host.name], capture_output=True, check=False)

    def deploy(self, deploy: str, *options: str, root: Path = ROOT) -> Outcome:
        """A pyinfra run to its end: `deploy("site", "-y")`."""
        running = pyinfra("inventory.py", f"deploys/{deploy}.py", *options, root=root)
        output, _ = running.communicate(timeout=900)
        return Outcome(running.returncode, output)

    def wait_until_healthy(self) -> None:
        """Waits for what an outage left unhealthy; the next check of each may be half a minute away."""
        for host in layout.HOSTS:
            eventually(partial(self.ssh, host.name, NOT_HEALTHY), lambda names: not names, 120)

    def set_secret(self, bundle: str, key: str, value: str) -> None:
        """Gives a secret of the lab's store another value, as an operator does."""
        done = guildhall(ROOT, "secrets", "set", bundle, key, "--replace", stdin=value)
        assert done.code == 0, done.output

    def containers(self, host: str) -> dict[str, str]:
        """Container name: its id and start time."""
        shown = self.ssh(
            host, "docker ps -aq | xargs -r docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
        )
        return {line.split(" ", 1)[0].strip("/"): line.split(" ", 1)[1] for line in shown.splitlines()}


def pyinfra(
    *words: str, root: Path = ROOT, environ: Mapping[str, str] | None = None, program: str = "pyinfra"
) -> "subprocess.Popen[str]":
    """A run in the background; `root` is the project or a copy of it."""
    return subprocess.Popen(
        [str(BIN / program), *words],
        cwd=root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def guildhall(root: Path, *words: str, stdin: str = "") -> Outcome:
    """The project's command, from a copy of it: `guildhall(root, "secrets", "check")`."""
    done = subprocess.run(
        [str(BIN / "guildhall"), *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout)


def eventually(
    ask: Callable[[], Answer], wanted: Callable[[Answer], object] = bool, seconds: int = 90
) -> Answer:
    """What is asked for, once it is as wanted; AssertionError with the last answer if that takes longer."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := ask()):
        assert time.monotonic() < deadline, f"still {answer!r} after {seconds} s"
        time.sleep(0.5)
    return answer
