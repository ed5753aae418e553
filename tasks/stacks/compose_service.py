"""A service of somebody's Compose file as the lines of a record; what nobody decided stands in comments."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.stacks.compose_keys import SERVICE, Key
from tasks.stacks.compose_template import short

REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::?([-?+])([^}]*))?\}")
COPIED = ("stop_signal", "hostname", "init", "pids_limit", "shm_size")
"""Keys whose field has the same name and the same value."""
SETTLED = ("container_name", "expose", "version", "volumes", "name")
"""Keys of which nothing is left to be decided: it is so anyway, or stands elsewhere."""


def service(name: str, keys: Mapping[str, Any]) -> str:
    """The lines of a service in the record: its fields, and below them as comments what nobody decided."""
    repository, tag = _image(str(keys.get("image", "TODO")))
    user = str(keys.get("user", ""))
    known = re.fullmatch(r"[1-9]\d*:\d+", user)
    ulimits = {each: _limits(value) for each, value in dict(keys.get("ulimits") or {}).items()}
    fields = {
        "name": _quoted(name),
        "image": f"Image(repository={_quoted(repository)}, tag={_quoted(tag)})",
        "health": f"Health(command=({_words(keys.get('healthcheck'))}), start_seconds=60)",
        "memory_mb": "256",
        "user": _quoted(user if known else "TODO"),
        "ulimits": "".join(
            f"Ulimit(name={_quoted(each)}, soft={s}, hard={h}), " for each, (s, h) in ulimits.items()
        ),
        **{key: _quoted(keys[key]) for key in COPIED if key in keys},
    }
    fields["ulimits"] = f"({fields['ulimits'].strip()})" if ulimits else ""
    placed = {"image", "healthcheck", "ulimits", *COPIED, *(["user"] if known else [])}
    lines = [f"            {field}={value},\n" for field, value in fields.items() if value]
    others = [
        f"            # volumes: {each}: {_advice(each)}\n"
        for each in mounts(name, keys)
        if not of_volume(each)
    ]
    undecided = left(
        {key: value for key, value in keys.items() if key not in placed}, SERVICE, "            # "
    )
    return "".join(["        Service(\n", *lines, *undecided, *others, "        ),\n"])


def _image(reference: str) -> tuple[str, str]:
    """In full, as a record has it; without a version there is none to be had."""
    bare = REFERENCE.sub(lambda match: match[3] if match[2] == "-" else "TODO", reference).partition("@")[0]
    path, _, tag = bare.rpartition(":") if ":" in bare.rpartition("/")[2] else (bare, "", "TODO")
    first = path.partition("/")[0]
    if "." not in first and ":" not in first:
        path = f"docker.io/{path if '/' in path else f'library/{path}'}"
    return path, tag if re.search(r"\d", tag) else "TODO"


def _health(check: Any) -> tuple[str, ...]:
    test = check.get("test") if isinstance(check, dict) else None
    if isinstance(test, str):
        return ("sh", "-c", test.replace("$$", "$"))
    if isinstance(test, list) and len(test) > 1:
        words = tuple(str(word).replace("$$", "$") for word in test[1:])
        return words if test[0] == "CMD" else ("sh", "-c", *words)
    return ("TODO",)


def _words(check: Any) -> str:
    return "".join(f"{_quoted(word)}, " for word in _health(check)).strip()


def _quoted(value: Any) -> str:
    """As Python writes it: a text in double quotes, a number or truth as it is."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _limits(value: Any) -> tuple[int, int]:
    return (value["soft"], value["hard"]) if isinstance(value, dict) else (value, value)


def _advice(mount: str) -> str:
    if mount.startswith(("./", "../", "~")):
        return "put the file beside the template and mount it from ./current/, or declare a Volume for data"
    return (
        "of the host: `Service.host_mounts`, with a reason"
        if mount.startswith("/")
        else "see docs/from-compose.md"
    )


def left(keys: Mapping[str, Any], table: Mapping[str, Key], indent: str) -> Iterator[str]:
    """A comment for each key that was not placed: what it said, and where that belongs."""
    for key, value in keys.items():
        row = table.get(key)
        if key in SETTLED or (key == "restart" and value != "no"):
            continue
        if row and row.says != "template":
            yield f"{indent}{key}: {' '.join(str(value).split())}: {row.how}\n"
        elif not row and not key.startswith("x-"):
            yield f"{indent}{key}: {' '.join(str(value).split())}: no key that is known here\n"


def mounts(name: str, keys: Mapping[str, Any]) -> Iterator[str]:
    for mount in keys.get("volumes", []):
        try:
            yield short(mount)
        except ValueError:
            yield str(mount)


def of_volume(mount: str) -> bool:
    return bool(re.match(r"[a-z][a-z0-9-]*:/", mount))
