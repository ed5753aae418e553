"""Holds a template against what templates may say, and refuses the rest by the name of the key."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from catalogue.model import App
from tasks.stacks.compose_keys import Key
from tasks.stacks.refusals import RefusedError

WHY = {
    "record": "comes from the record; drop it here, and see",
    "always": "is the same for every container; drop it:",
    "nobody": "is not supported; drop it:",
}


OF_HOST = "is of the host's files; it comes from the record, with a reason: `Service.host_mounts`"
ZONES = dict.fromkeys(
    ("/etc/localtime", "/etc/timezone"),
    "is the host's time zone; write `TZ: {{ site.timezone }}` into environment",
)


def check_keys(keys: Iterable[object], table: Mapping[str, Key], *path: object) -> None:
    """RefusedError for the first key that is not the template's."""
    for key in map(str, keys):
        if key.startswith("x-"):
            continue
        if key not in table:
            near = difflib.get_close_matches(key, table, n=1)
            meant = f"did you mean {near[0]}?" if near else "Compose has none of that name"
            raise RefusedError(f"{key} is no key that is known here; {meant}", *path, key)
        if table[key].says in WHY:
            raise RefusedError(f"{key} {WHY[table[key].says]} {table[key].how}", *path, key)


def check_with(app: App, services: Mapping[str, Any]) -> None:
    """RefusedError for what a template says otherwise than the record."""
    one_shots = {service.name for service in app.services if service.one_shot}
    volumes = {volume.name for volume in app.volumes}
    for name, service in services.items():
        _check_needs(name, (service or {}).get("depends_on", []), set(services), one_shots)
        for number, mount in enumerate((service or {}).get("volumes", [])):
            if wrong := wrong_mount(mount, volumes):
                raise RefusedError(f"{mount} {wrong}", "services", name, "volumes", number)


def _check_needs(service: str, needs: Any, services: set[str], one_shots: set[str]) -> None:
    here = ("services", service, "depends_on")
    if not isinstance(needs, list | dict):
        raise RefusedError(
            f"depends_on is {needs}; write a service's name in a line for each below it", *here
        )
    for name in needs:
        how = needs[name] if isinstance(needs, dict) else None
        condition = how.get("condition") if isinstance(how, dict) else "service_started"
        if wrong := _wrong_need(name, condition, services, one_shots):
            raise RefusedError(f"depends_on {wrong}", *here, name, word=str(name))


def _wrong_need(name: str, condition: object, services: set[str], one_shots: set[str]) -> str:
    """What is wrong with waiting for a service; empty if nothing is."""
    if name not in services:
        return f"names '{name}', which is no service of the app; drop it"
    if name in one_shots:
        return (
            f"names '{name}', a one-shot: it has ended well before the others are started, or they are not "
            "started at all; drop it"
        )
    if condition not in ("service_healthy", "service_started"):
        return (
            f"waits for '{name}' by {condition}, and it never ends; write service_healthy, or one_shot=True "
            f"into the record of '{name}'"
        )
    return ""


def wrong_mount(mount: str, volumes: Collection[str]) -> str:
    """What is wrong with a mount, and what to write instead; empty if nothing is."""
    source, separator, rest = mount.partition(":")
    if not separator:
        return (
            "is a volume without a name, new at each start; declare a Volume in the record and write "
            "NAME:PATH, or add the path to `Service.tmpfs`"
        )
    if source.startswith("/") or ".." in source.split("/"):
        return ZONES.get(source, OF_HOST)
    if source.startswith(("./current/", "./live/")):
        read_only = "ro" in rest.partition(":")[2].split(",")
        return "" if read_only else "is of the release, which a program must not change; write :ro behind it"
    if source.startswith((".", "~", "$")):
        return (
            "is of no release; declare a Volume for data and write NAME:PATH, or put a file into templates/ "
            "or files/ of the app and mount it from ./current/"
        )
    if source not in volumes:
        return f"is of a volume that the record does not have; declare Volume(name='{source}', …)"
    return ""


def shorten(name: str, service: dict[str, Any]) -> None:
    """Writes a service's mounts in their short form; RefusedError if its lists are none."""
    for key in sorted({"volumes", "secrets"}.intersection(service)):
        if not isinstance(service[key], list):
            raise RefusedError(
                f"{key} is no list; write `- …` in a line for each below it", "services", name, key
            )
    for number, secret in enumerate(service.get("secrets", [])):
        if not isinstance(secret, str):
            here = ("services", name, "secrets", number)
            raise RefusedError(f"secrets has {secret}; write the secret's name alone", *here)
    if "volumes" in service:
        mounts = enumerate(service["volumes"])
        service["volumes"] = [short(mount, "services", name, "volumes", number) for number, mount in mounts]


def short(mount: Any, *path: object) -> str:
    """A mount in Compose's short form, from which all else reads it; RefusedError if it has no such form."""
    if isinstance(mount, str):
        return mount
    if not isinstance(mount, dict):
        raise RefusedError(f"{mount} is no mount; write SOURCE:TARGET", *path)
    kind, left = mount.get("type"), dict(mount)
    if kind == "tmpfs":
        raise RefusedError("a tmpfs comes from the record; see `Service.tmpfs`", *path)
    options = ["ro"] if left.pop("read_only", False) else []
    details = dict(left.pop(str(kind), None) or {})
    # What the short form does by itself.
    details.pop("create_host_path", None)
    options += [str(details.pop("propagation"))] if "propagation" in details else []
    options += ["nocopy"] if details.pop("nocopy", False) else []
    parts = [left.pop(name, "") for name in ("source", "target")]
    unknown = [*(set(left) - {"type"}), *details]
    if kind not in ("bind", "volume") or unknown or not all(parts):
        raise RefusedError(
            f"the mount {mount} has no short form; write it as SOURCE:TARGET:OPTIONS, with ro or nocopy",
            *path,
        )
    return ":".join([*map(str, parts), *([",".join(options)] if options else [])])
