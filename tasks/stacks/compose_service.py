"""A service of somebody's Compose file as the lines of a record; what nobody decided stands in comments."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tasks.stacks.compose_keys import SERVICE, Key
from tasks.stacks.compose_template import short, wrong_mount

REFERENCE = re.compile(r"(?<!\$)\$(?:\{([A-Za-z_]\w*)(?::?([-?+])([^}]*))?\}|([A-Za-z_]\w*))", re.ASCII)
"""A variable, with what is said of it where it is not set."""
TEXTS = ("stop_signal", "hostname")
SETTLED = ("container_name", "expose", "volumes", "logging", "cap_drop", "version", "name")
"""Keys of which nothing is left to be decided: it is so anyway, or stands elsewhere."""
SECONDS = {"h": 3600, "m": 60, "s": 1, "": 1}
MEGABYTES = {"g": 1024, "m": 1}


def service(name: str, keys: Mapping[str, Any], *, one_shot: bool = False, called: str = "") -> str:
    """The lines of a service in the record: its fields, and below them as comments what nobody decided.

    `called` is what its own file calls it, where a record cannot.
    """
    placed = {key: text for key, text in _placed(keys).items() if text}
    fields = {
        "name": _quoted(name),
        "image": _image(str(keys.get("image", "TODO"))),
        "health": _health(keys.get("healthcheck")),
        "memory_mb": placed.pop("mem_limit", "256"),
        "user": placed.pop("user", _quoted("TODO")),
        **({"one_shot": "True"} if one_shot else {}),
        "aliases": _tuple([*([called] if called != name else []), *_aliases(keys)]),
        "stop_seconds": placed.pop("stop_grace_period", ""),
        **placed,
    }
    if one_shot:
        fields["health"] = ""
    known = {"image", "healthcheck", *(key for key, text in _placed(keys).items() if text)}
    known |= {"restart"} if one_shot else set()
    lines = [f"            {field}={value},\n" for field, value in fields.items() if value]
    undecided = {key: value for key, value in keys.items() if key not in known}
    comments = [*left(undecided, SERVICE, "            # "), *_unplaced_mounts(keys)]
    return "".join(["        Service(\n", *lines, *comments, "        ),\n"])


def _placed(keys: Mapping[str, Any]) -> dict[str, str]:
    """The text of each field that gives no rights, by the key that says it; empty where it cannot be read."""
    user, tmpfs, sysctls = str(keys.get("user", "")), keys.get("tmpfs") or [], keys.get("sysctls") or []
    if isinstance(sysctls, Mapping):
        sysctls = [f"{key}={value}" for key, value in sysctls.items()]
    limits = ((each, _limits(value)) for each, value in dict(keys.get("ulimits") or {}).items())
    ulimits = [f"Ulimit(name={_quoted(each)}, soft={soft}, hard={hard})" for each, (soft, hard) in limits]
    return {
        "mem_limit": _megabytes(keys.get("mem_limit", "")),
        "user": _quoted(user) if re.fullmatch(r"[1-9]\d*:\d+", user) else "",
        "stop_grace_period": _seconds(keys.get("stop_grace_period", "")),
        "ulimits": f"({', '.join(ulimits)},)" if ulimits else "",
        "tmpfs": _tuple([tmpfs] if isinstance(tmpfs, str) else tmpfs),
        "sysctls": _tuple(sysctls),
        "shm_size": _size(keys.get("shm_size", "")),
        "init": "True" if str(keys.get("init")).lower() == "true" else "",
        "pids_limit": str(keys["pids_limit"]) if re.fullmatch(r"\d+", str(keys.get("pids_limit"))) else "",
        **{key: _quoted(settled(keys[key])) for key in TEXTS if key in keys},
    }


def settled(value: Any) -> str:
    """A value with its variables' defaults: what has one is a setting, and what has none a secret."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return REFERENCE.sub(lambda match: match[3] if match[2] == "-" else f"${{{match[1] or match[4]}}}", text)


def _image(reference: str) -> str:
    """In full, as a record has it; without a version there is none to be had."""
    bare = REFERENCE.sub(lambda match: match[3] if match[2] == "-" else "TODO", reference).partition("@")[0]
    path, _, tag = bare.rpartition(":") if ":" in bare.rpartition("/")[2] else (bare, "", "TODO")
    first = path.partition("/")[0]
    if "." not in first and ":" not in first:
        path = f"docker.io/{path if '/' in path else f'library/{path}'}"
    version = tag if re.search(r"\d", tag) else "TODO"
    return f"Image(repository={_quoted(path)}, tag={_quoted(version)})"


def _health(check: Any) -> str:
    said = check if isinstance(check, dict) else {}
    words = "".join(f"{_quoted(word)}, " for word in _test(said.get("test"))).strip()
    return f"Health(command=({words}), start_seconds={_seconds(said.get('start_period', '')) or 60})"


def _test(test: Any) -> tuple[str, ...]:
    if isinstance(test, str):
        return ("sh", "-c", settled(test).replace("$$", "$"))
    if isinstance(test, list) and len(test) > 1:
        words = tuple(settled(word).replace("$$", "$") for word in test[1:])
        return words if test[0] == "CMD" else ("sh", "-c", *words)
    return ("TODO",)


def _quoted(value: Any) -> str:
    """As Python writes it: a text in double quotes, a number or truth as it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _tuple(values: Collection[Any]) -> str:
    return f"({', '.join(_quoted(settled(each)) for each in values)},)" if values else ""


def _limits(value: Any) -> tuple[int, int]:
    return (value["soft"], value["hard"]) if isinstance(value, dict) else (value, value)


def _seconds(duration: object) -> str:
    """Of `1m30s`; empty if it is none."""
    parts = re.findall(r"(\d+)(h|m|s|$)", str(duration))
    return str(sum(int(number) * SECONDS[unit] for number, unit in parts)) if parts else ""


def _size(text: object) -> str:
    """`256m` of what Compose takes for a size; empty if it is none."""
    found = re.fullmatch(r"([1-9]\d*)([kmg])b?", str(text).lower())
    return _quoted(f"{found[1]}{found[2]}") if found else ""


def _megabytes(text: object) -> str:
    found = re.fullmatch(r"([1-9]\d*)([mg])b?", str(text).lower())
    return str(int(found[1]) * MEGABYTES[found[2]]) if found else ""


def _aliases(keys: Mapping[str, Any]) -> list[str]:
    networks = keys.get("networks") or {}
    return [
        alias
        for each in (networks.values() if isinstance(networks, Mapping) else ())
        for alias in (each or {}).get("aliases", [])
    ]


def left(keys: Mapping[str, Any], table: Mapping[str, Key], indent: str) -> Iterator[str]:
    """A comment for each key that was not placed: what it said, and where that belongs."""
    for key, value in keys.items():
        row = table.get(key)
        if key in SETTLED or (key == "restart" and value != "no") or (key == "read_only" and value is True):
            continue
        if row and row.says != "template":
            yield f"{indent}{key}: {' '.join(str(value).split())}: {row.how}\n"
        elif not row and not key.startswith("x-"):
            yield f"{indent}{key}: {' '.join(str(value).split())}: no key that is known here\n"


def mounts(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each mount as a template has it, volumes by a name that a record takes; and why it cannot be there."""
    for mount in keys.get("volumes") or []:
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
            yield f"            # volumes: {mount}: {wrong}\n"
