"""Where the program of a service comes from, and which contract says what it must do."""

from catalogue.model import App, Image
from lab import images, packages


def contract_name(app: App, service: str) -> str | None:
    """The contract that a service's double honours, by its image's folder; None if its program is real."""
    folder = images.doubles().get(app.service(service).image.repository)
    return folder if folder in (None, service) else f"{folder}-{service}"


def origin(image: Image) -> str:
    """Who has the real program as a package; `the image` for one that no package has."""
    if image.repository not in images.programs():
        return "the image"
    folder = images.programs()[image.repository]["folder"]
    return "PyPI" if folder in images.recipes()["wheels"] else "Debian"


def why_not(image: Image) -> str:
    """Why nothing real can be started in place of an image."""
    package = images.recipes()["npm"].get(image.repository)
    return packages.npm_says(str(package), image.tag) if package else "not to be had, a double stands for it"
