"""A server that an app runs on, reached outside of a run: for one command, or for a person."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from pyinfra.api import Config, Host, Inventory, State
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.output import set_echo

from catalogue import views
from catalogue.model import App
from tasks.privileges import privileges
from tasks.settings import nearest

RECORD: Final = "/var/log/guildhall/deploys.jsonl"
SINCE: Final = re.compile(r"\d+[smh]|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?")
"""How long ago, or from when on, as Docker Compose takes it."""
SSH_OPTIONS: Final = {
    "ssh_key": "-i",
    "ssh_port": "-p",
    "ssh_config_file": "-F",
}


class AwayError(ValueError):
    """A server that cannot be reached."""

    exit_code: Final = 3


def named(apps: Iterable[App], name: str) -> App:
    """The app of that name that is present; ValueError says which there are."""
    found = {app.name: app for app in views.present(apps)}
    if name not in found:
        near = nearest(name, found)
        meant = f"write {near}" if near else f"it has {', '.join(found)}"
        raise ValueError(f"the catalogue has no app '{name}'; {meant}")
    return found[name]


def servers(inventory: Inventory, app: App) -> list[Host]:
    """Those that an app runs on; ValueError if there is none."""
    found = [host for host in inventory if app.group in (*host.groups, "all")]
    if not found:
        raise ValueError(f"{app.name}: no server is in its group '{app.group}'; see inventory.py")
    return found


def one(inventory: Inventory, app: App, name: str) -> Host:
    """The server that is meant, where an app runs on several; ValueError says which there are."""
    found = [host for host in servers(inventory, app) if name in ("", host.name)]
    if len(found) != 1:
        on = ", ".join(host.name for host in servers(inventory, app))
        raise ValueError(f"{app.name} runs on {on}; say which by --on SERVER")
    return found[0]


def connected(host: Host) -> Host:
    """The same, connected to; AwayError if it cannot be reached."""
    State(host.inventory, Config())  # type: ignore[no-untyped-call]
    try:
        host.connect(raise_exceptions=True, show_errors=False)
    except ConnectError as error:
        raise AwayError(f"{host.name}: NOT REACHED: {error}") from None
    return host


def compose(app: App, *words: str) -> str:
    """Docker Compose on the app's own project."""
    return shlex.join(["docker", "compose", "--project-directory", f"/opt/{app.name}", *words])


def heard(host: Host, command: str, hear: Callable[[str], None], stdin: str | None = None) -> bool:
    """Runs a command, whose lines are heard while it runs; whether it ended well."""
    set_echo(lambda line, **_: hear(line.removeprefix(host.print_prefix)))
    try:
        good, _ = connected(host).run_shell_command(
            command, print_output=True, _stdin=stdin, **privileges(host)
        )
    finally:
        set_echo(lambda *_, **__: None)
    return bool(good)


def deploys(host: Host, app: str = "") -> Iterator[dict[str, Any]]:
    """What a server has on record of its deploys, oldest first; lines that are none are left out.

    ValueError if it does not let itself be read; where there is none, nothing was deployed.
    """
    read = f"if [ -e {RECORD} ]; then cat {RECORD}; fi"
    good, output = connected(host).run_shell_command(read, **privileges(host))
    if not good:
        raise ValueError(f"{host.name}: its record of deploys cannot be read: {output.stderr}")
    for line in output.stdout_lines:
        try:
            entry = json.loads(line)
            if app in ("", entry["app"]):
                yield {name: entry[name] for name in ("time", "app", "revision", "by", "commit", "result")}
        except (ValueError, KeyError, TypeError):
            continue


def ssh(host: Host, command: str) -> list[str]:
    """The ssh command that a person would type to run something on a server, with a terminal."""
    data = host.data
    words = ["ssh", "-t"]
    for name, option in SSH_OPTIONS.items():
        if value := getattr(data, name, None):
            words += [option, str(value)]
    if known := getattr(data, "ssh_known_hosts_file", None):
        words += ["-o", f"UserKnownHostsFile={known}"]
    address = getattr(data, "ssh_hostname", None) or host.name
    sudo = "sudo " if getattr(data, "_sudo", False) else ""
    return [*words, f"{data.ssh_user}@{address}", sudo + command]


def history(inventory: Inventory, app: str) -> tuple[list[str], list[str]]:
    """Lines of who deployed what and when, oldest first, and why servers could not be asked."""
    found: list[tuple[dict[str, Any], str]] = []
    away = []
    for host in inventory:
        try:
            found += [(entry, host.name) for entry in deploys(host, app)]
        except AwayError as error:
            away.append(str(error))
    found.sort(key=lambda each: str(each[0]["time"]))
    lines = [
        f"{local(str(entry['time']))}  {name:16}{entry['app']:16}{entry['revision']:14}"
        f"{entry['commit']:13}{entry['by']:24}{entry['result']}"
        for entry, name in found
    ]
    return lines, away


def local(time: str) -> str:
    """A time of a server, which is UTC, as it is here: with its distance from UTC."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return f"{time:25}"
