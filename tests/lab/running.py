"""Commands of the project, run against the lab as an operator runs them."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lab import hosts, layout, ssh

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
UNWELL = "docker ps --filter health=unhealthy --filter health=starting --format '{{.Names}}'"


@dataclass(frozen=True)
class Run:
    """How a command ended and all that it said."""

    code: int
    output: str
    seconds: float

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

    def hang_up(self) -> None:
        """Ends the connections; the hosts may have ended them before."""
        for host in self.connections.iterdir():
            subprocess.run(["ssh", "-S", host, "-O", "exit", host.name], capture_output=True, check=False)

    def start(
        self, deploy: str, *options: str, root: Path = ROOT, environ: dict[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """A pyinfra run in the background."""
        return subprocess.Popen(
            [str(BIN / "pyinfra"), "inventory.py", f"deploys/{deploy}.py", *options],
            cwd=root,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def deploy(
        self, deploy: str, *options: str, root: Path = ROOT, environ: dict[str, str] | None = None
    ) -> Run:
        """A pyinfra run to its end: `deploy("site", "-y")`."""
        began = time.monotonic()
        running = self.start(deploy, *options, root=root, environ=environ)
        output, _ = running.communicate(timeout=900)
        return Run(running.returncode, output, time.monotonic() - began)

    def until_well(self) -> None:
        """Waits for what an outage left unhealthy; the next check of each may be half a minute away."""
        for host in layout.HOSTS:
            deadline = time.monotonic() + 120
            while sick := self.ssh(host.name, UNWELL).split():
                assert time.monotonic() < deadline, f"{host.name}: {', '.join(sick)} did not get well"
                time.sleep(1)

    def set_secret(self, bundle: str, key: str, value: str) -> None:
        """Gives a secret of the lab's store another value, as an operator does."""
        words = [str(BIN / "guildhall"), "secrets", "set", bundle, key, "--replace"]
        subprocess.run(words, cwd=ROOT, input=value, capture_output=True, text=True, check=True)

    def containers(self, host: str) -> dict[str, str]:
        """Container name: its id and start time."""
        shown = self.ssh(
            host, "docker ps -aq | xargs -r docker inspect -f '{{.Name}} {{.Id}} {{.State.StartedAt}}'"
        )
        return {line.split(" ", 1)[0].strip("/"): line.split(" ", 1)[1] for line in shown.splitlines()}


def guildhall(root: Path, *words: str) -> Run:
    """The project's command, from a copy of it: `guildhall(root, "secrets", "check")`."""
    began = time.monotonic()
    done = subprocess.run(
        [str(BIN / "guildhall"), *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr, time.monotonic() - began)
