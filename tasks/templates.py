"""The one place where templates are rendered."""

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import jinja2

from catalogue.model import App
from tasks.compiled import OPTIONS, compiled
from tasks.settings import ROOT, source
from tasks.yaml_text import YamlError, as_text, check_yaml

COMPOSE_FILE = "compose.yaml"
SECRETS: Final = "secrets/"
"""Folder of an app's templates that may hold secrets."""
LEFTOVERS: Final = ("*~", ".*.sw?", "#*#", ".#*", "*.orig", "*.rej", "*.pyc", ".DS_Store")
"""What editors, patches and Python leave beside the files that somebody worked on."""

LEFT_OVER: Final = re.compile("|".join(map(fnmatch.translate, LEFTOVERS)))
MARK: Final = re.compile("\ue000(.*?)\ue001")
"""Where a line of a template ended; both characters mean nothing to anybody."""


class Templates:
    """The templates folder; everything undefined in one is an error with its file and line."""

    def __init__(self, root: Path = ROOT) -> None:
        self.folder = root / "templates"
        self.verbatim = root / "files"
        self._jinja = jinja2.Environment(  # noqa: S701 - the same
            loader=jinja2.FunctionLoader(self._source),
            undefined=jinja2.StrictUndefined,
            **OPTIONS,
            bytecode_cache=compiled(root),
        )
        self._jinja.filters["yaml"] = as_text

    def _source(self, name: str) -> tuple[str, str, None] | None:
        file = self.folder / name
        return (source(file).replace("\r\n", "\n"), str(file), None) if file.is_file() else None

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        try:
            return self._jinja.get_template(name).render(context)
        except jinja2.TemplateNotFound as error:
            raise ValueError(f"templates/{error.name} is missing; templates/{name} needs it") from error
        except jinja2.TemplateError as error:
            raise ValueError(
                f"templates/{name} line {_line(error)}: {error}; correct the template"
            ) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, RecursionError) as error:
            # A template is a program, too: what it does to its values ends as it would in Python.
            said = f"{type(error).__name__}: {error}"
            raise ValueError(f"templates/{name} line {_line(error)}: {said}; correct the template") from error

    def place(self, name: str, context: Mapping[str, Any], line: int) -> str:
        """`templates/X line N`: the template, or one that it imports, and its line that made one of the text.

        For this it is rendered once more, with a mark at each line's end.
        """
        loader = jinja2.FunctionLoader(self._marked)
        marked = self._jinja.overlay(loader=loader).get_template(name).render(context)
        if MARK.sub("", marked) != self.render(name, context):
            return f"templates/{name}, line {line} once rendered"
        found = MARK.search("\n".join(marked.split("\n")[line - 1 :]))
        return f"templates/{found[1]}" if found else f"templates/{name}"

    def _marked(self, name: str) -> tuple[str, str, None] | None:
        found = self._source(name)
        if not found:
            return None
        parts = self._jinja.lex(found[0])
        text = "".join(
            _with_marks(name, part, line) if kind == "data" else part for line, kind, part in parts
        )
        return text + _mark(name, max(1, len(found[0].splitlines()))), found[1], None

    def of(self, app: App, context: Mapping[str, Any]) -> dict[str, bytes]:
        """Every file of an app: templates rendered, others as they are."""
        rendered = {
            path.removesuffix(".j2"): self.render(f"{app.name}/{path}", context).encode()
            for path in _files(self.folder / app.name)
            if not path.startswith(SECRETS)
        }
        if COMPOSE_FILE not in rendered:
            raise ValueError(f"templates/{app.name}/{COMPOSE_FILE}.j2 is missing; every app needs one")
        verbatim = {
            path: (self.verbatim / app.name / path).read_bytes() for path in _files(self.verbatim / app.name)
        }
        for path, content in rendered.items():
            place = partial(self.place, f"{app.name}/{path}.j2", context)
            _check(place, path, content, made=", once rendered,")
        for path, content in verbatim.items():
            _check(f"files/{app.name}/{path} line {{}}".format, path, content)
        return verbatim | rendered

    def secret(self, app: App, context: Mapping[str, Any]) -> dict[str, bytes]:
        """Those of an app's files that may hold secrets; what is wrong with one is said without them."""
        paths = [path for path in _files(self.folder / app.name) if path.startswith(SECRETS)]
        return {path.removesuffix(".j2"): self._secret(f"{app.name}/{path}", context) for path in paths}

    def _secret(self, name: str, context: Mapping[str, Any]) -> bytes:
        where = f"templates/{name}"
        try:
            content = self._jinja.get_template(name).render(context).encode()
            where += ", once rendered,"
            _check(str, name.removesuffix(".j2"), content)
        except Exception as error:  # Whatever it says, it may say it with a secret.
            raise ValueError(
                f"{where} line {_line(error)}: {type(error).__name__}, and no more is said, because the file "
                "may hold secrets; correct the template"
            ) from None
        return content


def _files(folder: Path) -> Iterator[str]:
    """What lies below a folder, by path; ValueError for what nobody meant to put there."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink()):
        name = str(file.relative_to(folder))
        where = f"{folder.parent.name}/{folder.name}/{name}"
        if LEFT_OVER.match(file.name):
            raise ValueError(f"{where} is a leftover, and would land on hosts; remove it")
        if not (name.isascii() and name.isprintable()):
            raise ValueError(f"{where!a}: a file on hosts has a plain name; give it one in ASCII")
        if not file.is_file():
            raise ValueError(f"{where} is a link that leads nowhere; remove it")
        yield name


def _check(place: Callable[[int], str], path: str, content: bytes, made: str = "") -> None:
    """ValueError if a file is not what its name says; `place` says where a line of it is written."""
    first, windows, _ = content.partition(b"\r\n")
    if windows and b"\0" not in content:
        line = first.count(b"\n") + 1
        raise ValueError(
            f"{place(line)}{made} has the line ends of Windows; write it anew with those of Linux"
        )
    try:
        if path.endswith((".yaml", ".yml")):
            check_yaml(content)
        elif path.endswith(".json"):
            json.loads(content)
    except YamlError as error:
        raise ValueError(f"{place(error.line)}{made} is not YAML: {error.problem}") from error
    except ValueError as error:
        raise ValueError(f"{place(getattr(error, 'lineno', 1))}{made} is not JSON: {error}") from error


def _with_marks(name: str, text: str, line: int) -> str:
    """A part of a template that is neither tag nor comment, each of its lines' ends with its place."""
    *whole, rest = text.split("\n")
    return "".join(f"{each}{_mark(name, line + at)}\n" for at, each in enumerate(whole)) + rest


def _mark(name: str, line: int) -> str:
    return f"\ue000{name} line {line}\ue001"


def _line(error: Exception) -> int | str:
    """The template's line an error comes from: syntax errors carry it, others have it in their traceback."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line: int | str = "?"
    trace = error.__traceback__
    while trace:
        if "templates/" in trace.tb_frame.f_code.co_filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
