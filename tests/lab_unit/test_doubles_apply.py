"""What a deploy runs in the worker: our script and our blueprint, as they are and as they were."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.doubles.authentik.defaults import BLUEPRINTS, FIRST_START
from lab.doubles.authentik.shell import World
from lab.doubles.authentik.store import load, load_objects, save, save_objects
from lab.doubles.authentik.worker import APPLIED, FOUND, Worker
from tasks.settings import ROOT
from tests.lab_unit.blueprints import Memory, objects
from tests.support.site import app, example_site, release_of, secrets_of

IDP = app("authentik")
BLUEPRINT = release_of(IDP, example_site()).files["blueprints/apps.yaml"].decode()
SCRIPT = (ROOT / "files/authentik/blueprints/apply.py").read_text()
APPLICATION = "authentik_core.application"
# As it was before anybody had run the real one.
UNSIGNED = BLUEPRINT.replace("      sign_assertion: true\n", "")


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def world(store: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    (tmp_path / "custom").mkdir()
    before = set(sys.modules)
    yield World(store=store, env=secrets_of(IDP), root=tmp_path)
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "authentik":
            del sys.modules[name]


Run = Callable[[str], tuple[object, str]]


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    """How the script ends with a blueprint, and what it says."""

    def done(text: str) -> tuple[object, str]:
        (world.root / "custom/apps.yaml").write_text(text)
        with pytest.raises(SystemExit) as end:
            world.run(SCRIPT)
        return end.value.code, capsys.readouterr().out

    return done


def worker(world: World) -> Worker:
    return Worker(store=world.store, env=world.env, root=world.root)


def test_our_blueprint_is_applied_as_it_is(run: Run, store: Memory) -> None:
    assert run(BLUEPRINT) == (0, "")
    assert {each["slug"] for each in objects(store, APPLICATION)} >= {"outline", "zabbix", "n8n"}
    (outpost,) = objects(store, "authentik_outposts.outpost")
    assert outpost["config"] == {"authentik_host": "https://gateway.example.org"}


def test_a_provider_with_a_key_that_signs_nothing_undoes_the_whole_file(run: Run, store: Memory) -> None:
    code, said = run(UNSIGNED)

    assert code == 1
    assert said.startswith("custom/apps.yaml: authentik_providers_saml.samlprovider 'provider-zabbix': ")
    assert "'Sign assertion'" in said
    assert objects(store, APPLICATION) == []


def test_what_is_refused_after_it_was_once_applied_is_refused_for_good(run: Run, world: World) -> None:
    run(BLUEPRINT)
    worker(world).look()

    assert run(UNSIGNED)[0] == 2


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("client_type: confidential", "client_type: secretive", '"secretive" is not a valid choice.'),
        ("model: authentik_stages_deny.denystage", "model: authentik_stages_deny.stage", "not allowed"),
        ("token_expiry: minutes=30", "token_expiry: minutes=30\n      unknown: true", ""),
        ("access_token_validity: hours=12", "access_token_validity: twelve", "not in the correct format"),
        ("!KeyOf verified-email", "!KeyOf unverified-email", "KeyOf: failed to find entry"),
        ("expression: return not request", "expression: return return", "invalid syntax"),
        ("      external_host: https://n8n.example.cc\n", "", "'external_host': ['This field is required.']"),
        ("default-authenticator-totp-setup", "no-such-stage", "This field may not be null."),
        ("mode: forward_single", "mode: proxy", "forward auth is disabled"),
    ],
)
def test_what_a_serializer_refuses_is_said_without_a_value(
    run: Run, right: str, wrong: str, said: str
) -> None:
    assert right in BLUEPRINT
    code, text = run(BLUEPRINT.replace(right, wrong))

    assert (code, said in text) == (1 if said else 0, True), text
    assert not any(secret in text for secret in secrets_of(IDP).values())


def test_a_secret_that_the_worker_lacks_is_refused(run: Run, world: World) -> None:
    lacking = {name: value for name, value in world.env.items() if name != "OUTLINE_CLIENT_SECRET"}
    object.__setattr__(world, "env", lacking)

    assert "'client_secret': ['This field may not be null.']" in run(BLUEPRINT)[1]


def test_the_command_of_its_own_shows_the_secret_of_what_it_refuses(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = BLUEPRINT.replace("client_type: confidential", "client_type: secretive", 1)
    (world.root / "custom/apps.yaml").write_text(wrong)

    assert world.apply_blueprint("custom/apps.yaml") == 1
    assert secrets_of(IDP)["GRAFANA_CLIENT_SECRET"] in capsys.readouterr().err


def test_before_the_worker_ever_ran_it_may_still_come(run: Run, store: Memory) -> None:
    store.clear()

    assert run(BLUEPRINT)[0] == 1


def test_it_asks_for_the_blueprints_that_it_needs_as_soon_as_they_are_found(run: Run, store: Memory) -> None:
    save_objects(store, FIRST_START)
    save(store, APPLIED, {})
    assert run(BLUEPRINT)[0] == 0
    store.clear()
    save_objects(store, FIRST_START)
    save(store, FOUND, {name: "" for name in BLUEPRINTS if "Brand" not in name})
    code, said = run(BLUEPRINT)

    assert (code, "authentik_brands.brand" in said) == (1, True)


@pytest.mark.parametrize("seed", range(3))
def test_a_first_start_finds_blueprints_in_no_order_and_ours_gets_in(
    world: World, store: Memory, run: Run, seed: int
) -> None:
    store.clear()
    (world.root / "custom/apps.yaml").write_text(BLUEPRINT)
    first = worker(world)
    said = [line for _ in range(len(BLUEPRINTS) + 1) for line in first.look()]

    assert len(said) == 1  # it came too early, and is tried again in a minute
    assert first.probe() == []
    assert run(BLUEPRINT)[0] == 0


def test_a_first_start_takes_a_while(store: Memory, tmp_path: Path) -> None:
    store.clear()
    slow = Worker(store=store, env={}, root=tmp_path, first_start=30)

    assert slow.probe() == ["the database is being migrated"]
    assert slow.look() == []
    assert load_objects(store) == {}


def test_a_rotated_secret_with_an_unchanged_file_changes_nothing_even_after_a_restart(
    world: World, store: Memory
) -> None:
    def secret() -> str:
        providers = objects(store, "authentik_providers_oauth2.oauth2provider")
        return next(str(each["client_secret"]) for each in providers if each["name"] == "outline")

    file = world.root / "custom/apps.yaml"
    file.write_text(BLUEPRINT)
    worker(world).look()
    before = secret()
    rotated = Worker(store=store, env={**world.env, "OUTLINE_CLIENT_SECRET": "n" * 40}, root=world.root)
    rotated.look()
    assert secret() == before
    file.write_text(f"{BLUEPRINT}# other\n")
    rotated.look()
    assert secret() == "n" * 40


def test_the_worker_is_healthy_whatever_becomes_of_a_blueprint(world: World, store: Memory) -> None:
    (world.root / "custom/apps.yaml").write_text(UNSIGNED)
    found = worker(world)

    assert "Sign assertion" in found.look()[0]
    assert found.probe() == []
    assert "custom/apps.yaml" not in load(store, APPLIED)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["healthcheck"], "neither server nor worker runs here"), (["migrate"], "does not know 'migrate'")],
)
def test_its_program_says_what_it_cannot_do(tmp_path: Path, words: list[str], said: str) -> None:
    ak = ROOT / "lab/images/authentik/ak"
    done = subprocess.run(
        ["sh", ak, *words], env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, said in done.stderr) == (1, True)


def test_its_program_does_not_start_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "shm").write_text("a file, and no folder")
    ak, environ = ROOT / "lab/images/authentik/ak", {"PATH": os.defpath, "TMPDIR": str(tmp_path / "shm")}
    done = subprocess.run(["sh", ak, "server"], env=environ, capture_output=True, text=True, check=False)

    assert (done.returncode, "mkdir" in done.stderr) == (1, True)
