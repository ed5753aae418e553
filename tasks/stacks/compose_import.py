"""A first record and template from a program's own Compose file; what a person must decide is a comment.

Rights are never guessed: whatever a container would get beyond the others stays a comment, with the field
that it belongs to. What is not known is TODO, which no record takes for an owner or a version.
"""

import re
import textwrap
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from catalogue.model import require
from tasks.stacks.compose_keys import SERVICE, TOP
from tasks.stacks.compose_service import left, mounts, plain, service
from tasks.stacks.compose_values import OPEN, secret_name, secretive, settled, variable, with_files
from tasks.yaml_text import YamlError, dumped, line_of, loaded

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
FILE = re.compile(r"/run/secrets/(\w+)")
USED = ("App", "Health", "Image", "Rule", "Secret", "Service", "Sidecar", "Ulimit", "Upgrade", "Volume")
UNSET = "Without a value in its file, for whoever starts it to give; write NAME: VALUE for those that you set"
RECORD = """\
# What is TODO is for you to decide, and so is what stands in comments: docs/from-compose.md has the reasons.
from catalogue.model import {imports}

APP = App(
    name="{name}",
    purpose="TODO",
    group="tools",
    # How it may get from version to version, and whether there is a way back.
    upgrade=Upgrade(step="any", one_way=True),
    services=(
{services}    ),
    # What people open in a browser: Route(host=…, domain="public", service=…, port=…)
    routes=(),
    secrets=(
{secrets}    ),
    volumes=(
{volumes}    ),
)
"""


def import_compose(root: Path, name: str, text: str, file: str = "compose.yaml") -> tuple[Path, Path]:
    """The record and the template below the project's root; ValueError if there is something already."""
    require(NAME.fullmatch(name), f"app name '{name}' must be lower case, digits and dashes")
    module, template = (
        root / f"catalogue/apps/{name.replace('-', '_')}.py",
        root / f"templates/{name}/compose.yaml.j2",
    )
    for made in (module, template):
        require(not made.exists(), f"{made.relative_to(root)} is there already; give the app another --name")
    record, composed = imported(name, text, file)
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(composed)
    module.write_text(record)
    return module, template


def imported(name: str, text: str, file: str = "compose.yaml") -> tuple[str, str]:
    """The text of a module and of a template; ValueError names the line that is not Compose's."""
    try:
        parsed = loaded(text)
    except YamlError as error:
        raise ValueError(f"{file} line {error.line} is not YAML: {error.problem}") from error
    services = parsed.get("services") if isinstance(parsed, dict) else None
    if not isinstance(services, dict) or not services:
        raise ValueError(f"{file} has no services; name a Compose file")
    for each, keys in services.items():
        where = f"{file} line {line_of(text, ('services', each))}: service '{each}'"
        require(isinstance(keys, dict), f"{where} says nothing; correct it first")
        try:
            _parts({each: keys})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{where} is not as Compose has it ({error}); correct it first") from error
    return _record(name, services), _template(parsed, services)


def _template(parsed: Mapping[str, Any], services: Mapping[str, Any]) -> str:
    template = _composed(services)
    if any(sign in template for sign in ("{{", "{%", "{#")):
        template = f"{{% raw %}}\n{template}{{% endraw %}}\n"
    return "".join([*left(parsed, TOP, "# "), *_unset(services)]) + template


def _unset(services: Mapping[str, Any]) -> Iterable[str]:
    """A comment for the variables that the file only passes on."""
    pairs = (pair for keys in services.values() for pair in _environment(keys).items())
    names = dict.fromkeys(name for name, value in pairs if value is None and not secretive(name))
    lines = textwrap.wrap(f"{UNSET}: {', '.join(names)}", 100, break_on_hyphens=False) if names else ()
    return (f"# {line}\n" for line in lines)


def _composed(services: Mapping[str, Any]) -> str:
    one_shots = _one_shots(services)
    told = {plain(each): _told(keys, one_shots) for each, keys in services.items()}
    return dumped({"services": told}, sort_keys=False, width=110)


