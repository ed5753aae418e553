"""Holds a template against what templates may say, and refuses the rest by the name of the key."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from catalogue.model import App
from tasks.stacks.compose_keys import Key


def check_keys(where: str, keys: Iterable[object], table: Mapping[str, Key]) -> None:
    """ValueError for the first key that is not the template's."""
    for key in map(str, keys):
        if key.startswith("x-"):
            continue
        if key not in table:
            near = difflib.get_close_matches(key, table, n=1)
            meant = f"did you mean {near[0]}?" if near else "Compose has none of that name"
            raise ValueError(f"{where}: {key} is no key that is known here; {meant}")
        if table[key].says == "record":
            raise ValueError(f"{where}: {key} comes from the record; drop it here, and see {table[key].how}")
        if table[key].says == "nobody":
            raise ValueError(f"{where}: {key} is not supported; drop it: {table[key].how}")


def check_with(app: App, where: str, services: Mapping[str, Any]) -> None:
    """ValueError for what a template says otherwise than the record."""
    one_shots = {service.name for service in app.services if service.one_shot}
    volumes = {volume.name for volume in app.volumes}
    for name, service in services.items():
        here = f"{where}: service '{name}'"
        _check_needs(here, (service or {}).get("depends_on", []), set(services), one_shots)
        for mount in (service or {}).get("volumes", []):
            _check_mount(here, mount, volumes)


def _check_needs(where: str, needs: Any, services: set[str], one_shots: set[str]) -> None:
    if not isinstance(needs, list | dict):
        raise ValueError(
            f"{where}: depends_on is {needs}; write a service's name in a line for each below it"
        )
    for name in needs:
        how = needs[name] if isinstance(needs, dict) else None
        condition = how.get("condition") if isinstance(how, dict) else "service_started"
        if name not in services:
            raise ValueError(f"{where}: depends_on names '{name}', which is no service of the app; drop it")
        if name in one_shots:
            raise ValueError(
                f"{where}: depends_on names '{name}', a one-shot: it has ended well before the others are "
                "started, or they are not started at all; drop it"
            )
        if condition not in ("service_healthy", "service_started"):
            raise ValueError(
                f"{where}: depends_on waits for '{name}' by {condition}, and it never ends; write "
                f"service_healthy, or one_shot=True into the record of '{name}'"
            )


def _check_mount(where: str, mount: str, volumes: set[str]) -> None:
    source, separator, _ = mount.partition(":")
    if not separator:
        raise ValueError(
            f"{where}: {mount} is a volume without a name, new at each start; declare a Volume in the record "
            "and write NAME:PATH, or add the path to `Service.tmpfs`"
        )
    if source.startswith("/"):
        raise ValueError(
            f"{where}: {mount} is of the host's files; it comes from the record, with a reason: "
            "`Service.host_mounts`"
        )
    if source.startswith(("./current/", "./live/")):
        return
    if source.startswith((".", "~")):
        raise ValueError(
            f"{where}: {mount} is of no release; put the file into templates/ or files/ of the app and "
            "mount it from ./current/"
        )
    if source not in volumes:
        raise ValueError(
            f"{where}: {mount} is of a volume that the record does not have; declare "
            f"Volume(name='{source}', …)"
        )


def shorten(where: str, service: dict[str, Any]) -> None:
    """Writes a service's mounts in their short form; ValueError if its lists are none."""
    for key in sorted({"volumes", "secrets"}.intersection(service)):
        if not isinstance(service[key], list):
            raise ValueError(f"{where}: {key} is no list; write `- …` in a line for each below it")
    for name in service.get("secrets", []):
        if not isinstance(name, str):
            raise ValueError(f"{where}: secrets has {name}; write the secret's name alone")
    if "volumes" in service:
        service["volumes"] = [short(where, mount) for mount in service["volumes"]]


def short(where: str, mount: Any) -> str:
    """A mount in Compose's short form, from which all else reads it; ValueError if it has no such form."""
    if isinstance(mount, str):
        return mount
    if not isinstance(mount, dict):
        raise ValueError(f"{where}: {mount} is no mount; write SOURCE:TARGET")
    kind, left = mount.get("type"), dict(mount)
    if kind == "tmpfs":
        raise ValueError(f"{where}: a tmpfs comes from the record; see `Service.tmpfs`")
    options = ["ro"] if left.pop("read_only", False) else []
    details = dict(left.pop(str(kind), None) or {})
    # What the short form does by itself.
    details.pop("create_host_path", None)
    options += [str(details.pop("propagation"))] if "propagation" in details else []
    options += ["nocopy"] if details.pop("nocopy", False) else []
    parts = [left.pop(name, "") for name in ("source", "target")]
    unknown = [*(set(left) - {"type"}), *details]
    if kind not in ("bind", "volume") or unknown or not all(parts):
        raise ValueError(
            f"{where}: the mount {mount} has no short form; write it as SOURCE:TARGET:OPTIONS, "
            "with ro or nocopy"
        )
    return ":".join([*map(str, parts), *([",".join(options)] if options else [])])
