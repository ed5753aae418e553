"""The one place where templates are rendered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from catalogue.model import App
from tasks.settings import ROOT

COMPOSE_FILE = "compose.yaml"


class Templates:
    """The templates folder; everything undefined in one is an error with its file and line."""

    def __init__(self, root: Path = ROOT) -> None:
        self.folder = root / "templates"
        self.verbatim = root / "files"
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.folder),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701 - the files are YAML and shell, never HTML
        )

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        try:
            return self._jinja.get_template(name).render(context)
        except jinja2.TemplateError as error:
            raise ValueError(
                f"templates/{name} line {_line(error)}: {error}; correct the template"
            ) from error

    def of(self, app: App, context: Mapping[str, Any]) -> dict[str, bytes]:
        """Every file of an app: templates rendered, others as they are."""
        rendered = {
            path.removesuffix(".j2"): self.render(f"{app.name}/{path}", context).encode()
            for path in _files(self.folder / app.name)
        }
        if COMPOSE_FILE not in rendered:
            raise ValueError(f"templates/{app.name}/{COMPOSE_FILE}.j2 is missing; every app needs one")
        return {
            path: (self.verbatim / app.name / path).read_bytes() for path in _files(self.verbatim / app.name)
        } | rendered


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _line(error: jinja2.TemplateError) -> int | str:
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
