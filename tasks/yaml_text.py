"""YAML as its readers on the hosts take it: text stays text, whatever it looks like.

PyYAML follows version 1.1, where `on` is true and 10:30 a number; the programs on the hosts follow 1.2, where
1e3 is one. What is read here keeps the words of both as text; what is written here quotes the words of both.
"""

import re
from collections.abc import Hashable
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


def loaded(text: str | bytes) -> Any:
    """The only document of a text; ValueError says in one line what is wrong, and where."""
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def check_yaml(text: bytes) -> None:
    """ValueError if a text cannot be read; tags and several documents are its reader's own affair."""
    try:
        for _ in yaml.parse(text, FAST):
            pass
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(" ".join(str(error).split())) from error


def dumped(value: Any, **options: Any) -> str:
    """A value as YAML."""
    return str(yaml.dump(value, Dumper=Dumper, **({"allow_unicode": True} | options)))


def as_text(value: object) -> str:
    """The filter `yaml`: a value as it stands in a line of YAML, inside brackets and braces too."""
    wide = {"width": 2**31 - 1}
    if not isinstance(value, int | float):
        value = str(value)  # of what is undefined this is an error, as everywhere in a template
    if isinstance(value, str) and not value.isprintable():
        return dumped([value], default_flow_style=True, default_style='"', allow_unicode=False, **wide)[1:-2]
    line = dumped([value], default_flow_style=False, **wide)[2:-1]
    in_brackets = dumped([value], default_flow_style=True, **wide)[1:-2]
    return line if PLAIN.fullmatch(line) else in_brackets
