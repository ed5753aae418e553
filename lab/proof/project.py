"""An app's release as a Compose project that is run on its own: what the record says, and little else."""

import runpy
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from catalogue import APPS, views
from catalogue.model import App, Host, Site
from lab import layout, seed
from tasks.secrets import DotenvStore, look_up, rules, variables
from tasks.settings import ROOT
from tasks.stacks import Release, build
from tasks.templates import COMPOSE_FILE, Templates

# Of those that nobody's network has (RFC 2544, for benchmarks).
SUBNET: Final = "198.18.77.0/24"
CLOUD_ADDRESS: Final = "198.18.77.10"
# One host of every group: each app is tried once, and finds there what it has beside it.
HOST: Final = Host(
    name="proof",
    groups=("tools", "management", "authentik"),
    private_ip="198.18.77.2",
    public_ip="198.18.77.2",
)
NETWORK: Final = "guildhall-proof"  # and its bridge, and the container at the address above
FOLDER: Final = layout.DIR / "proof"
SECRETS_FILE: Final = ".env"
Definition = dict[str, Any]


@cache
def site() -> Site:
    """The lab's values, on one host."""
    files = [runpy.run_path(str(ROOT / f"group_data/{name}.py")) for name in ("all", "lab")]
    values = {name: value for file in files for name, value in file.items()}
    given = {each.name: values[each.name] for each in fields(Site) if each.name in values}
    return Site(hosts=(HOST,), image_digests={}, **given)


@cache
def secrets(app: App) -> Mapping[str, str]:
    """Each of the app's secrets, for as long as the proof's folder is there."""
    store, needed = DotenvStore(FOLDER / "secrets"), views.all_secrets(APPS)
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    seed.fill(store, needed)
    found = look_up({bundle for bundle, _ in rules(needed)}, store)
    return variables(app.name, needed[app.name], found)


def laid(app: App, images: Mapping[str, str]) -> Definition:
    """The app's release in the proof's folder, as it lies in `/opt/<app>`; its Compose file."""
    made = build(app, APPS, site(), HOST, secrets(app), Templates())
    for path, content in files(made).items():
        file = FOLDER / app.name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(0o755 if path.endswith(".sh") else 0o644)
    return definition(made, images)


def files(made: Release) -> dict[str, bytes]:
    """The project's files by path: secrets beside the Compose file, what others share left out."""
    live = f"live/{made.app.name}/"
    return {
        f"live/{path.removeprefix(live)}" if path.startswith(live) else _own(path): content
        for path, content in made.files.items()
        if path.startswith(live) or not path.startswith("live/")
    }


def _own(path: str) -> str:
    return path if path == SECRETS_FILE else f"current/{path}"


def definition(made: Release, images: Mapping[str, str]) -> Definition:
    """The Compose file of the services that have an image; it differs from the release's in what is around.

    No ports on the host, the network that leads nowhere in place of each other one, volumes by other names,
    and a health check that is asked each second, by an engine that need not be new.
    """
    parsed: Definition = yaml.safe_load(made.files[COMPOSE_FILE])
    return {
        "name": f"{NETWORK}-{made.app.name}",
        "services": {
            name: _service(parsed["services"][name], images, image) for name, image in images.items()
        },
        "networks": {"default": {"external": True, "name": NETWORK}},
        "volumes": {
            volume.name: {"external": True, "name": f"{NETWORK}-{made.app.name}_{volume.name}"}
            for volume in made.app.volumes
        },
    }


def _service(written: Definition, images: Collection[str], image: str) -> Definition:
    around = ("ports", "networks", "network_mode", "profiles", "depends_on", "labels")
    service = {key: value for key, value in written.items() if key not in around}
    service |= {"image": image, "pull_policy": "never", "restart": "no"}
    # What is mounted on a host later reaches its agents; on this machine it need not.
    service["volumes"] = [str(each).replace(",rslave", "") for each in written.get("volumes", [])]
    # An agent listens at the host's address, which here is its own.
    service["networks"] = (
        {"default": {"ipv4_address": HOST.private_ip}}
        if "network_mode" in written
        else {"default": written["networks"]["default"]}
    )
    if needed := {name: how for name, how in written.get("depends_on", {}).items() if name in images}:
        service["depends_on"] = needed
    if "healthcheck" in written:
        check = {key: value for key, value in written["healthcheck"].items() if key != "start_interval"}
        service["healthcheck"] = check | {"interval": "1s"}
    return service


def spoilt(project: Definition, service: str, variable: str, value: str) -> Definition:
    """The project of that service alone, with another value of one of its variables."""
    alone = {key: each for key, each in project["services"][service].items() if key != "depends_on"}
    alone["environment"] = {**alone.get("environment", {}), variable: value}
    return {**project, "services": {service: alone}}


def mounts(service: Definition, folder: Path) -> dict[Path, str]:
    """What a service mounts of the project's folder, and where."""
    pairs = (str(each).split(":")[:2] for each in service.get("volumes", []))
    return {folder / source: target for source, target in pairs if source.startswith("./")}


def undeclared(diff: str, service: Definition, declared: Collection[str]) -> list[str]:
    """What a container wrote into its own layer beyond what its contract says and its mounts, in order.

    `diff` is what `docker diff` prints: a letter and a path, each folder above a changed file among them.
    """
    mounted = [str(each).split(":")[1] for each in service.get("volumes", [])]
    covered = [str(each).partition(":")[0] for each in service.get("tmpfs", [])]
    allowed = [PurePosixPath(each) for each in (*mounted, *covered, *declared)]
    found = [PurePosixPath(line[2:]) for line in diff.splitlines()]
    return [
        str(path)
        for path in found
        if not any(path.is_relative_to(each) or each.is_relative_to(path) for each in allowed)
        and not any(other != path and other.is_relative_to(path) for other in found)
    ]
