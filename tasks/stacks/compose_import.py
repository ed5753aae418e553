"""A first record and template from a program's own Compose file; what a person must decide is a comment.

Rights are never guessed: whatever a container would get beyond the others stays a comment, with the field
that it belongs to. What is not known is TODO, which no record takes for an owner or a version.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from catalogue.model import require
from tasks.stacks.compose_keys import SERVICE, TOP
from tasks.stacks.compose_service import REFERENCE, left, mounts, of_volume, service
from tasks.yaml_text import dumped, loaded

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")

SECRETIVE = re.compile(r"[A-Z0-9_]*(PASSWORD|PASSWD|SECRET|TOKEN|_KEY)[A-Z0-9_]*(?<!_FILE)")
"""Variables whose value is a secret, even where the file has an example of one."""
USED = ("App", "Health", "Image", "Rule", "Secret", "Service", "Ulimit", "Upgrade", "Volume")
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


def import_compose(root: Path, name: str, text: str) -> tuple[Path, Path]:
    """The record and the template below the project's root; ValueError if there is something already."""
    require(NAME.fullmatch(name), f"app name '{name}' must be lower case, digits and dashes")
    module, template = (
        root / f"catalogue/apps/{name.replace('-', '_')}.py",
        root / f"templates/{name}/compose.yaml.j2",
    )
    for file in (module, template):
        require(not file.exists(), f"{file.relative_to(root)} is there already; give the app another --name")
    record, composed = imported(name, text)
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_text(composed)
    module.write_text(record)
    return module, template


def imported(name: str, text: str) -> tuple[str, str]:
    """The text of a module and of a template; ValueError if it is no Compose file."""
    try:
        parsed = loaded(text)
    except ValueError as error:
        raise ValueError(f"the Compose file is not YAML: {error}") from error
    services = parsed.get("services") if isinstance(parsed, dict) else None
    if not isinstance(services, dict) or not all(isinstance(each, dict) for each in services.values()):
        raise ValueError("the Compose file has no services")
    try:
        return _record(name, services), _template(parsed, services)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"the Compose file is not as Compose has it ({error}); correct it first") from error


def _template(parsed: Mapping[str, Any], services: Mapping[str, Any]) -> str:
    template = _composed(services)
    if any(sign in template for sign in ("{{", "{%", "{#")):
        template = f"{{% raw %}}\n{template}{{% endraw %}}\n"
    return "".join(left(parsed, TOP, "# ")) + template


def _composed(services: Mapping[str, Any]) -> str:
    told = {each: _told(each, keys) for each, keys in services.items()}
    return dumped({"services": told}, sort_keys=False, width=110)


def _record(name: str, services: Mapping[str, Any]) -> str:
    parts = _parts(services)
    text = RECORD + "".join(parts.values())
    return RECORD.format(name=name, imports=", ".join(each for each in USED if f"{each}(" in text), **parts)


def _parts(services: Mapping[str, Any]) -> dict[str, str]:
    return {
        "services": "".join(service(each, keys) for each, keys in services.items()),
        "secrets": "".join(
            f'        Secret(name="{each}", rule=Rule(kind="given", size=8)),\n'
            for each in _secrets(_composed(services))
        ),
        "volumes": "".join(
            f'        Volume(name="{each}", owner="TODO", backup=True),\n' for each in _volumes(services)
        ),
    }


def _told(name: str, keys: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of a service stays in the template."""
    told = {key: value for key, value in keys.items() if key in SERVICE and SERVICE[key].says == "template"}
    if isinstance(told.get("environment"), list):
        pairs = (str(each).partition("=") for each in told["environment"])
        told["environment"] = {variable: value for variable, _, value in pairs}
    if "environment" in told:
        told["environment"] = {each: _value(each, value) for each, value in told["environment"].items()}
    told["volumes"] = [mount for mount in mounts(name, keys) if of_volume(mount)]
    return {key: value for key, value in told.items() if value} or None


def _value(name: str, value: Any) -> str:
    """With its defaults: what has one is a setting. A password that stands there is an example."""
    if value and SECRETIVE.fullmatch(name) and "${" not in str(value):
        return f"${{{name}}}"
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return REFERENCE.sub(lambda match: match[3] if match[2] == "-" else f"${{{match[1]}}}", text)


def _volumes(services: Mapping[str, Any]) -> Iterable[str]:
    found = (mount for name, keys in services.items() for mount in mounts(name, keys))
    return dict.fromkeys(mount.partition(":")[0] for mount in found if of_volume(mount))


def _secrets(template: str) -> Iterable[str]:
    return dict.fromkeys(match[1] for match in REFERENCE.finditer(template))
