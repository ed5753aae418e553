"""The releases of production, and what of them a reviewer reads."""

import runpy
from functools import cache

from catalogue import APPS, views
from catalogue.model import App, Site
from tasks import images, inventory
from tasks.settings import ROOT
from tasks.stacks import Release, build, secret_files
from tasks.stacks.release import SECRETS_FILE
from tests.support.site import HOSTS, TEMPLATES, secrets_of


@cache
def production() -> Site:
    """The site that group_data describes, on three hosts."""
    values = {
        name: value
        for file in ("all", "production")
        for name, value in runpy.run_path(str(ROOT / f"group_data/{file}.py")).items()
    }
    return inventory.described(values, HOSTS, images.read())


@cache
def releases() -> tuple[tuple[str, Release], ...]:
    """Each host's name with each of its releases."""
    site = production()
    return tuple(
        (host.name, build(app, APPS, site, host, secrets_of(app), TEMPLATES))
        for host in site.hosts
        for app in views.present(views.on_host(APPS, host))
    )


def shown(release: Release) -> dict[str, str]:
    """Its rendered files as text; of the secrets only the names. What lands as it is lies in files/."""
    files = {
        path: _by_name(release.app, content.decode())
        if path.startswith(secret_files.FOLDER)
        else content.decode()
        for path, content in release.files.items()
        if not _verbatim(release.app, path)
    }
    secrets = files.pop(SECRETS_FILE, "")
    names = "".join(f"{line.partition('=')[0]}\n" for line in secrets.splitlines())
    return files | ({f"{SECRETS_FILE}.names": names} if names else {})


def _by_name(app: App, text: str) -> str:
    """A file that holds secrets, with their names in their places."""
    for name, value in secrets_of(app).items():
        text = text.replace(value, f"${{{name}}}")
    return text


def _verbatim(app: App, path: str) -> bool:
    """It lies in files/; there a live file has no owner's name in its path."""
    return (ROOT / "files" / app.name / path.replace(f"live/{app.name}/", "live/")).is_file()
