"""YAML as its readers on the hosts take it: text stays text, whatever it looks like.

PyYAML follows version 1.1, where `on` is true and 10:30 a number; the programs on the hosts follow 1.2, where
1e3 is one. What is read here keeps the words of both as text; what is written here quotes the words of both.
"""

import re
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Any, Final

import yaml

WHOLE: Final = r"(0|[1-9][0-9]*)"
NUMBER: Final = re.compile(r"[-+]?(0o[0-7]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)$")
"""What version 1.2 reads as a number."""
PLAIN: Final = re.compile(r"[\w./@-]([\w./@:+-]*[\w./@-])?")
"""What needs no quotes in brackets either: PyYAML gives some to every colon there."""
FAST: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FAST_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""Both by libyaml, where PyYAML was built with it: eight times as fast."""
PREFIX: Final = "tag:yaml.org,2002:"
TYPES: Final = {
    "null": (re.compile(r"(~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "int": (re.compile(rf"[-+]?{WHOLE}$"), list("-+0123456789")),
    "float": (re.compile(rf"[-+]?(\.[0-9]+|{WHOLE}\.[0-9]*)$"), list("-+.0123456789")),
    "merge": (re.compile(r"<<$"), ["<"]),
}


class Loader(FAST):  # type: ignore[misc,valid-type]
    """Knows no dates, and of numbers the plain ones; a key that comes twice is an error."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to say it

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1 and key != "<<":
                raise yaml.constructor.ConstructorError(
                    "while reading a mapping", node.start_mark, f"found {key!r} twice", node.start_mark
                )
        return dict(super().construct_mapping(node, deep))


class Dumper(FAST_DUMPER):  # type: ignore[misc,valid-type]
    """Quotes every text that a reader of version 1.1 or 1.2 would take for something else."""


for _name, (_pattern, _first) in TYPES.items():
    Loader.add_implicit_resolver(PREFIX + _name, _pattern, _first)
Dumper.add_implicit_resolver(f"{PREFIX}float", NUMBER, list("-+.0123456789"))


class YamlError(ValueError):
    """A text is no YAML: what is wrong, in one line with the place; `problem` is the same without it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(" ".join(str(error).split()))
        mark = getattr(error, "problem_mark", None)
        self.line = mark.line + 1 if mark else 1
        parts = (getattr(error, name, None) for name in ("context", "problem"))
        self.problem = " ".join(", ".join(map(str, filter(None, parts))).split()) if mark else str(self)


def loaded(text: str | bytes) -> Any:
    """The only document of a text; YamlError if it cannot be read."""
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlError(error) from error


def line_of(text: str, path: Iterable[object]) -> int:
    """The line, counted from 1, of the last step of a path of keys and numbers that a text has."""
    node, line = yaml.compose(text, Loader), 1
    for step in path:
        node, mark = _below(node, step)
        line = mark.line + 1 if mark else line
    return line


def _below(node: Any, step: object) -> tuple[Any, Any]:
    """What a step leads to, and where it is written; what is merged in counts after a mapping's own keys."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step], node.value[step].start_mark
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    for key, value in pairs:
        if key.value == str(step):
            return value, key.start_mark
    for key, value in pairs:
        for merged in (value.value if isinstance(value, yaml.SequenceNode) else [value]) * (
            key.value == "<<"
        ):
            if (found := _below(merged, step))[0]:
                return found
    return None, None


def check_yaml(text: bytes) -> None:
    """YamlError if a text cannot be read; tags and several documents are its reader's own affair."""
    try:
        for _ in yaml.parse(text, FAST):
            pass
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise YamlError(error) from error


def dumped(value: Any, **options: Any) -> str:
    """A value as YAML."""
    return str(yaml.dump(value, Dumper=Dumper, **({"allow_unicode": True} | options)))


def as_text(value: object) -> str:
    """The filter `yaml`: a value as it stands in a line of YAML, inside brackets and braces too."""
    # Of what is undefined a text is an error, as everywhere in a template.
    return _as_text(value if isinstance(value, int | float) else str(value))


@lru_cache(maxsize=4096, typed=True)
def _as_text(value: str | float) -> str:
    """Templates say the same of each host, for the most part."""
    wide = {"width": 2**31 - 1}
    if isinstance(value, str) and not value.isprintable():
        return dumped([value], default_flow_style=True, default_style='"', allow_unicode=False, **wide)[1:-2]
    line = dumped([value], default_flow_style=False, **wide)[2:-1]
    return line if PLAIN.fullmatch(line) else dumped([value], default_flow_style=True, **wide)[1:-2]
