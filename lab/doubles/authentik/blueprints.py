"""authentik's blueprints: YAML with tags, applied file by file to the stored objects."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .defaults import BLUEPRINTS
from .models import MODELS, refused
from .store import Object, Objects

META = "authentik_blueprints.metaapplyblueprint"


class EntryInvalidError(ValueError):
    """An entry that cannot be applied: what and where; `values` alone holds what it says."""

    def __init__(self, text: str, entry: Mapping[str, Any] | None = None, detail: Any = None) -> None:
        super().__init__(text)
        known = entry or {}
        self.entry_model, self.entry_id = known.get("model"), known.get("id")
        self.validation_error = Detail(detail) if detail else None
        self.values: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Detail:
    """What a serializer refused: field -> why."""

    detail: Any


@dataclass(frozen=True)
class Tag:
    name: str
    value: Any


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which `!Name value` becomes a Tag; by libyaml, where PyYAML was built with it."""


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
            raise EntryInvalidError(f"!{tag.name}: the double does not know this tag")
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
            raise EntryInvalidError(
                f"KeyOf: failed to find entry with `id` of `{entry_id}` and a model instance"
            )
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


def apply(
    text: str,
    objects: Objects,
    env: Mapping[str, str],
    known: Mapping[str, Objects] = BLUEPRINTS,
) -> Objects:
    """The objects after one blueprint; all of it or, with an error, nothing.

    `known`: the blueprints that it may ask for first, of those that authentik brings along.
    """
    document = yaml.load(text, Loader)  # noqa: S506 (it is a SafeLoader)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise EntryInvalidError("Invalid or unsupported blueprint version")
    scope = Scope(env=env, objects=dict(objects), context=document.get("context") or {})
    for entry in document.get("entries") or []:
        if entry.get("model") == META:
            _apply_other(scope.resolve(entry.get("attrs", {})), scope, known)
        else:
            _apply_entry(entry, scope)
    return scope.objects


def _apply_other(attrs: Mapping[str, Any], scope: Scope, known: Mapping[str, Objects]) -> None:
    """Another blueprint first. One that is not known yet is passed over if it is not required."""
    name = attrs["identifiers"].get("name")
    if name not in known and attrs.get("required", True):
        raise EntryInvalidError("Required blueprint does not exist", {"model": META})
    scope.objects = {**known.get(name, {}), **scope.objects}


def _apply_entry(entry: dict[str, Any], scope: Scope) -> None:
    model, state = str(entry.get("model")), scope.resolve(entry.get("state", "present"))
    if model not in MODELS:
        raise EntryInvalidError(f"Model {model} not allowed", entry)
    if not all(scope.resolve(entry.get("conditions", []))):
        return
    identifiers = scope.resolve(entry.get("identifiers", {}))
    if not identifiers:
        raise EntryInvalidError("No or invalid identifiers", entry)
    key = find(scope.objects, model, identifiers) or _new_key(model, identifiers)
    if state == "absent":
        _delete(scope.objects, key)
        return
    if "id" in entry:
        scope.ids[entry["id"]] = key
    before = scope.objects.get(key)
    if state != "created" or not before:
        scope.objects[key] = _made(
            entry, {**identifiers, **scope.resolve(entry.get("attrs", {}))}, key, scope
        )


def _delete(objects: Objects, key: str) -> None:
    """An object, and what is bound to it."""
    for bound in [each for each, found in objects.items() if found.get("target") == key]:
        del objects[bound]
    objects.pop(key, None)


def _made(entry: Mapping[str, Any], given: dict[str, Any], key: str, scope: Scope) -> Object:
    """The object with what an entry says of it; EntryInvalidError if its serializer refuses that."""
    before = scope.objects.get(key)
    if wrong := refused(entry["model"], given, before, scope.objects):
        error = EntryInvalidError(f"Serializer errors {wrong}", entry, wrong)
        error.values = given
        raise error
    return {**(before or {}), "model": entry["model"], **given}


def _new_key(model: str, identifiers: Mapping[str, Any]) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, model + json.dumps(identifiers, sort_keys=True)))
