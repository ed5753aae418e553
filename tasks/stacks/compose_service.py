"""A service of somebody's Compose file as the lines of a record; what nobody decided stands in comments."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tasks.stacks.compose_fields import READ, fields, health, image, python, sidecar
from tasks.stacks.compose_keys import SERVICE, Key
from tasks.stacks.compose_template import short, wrong_mount
from tasks.stacks.compose_values import OPEN, settled

SETTLED = ("container_name", "expose", "volumes", "logging", "cap_drop", "version", "name")
"""Keys of which nothing is left to be decided: it is so anyway, or stands elsewhere."""
PINNED = "it has no version that could be pinned; write the one that you mean"
OURS = "it asks for a variable of this file; write one that the container has in its environment, as $NAME"
COMMENT = f"{' ' * 12}# "


def service(
    name: str, keys: Mapping[str, Any], *, one_shot: bool = False, called: Collection[str] = ()
) -> str:
    """The lines of a service in the record: its fields, and below them as comments what nobody decided.

    `called` is what else others call it.
    """
    said = {key: settled(value) for key, value in keys.items()}
    known, wrong = fields({**_memory(said), **said, "networks": [*called, *_aliases(said)]})
    pulled = image(str(said.get("image", "TODO")))
    wrong |= {"networks": SERVICE["networks"].how} if _is_more_than_aliases(said) else {}
    wrong |= {"image": PINNED} if "TODO" in pulled and "image" in said else {}
    wrong |= {"healthcheck": OURS} if OPEN.search(str((said.get("healthcheck") or {}).get("test"))) else {}
    lines = {
        "name": python(name),
        "image": pulled,
        "health": "" if one_shot else health(said.get("healthcheck")),
        "memory_mb": "256",
        "user": python("TODO"),
        "one_shot": "True" if one_shot else "",
        **known,
        **sidecar(pulled),
    }
    placed = {*READ, "image", "healthcheck", *(("restart",) if one_shot else ())} - set(wrong)
    undecided = {key: value for key, value in said.items() if key not in placed}
    comments = [*left(undecided, SERVICE, COMMENT, wrong), *_unplaced_mounts(keys)]
    shown = [f"            {field}={value},\n" for field, value in lines.items() if value]
    return "".join(["        Service(\n", *shown, *comments, "        ),\n"])


def _memory(said: Mapping[str, Any]) -> dict[str, Any]:
    """What stands below `deploy` means the same as `mem_limit`."""
    limits = ((said.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return {"mem_limit": limits["memory"]} if "memory" in limits else {}


def _aliases(said: Mapping[str, Any]) -> Iterator[str]:
    networks = said.get("networks") or {}
    for each in networks.values() if isinstance(networks, Mapping) else ():
        yield from (each or {}).get("aliases", [])


def _is_more_than_aliases(said: Mapping[str, Any]) -> bool:
    networks = said.get("networks") or {}
    return isinstance(networks, Mapping) and any(set(each or {}) - {"aliases"} for each in networks.values())


def left(
    keys: Mapping[str, Any], table: Mapping[str, Key], start: str, wrong: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A comment for each key that was not placed: what it said, and where that belongs or what is `wrong`."""
    for key, value in keys.items():
        row, why = table.get(key), (wrong or {}).get(key)
        if not why and _is_settled(key, value):
            continue
        if why or (row and row.says != "template"):
            yield f"{start}{key}: {' '.join(str(value).split())}: {why or (row and row.how)}\n"
        elif not row and not key.startswith("x-"):
            yield f"{start}{key}: {' '.join(str(value).split())}: no key that is known here\n"


def _is_settled(key: str, value: Any) -> bool:
    return (
        key in SETTLED
        or (key == "restart" and value != "no")
        or (key == "read_only" and value is True)
        or (key == "security_opt" and set(value) <= {"no-new-privileges:true", "no-new-privileges"})
    )


def mounts(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each mount as a template has it, volumes by a name that a record takes; and why it cannot be there."""
    for mount in settled(keys.get("volumes") or []):
        try:
            text = re.sub(r"^[A-Za-z0-9][\w.-]*(?=:)", lambda found: plain(found[0]), short(mount))
        except ValueError as error:
            yield str(mount), str(error)
            continue
        yield text, wrong_mount(text, [text.partition(":")[0]] if re.match(r"[a-z0-9]", text) else [])


def plain(name: str) -> str:
    """A name as records have it."""
    return re.sub(r"[._]", "-", name.lower())


def _unplaced_mounts(keys: Mapping[str, Any]) -> Iterator[str]:
    for mount, wrong in mounts(keys):
        if wrong:
            yield f"{COMMENT}volumes: {mount}: {wrong}\n"