def _one_shots(services: Mapping[str, Any]) -> set[str]:
    """Services that others wait for until they have ended well."""
    needs = (keys.get("depends_on") for keys in services.values())
    waits = ((name, how) for each in needs if isinstance(each, dict) for name, how in each.items())
    return {name for name, how in waits if (how or {}).get("condition") == "service_completed_successfully"}


def _record(name: str, services: Mapping[str, Any]) -> str:
    parts = _parts(services)
    text = RECORD + "".join(parts.values())
    return RECORD.format(name=name, imports=", ".join(each for each in USED if f"{each}(" in text), **parts)


def _parts(services: Mapping[str, Any]) -> dict[str, str]:
    template, one_shots = _composed(services), _one_shots(services)
    files = dict.fromkeys(
        FILE.findall(template) + [each for keys in services.values() for each in _files(keys)]
    )
    secrets = dict.fromkeys(files, ", file=True") | dict.fromkeys(
        (found[2:-1] for found in OPEN.findall(template)), ""
    )
    return {
        "services": "".join(
            service(plain(each), keys, one_shot=each in one_shots, called=_names(each, services))
            for each, keys in services.items()
        ),
        "secrets": "".join(
            f'        Secret(name="{each}", rule=Rule(kind="given", size=8){file}),\n'
            for each, file in secrets.items()
        ),
        "volumes": "".join(
            f'        Volume(name="{each}", owner="TODO", backup=True),\n' for each in _volumes(services)
        ),
    }


def _told(keys: Mapping[str, Any], one_shots: Collection[str]) -> dict[str, Any] | None:
    """What of a service stays in the template."""
    told = {key: value for key, value in keys.items() if key in SERVICE and SERVICE[key].says == "template"}
    told = {key: _with_files(settled(value)) for key, value in told.items()}
    told["environment"] = {
        name: variable(name, value)
        for name, value in _environment(keys).items()
        if value is not None or secretive(name)
    }
    told["depends_on"] = _needs(keys.get("depends_on") or [], one_shots)
    told["secrets"] = _files(keys)
    told["volumes"] = [mount for mount, wrong in mounts(keys) if not wrong]
    return {key: value for key, value in told.items() if value} or None


def _environment(keys: Mapping[str, Any]) -> dict[str, Any]:
    """None for what is taken from whoever starts it."""
    said = keys.get("environment") or {}
    if isinstance(said, list):
        pairs = (str(each).partition("=") for each in said)
        return {name: value if sign else None for name, sign, value in pairs}
    return dict(said)


def _needs(needs: Any, one_shots: Collection[str]) -> Any:
    """One-shots have ended before anything else is started, whoever waits for them."""
    left_over = {plain(name): None if isinstance(needs, list) else settled(needs[name]) for name in needs}
    left_over = {name: how for name, how in left_over.items() if name not in {*map(plain, one_shots)}}
    return list(left_over) if isinstance(needs, list) else left_over


def _files(keys: Mapping[str, Any]) -> list[str]:
    """The names of secrets that are files, as a record has them."""
    named = (each["source"] if isinstance(each, dict) else each for each in keys.get("secrets") or [])
    return [secret_name(each) for each in named]


def _with_files(value: Any) -> Any:
    """Of a command or a list of mounts, in which a file of a secret may be named."""
    if isinstance(value, list):
        return [_with_files(each) for each in value]
    return with_files(value) if isinstance(value, str) else value


def _names(called: str, services: Mapping[str, Any]) -> list[str]:
    """What else a service is called: as its file has it, and its container's name where others use that."""
    others = str([keys for name, keys in services.items() if name != called])
    container = str(services[called].get("container_name", called))
    used = re.search(rf"(?<![\w.-]){re.escape(container)}(?![\w-])", others)
    names = dict.fromkeys([called, *([container] if used else [])])
    return [each for each in names if each.lower() != plain(called)]


def _volumes(services: Mapping[str, Any]) -> Iterable[str]:
    found = (each for keys in services.values() for each in mounts(keys))
    return dict.fromkeys(mount.partition(":")[0] for mount, wrong in found if not wrong)
