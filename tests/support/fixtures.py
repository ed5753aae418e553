"""Apps that only tests have, and their releases in a catalogue that has them too."""

from importlib import import_module

from catalogue import APPS
from catalogue.model import App
from catalogue.views import validated
from tasks.settings import ROOT
from tasks.stacks import Release, build
from tasks.templates import Templates
from tests.support.site import TEMPLATES, example_site, secrets_of

FOLDER = ROOT / "tests/fixtures/apps"


def _record(name: str) -> App:
    found = import_module(f"tests.fixtures.apps.{name}").APP
    assert isinstance(found, App)
    return found


FIXTURES = tuple(_record(name) for name in sorted(path.stem for path in FOLDER.glob("[a-z]*.py")))


def fits(app: App) -> bool:
    """Whether the catalogue has room for it, which may have its name, address or port by now."""
    try:
        return bool(validated((*APPS, app)))
    except ValueError:
        return False


def templates_of(app: App) -> dict[str, str]:
    """The files of its folder, by their path in it."""
    folder = FOLDER / "templates" / app.name
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.j2")}


class _Templates(Templates):
    """Those of the fixtures, and what all apps share."""

    def __init__(self) -> None:
        super().__init__(FOLDER)

    def _source(self, name: str) -> tuple[str, str, None] | None:
        return super()._source(name) or TEMPLATES._source(name)


RELIED_ON = tuple(app for app in APPS if app.edge or app.login_provider)
"""Whatever else the catalogue has: one of the others may have been added to it."""


def built() -> dict[str, Release]:
    """The release of each for its host, as all of them together make it."""
    apps, site, templates = validated((*RELIED_ON, *FIXTURES)), example_site(), _Templates()
    return {
        app.name: build(app, apps, site, site.hosts_of(app.group)[0], secrets_of(app, apps), templates)
        for app in FIXTURES
    }
