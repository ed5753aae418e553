"""`make proof`: what records, contracts and recipes say of programs, held against the real ones.

An image that the engine has or can pull, or a program that a package has, is started as its record says and
each clause tried. Where there is neither, it says so: a double stands for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from catalogue import APPS, views
from catalogue.model import App, Service
from lab import build, engine, images
from lab.doubles.contract import Contract, fill, load
from lab.errors import LabError, NoRecipeError
from lab.progress import say
from lab.proof import sources
from lab.proof.image import broken, look
from lab.proof.running import beside, cleared
from lab.proof.trial import Clauses, Findings, Trial

__all__ = ["Proof", "broken", "look", "main", "proofs"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was run of a service, which clauses held, and which did not."""

    ran: str
    held: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        held = [f"held: {', '.join(self.held)}"] if self.held else []
        return "; ".join([self.ran, *held, *(f"BROKEN {each}" for each in self.wrong)])


def main(tell: Callable[[str], None] = say) -> int:
    """How many services broke a clause."""
    outer = beside(engine.find() or engine.start())
    maker, failed = images.Maker(outer), 0
    try:
        for app in views.present(APPS):
            for name, done in proofs(maker, app).items():
                failed += bool(done.wrong)
                tell(f"{app.name}/{name} {app.service(name).image.reference}: {done}")
    finally:
        cleared(outer)
    return failed


def proofs(maker: images.Maker, app: App) -> Mapping[str, Proof]:
    """Each service's: the real image if there is one, else a package's program, else none."""
    had = {service.name: _had(maker, service) for service in app.services}
    real = {name: built for name, (_, built) in had.items() if built}
    # What runs before the others may want what they made.
    late = {each.name for each in app.services if each.one_shot and real.keys() < had.keys()}
    tried = {name: built for name, built in real.items() if name not in late}
    found = _findings(maker, app, tried) if tried else {}
    return {
        name: _proof(done, found.get(name), name in late and bool(built))
        for name, (done, built) in had.items()
    }


def _proof(had: Proof, found: Findings | None, late: bool) -> Proof:
    if found:
        return replace(had, held=tuple(found.held), wrong=tuple(found.wrong))
    return replace(had, ran=f"{had.ran}, not started: it needs what a double stands for") if late else had


def _had(maker: images.Maker, service: Service) -> tuple[Proof, str]:
    """What there is of a service's program, and the image to start; empty if there is none."""
    try:
        made, recipe = maker.recipe(service.image.reference)
        if made.kind == "double":
            return Proof(ran=sources.why_not(service.image)), ""
        build.ensure(maker.engine, recipe)
    except NoRecipeError as error:
        return Proof(ran=f"not tried here: {error}"), ""
    except LabError as error:
        return Proof(ran="could not be made", wrong=(str(error),)), ""
    return Proof(ran=f"{sources.origin(service.image)}'s {made.version}"), recipe.name


def _findings(maker: images.Maker, app: App, tried: Mapping[str, str]) -> Mapping[str, Findings]:
    clauses = {name: _clauses(app, name) for name in tried}
    try:
        found = Trial(outer=maker.engine, app=app, images=tried, clauses=clauses).run()
        for name, built in tried.items():
            _looked_at(maker, app.service(name), built, found[name])
    except LabError as error:
        return {name: Findings(wrong=[f"could not be tried: {error}"]) for name in tried}
    return found


def _looked_at(maker: images.Maker, service: Service, built: str, found: Findings) -> None:
    """What is said of an image's files, or of the version of a program that a package has."""
    name = service.image.repository
    if program := images.programs().get(name):
        first, *others = program["says"]
        run = ("run", "--rm", "--network", "none", "--entrypoint", first, built, *others)
        said = maker.engine.docker(*run).strip()
        wrong = [] if program["version"] in said else [f"it says {said.splitlines()[0]}"]
        found.note(f"version {program['version']}", wrong)
    elif wanted := images.contract_image(images.doubles().get(name, "")):
        wrong = broken(wanted, look(maker.engine, service.image.reference))
        found.note("files as its contract says", wrong)


def _clauses(app: App, service: str) -> Clauses:
    repository = app.service(service).image.repository
    if program := images.programs().get(repository):
        return Clauses(**program.get("clauses", {}))
    contract = sources.contract_name(app, service)
    return _of_contract(load(contract)) if contract else Clauses()


def _of_contract(contract: Contract) -> Clauses:
    """A port of its own it has where it is asked from outside."""
    host, _, port = fill(contract.listen, {}).rpartition(":")
    wanted = contract.image
    folders = {str(PurePosixPath(path).parent) for path in wanted.writes} if wanted else set()
    return Clauses(
        answers="" if host.startswith("127.") else f":{port}{(contract.live or contract.health).path}",
        writes=tuple(sorted(folders)),
        refuses=wanted.refuses if wanted else {},
    )
