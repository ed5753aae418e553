"""What a service of somebody's Compose file says, as the text of fields of a record."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from catalogue.model import DUMPS, Health, Image, Service, Ulimit, WrongValueError
from tasks.stacks.compose_values import OPEN

DURATION = r"(\d+(h|m|s|$))+"
SECONDS = {"h": 3600, "m": 60, "s": 1, "": 1}
MEGABYTES = {"g": 1024, "m": 1}
THIS = Service(
    name="this",
    image=Image(repository="docker.io/library/this", tag="1"),
    health=Health(command=("true",), start_seconds=60),
    memory_mb=256,
    user="1000:1000",
)
"""A service without further rights: what it refuses is not for a draft to say."""


def fields(said: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The text of each field that gives no rights; and by its key why another cannot be taken over."""
    texts: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for key, (field, read) in READ.items():
        if key not in said:
            continue
        try:
            value = read(said[key])
            replace(THIS, **{field: value})
        except WrongValueError as error:
            wrong[key] = error.problem
        except ValueError as error:
            wrong[key] = str(error).removeprefix("service 'this' ")
        else:
            texts |= {field: python(value)} if value else {}
    return texts, wrong


def image(reference: str) -> str:
    """In full, as a record has it; without a version there is none to be had."""
    bare = OPEN.sub("TODO", reference).partition("@")[0]
    path, _, tag = bare.rpartition(":") if ":" in bare.rpartition("/")[2] else (bare, "", "TODO")
    first = path.partition("/")[0]
    path = path if "." in first or ":" in first else f"docker.io/{path}"
    # Docker takes the short name as well, a registry does not.
    path = path if path.count("/") > 1 else path.replace("docker.io/", "docker.io/library/")
    version = tag if re.search(r"\d", tag) else "TODO"
    return f"Image(repository={python(path)}, tag={python(version)})"


def sidecar(image: str) -> dict[str, str]:
    """A database is named by its image; a snapshot of its volume alone would not save it."""
    engine = next((each for each in DUMPS if f'/{each}"' in image), "")
    return {"sidecar": f"Sidecar(engine={python(engine)})"} if engine else {}


def health(check: Any) -> str:
    """Of a check that asks for nothing that the container does not know."""
    said = check if isinstance(check, dict) else {}
    words = "".join(f"{python(word)}, " for word in _test(said.get("test"))).strip()
    start = str(said.get("start_period"))
    seconds = _seconds(start) if re.fullmatch(DURATION, start) else 60
    return f"Health(command=({words}), start_seconds={seconds})"


def _test(test: Any) -> tuple[str, ...]:
    if OPEN.search(str(test)) or not isinstance(test, str | list) or len(test) < 2:
        return ("TODO",)
    if isinstance(test, str):
        return ("sh", "-c", test.replace("$$", "$"))
    words = tuple(str(word).replace("$$", "$") for word in test[1:])
    return words if test[0] == "CMD" else ("sh", "-c", *words)


def python(value: Any) -> str:
    """As Python writes it: a text in double quotes, a number or truth as it is."""
    if isinstance(value, Ulimit):
        return f"Ulimit(name={python(value.name)}, soft={value.soft}, hard={value.hard})"
    if isinstance(value, tuple):
        return f"({', '.join(map(python, value))},)"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _listed(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(f"{key}={each}" for key, each in value.items())
    return (value,) if isinstance(value, str) else tuple(map(str, value or ()))


def _ulimits(said: Any) -> tuple[Ulimit, ...]:
    limits = ((each, *_limits(value)) for each, value in dict(said or {}).items())
    return tuple(Ulimit(name=each, soft=_number(soft), hard=_number(hard)) for each, soft, hard in limits)


def _limits(value: Any) -> tuple[Any, Any]:
    return (value["soft"], value["hard"]) if isinstance(value, dict) else (value, value)


def _number(value: object) -> int:
    return int(_matched(r"-?\d+", value)[0])


def _matched(pattern: str, value: object) -> re.Match[str]:
    found = re.fullmatch(pattern, str(value).lower())
    if not found:
        raise ValueError("it is not known how much that is; write it in numbers")
    return found


def _seconds(duration: object) -> int:
    """Of `1m30s`."""
    parts = re.findall(r"(\d+)(h|m|s|$)", _matched(DURATION, duration)[0])
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


def _size(text: object) -> str:
    """`256m` of what Compose takes for a size."""
    found = _matched(r"([1-9]\d*)([kmg])b?", text)
    return f"{found[1]}{found[2]}"


def _megabytes(text: object) -> int:
    found = _matched(r"([1-9]\d*)([mg])b?", text)
    return int(found[1]) * MEGABYTES[found[2]]


READ: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "mem_limit": ("memory_mb", _megabytes),
    "user": ("user", str),
    # To Docker's resolver capitals and small letters are the same.
    "networks": ("aliases", lambda value: tuple(dict.fromkeys(str(each).lower() for each in value))),
    "stop_grace_period": ("stop_seconds", _seconds),
    "ulimits": ("ulimits", _ulimits),
    "tmpfs": ("tmpfs", _listed),
    "sysctls": ("sysctls", _listed),
    "shm_size": ("shm_size", _size),
    "init": ("init", lambda value: str(value).lower() == "true"),
    "pids_limit": ("pids_limit", _number),
    "stop_signal": ("stop_signal", str),
    "hostname": ("hostname", str),
}
"""The field of each key that gives no rights, in the order of their lines, and how its value is read."""
