"""authentik's blueprints: YAML with tags, applied file by file to the stored objects."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .store import Objects

# what the real one refuses, or what makes every login fail there, when it comes out null or is not given
NOT_NULL: Mapping[str, tuple[str, ...]] = {
    "authentik_core.group": ("name",),
    "authentik_core.application": ("name", "slug"),
    "authentik_policies.policybinding": ("target", "order"),
    "authentik_providers_oauth2.oauth2provider": (
        "name",
        "client_id",
        "client_secret",
        "redirect_uris",
        "authorization_flow",
        "invalidation_flow",
    ),
    "authentik_providers_proxy.proxyprovider": (
        "name",
        "external_host",
        "authorization_flow",
        "invalidation_flow",
    ),
    "authentik_providers_saml.samlprovider": (
        "name",
        "acs_url",
        "signing_kp",
        "name_id_mapping",
        "authorization_flow",
        "invalidation_flow",
    ),
    "authentik_outposts.outpost": ("managed", "providers"),
}
META = "authentik_blueprints.metaapplyblueprint"


class BlueprintError(ValueError):
    """A blueprint that cannot be applied: what and where, never a value."""


@dataclass(frozen=True)
class Tag:
    name: str
    value: Any


class Loader(yaml.SafeLoader):
    """YAML in which `!Name value` becomes a Tag."""


def _tag(loader: Loader, name: str, node: yaml.Node) -> Tag:
    if isinstance(node, yaml.SequenceNode):
        return Tag(name, loader.construct_sequence(node, deep=True))
    return Tag(name, loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None)


Loader.add_multi_constructor("!", _tag)


@dataclass(kw_only=True)
class Scope:
    """What the tags of one file can refer to."""

    env: Mapping[str, str]
    objects: Objects
    context: Mapping[str, Any]
    ids: dict[str, str] = field(default_factory=dict)  # an entry's `id` -> primary key

    def resolve(self, value: Any) -> Any:
        if isinstance(value, Tag):
            return self._tag(value)
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        return value

    def _tag(self, tag: Tag) -> Any:
        if tag.name not in TAGS:
            raise BlueprintError(f"!{tag.name}: the double does not know this tag")
        args = self.resolve(tag.value)
        return TAGS[tag.name](self, *(args if isinstance(args, list) else [args]))

    def file(self, path: str, default: Any = None) -> Any:
        try:
            return Path(path).read_text().strip()
        except OSError:
            return default

    def variable(self, name: str, default: Any = None) -> Any:
        return self.env.get(name) or default

    def key_of(self, entry_id: str) -> str:
        if entry_id not in self.ids:
            raise BlueprintError(f"!KeyOf {entry_id}: no entry above has this id")
        return self.ids[entry_id]

    def find(self, model: str, *conditions: list[Any]) -> str | None:
        return find(self.objects, model, dict(conditions))

    def format(self, text: str, *values: Any) -> str:
        return text % values

    def from_context(self, key: str, default: Any = None) -> Any:
        return self.resolve(self.context.get(key, default))

    def choose(self, condition: Any, yes: Any = True, no: Any = False) -> Any:
        return yes if condition else no


TAGS: Mapping[str, Callable[..., Any]] = {
    "File": Scope.file,
    "Env": Scope.variable,
    "KeyOf": Scope.key_of,
    "Find": Scope.find,
    "Format": Scope.format,
    "Context": Scope.from_context,
    "If": Scope.choose,
}


def find(objects: Objects, model: str, fields: Mapping[str, Any]) -> str | None:
    """The primary key of the first object with these fields; null when there is none, as in authentik."""
    for key, found in objects.items():
        if found["model"] == model and all(found.get(name) == value for name, value in fields.items()):
            return key
    return None


def apply(text: str, objects: Objects, env: Mapping[str, str]) -> Objects:
    """The objects after one blueprint; all of it or, with an error, nothing."""
    document = yaml.load(text, Loader)  # noqa: S506 (it is a SafeLoader)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise BlueprintError("not a blueprint of version 1")
    scope = Scope(env=env, objects=dict(objects), context=document.get("context") or {})
    for entry in document.get("entries") or []:
        if entry["model"] != META:
            _apply_entry(entry, scope)
    return scope.objects


def _apply_entry(entry: dict[str, Any], scope: Scope) -> None:
    model, state = entry["model"], scope.resolve(entry.get("state", "present"))
    if not all(scope.resolve(entry.get("conditions", []))):
        return
    identifiers = scope.resolve(entry.get("identifiers", {}))
    key = find(scope.objects, model, identifiers) or _new_key(model, identifiers)
    if state == "absent":
        scope.objects.pop(key, None)
        return
    if "id" in entry:
        scope.ids[entry["id"]] = key
    if state == "created" and key in scope.objects:
        return
    made = {
        **scope.objects.get(key, {}),
        "model": model,
        **identifiers,
        **scope.resolve(entry.get("attrs", {})),
    }
    for name in NOT_NULL.get(model, ()):
        if made.get(name) is None:
            raise BlueprintError(f"{model} {entry.get('id', '')}: {name} is null{_from(entry, name)}")
    scope.objects[key] = made


def _from(entry: Mapping[str, Any], name: str) -> str:
    """The variable that a field is taken from, in words."""
    given = entry.get("attrs", {}).get(name)
    return f", as is the variable {given.value}" if isinstance(given, Tag) and given.name == "Env" else ""


def _new_key(model: str, identifiers: Mapping[str, Any]) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, model + json.dumps(identifiers, sort_keys=True)))
