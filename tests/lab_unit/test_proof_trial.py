"""How `make proof` starts a program, and what it says of one that does not keep to its record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from catalogue import APPS
from catalogue.model import App
from lab import images, packages, proof
from lab.engine import Engine
from lab.errors import LabError, NoRecipeError
from lab.proof import Proof, project, trial
from lab.proof.project import NETWORK, definition, undeclared
from lab.proof.running import Running
from lab.proof.trial import Clauses, Findings, Trial
from tasks.stacks import Release, build
from tasks.templates import Templates
from tests.support.site import app, secrets_of


def released(name: str) -> Release:
    return build(app(name), APPS, project.site(), project.HOST, secrets_of(app(name)), Templates())


def of(name: str, *services: str) -> dict[str, Any]:
    """The project of these services, and one of them more closely."""
    return definition(released(name), {service: f"made-{service}" for service in services})


def test_a_program_has_all_that_its_record_says_and_no_way_out() -> None:
    whole = of("prometheus", "prometheus")
    service = whole["services"]["prometheus"]

    assert {name: service[name] for name in ("user", "read_only", "cap_drop", "mem_limit", "image")} == {
        "user": "65534:65534",
        "read_only": True,
        "cap_drop": ["ALL"],
        "mem_limit": "1024m",
        "image": "made-prometheus",
    }
    assert "./current/prometheus.yml:/etc/prometheus/prometheus.yml:ro" in service["volumes"]
    assert "ports" not in service
    assert whole["networks"] == {"default": {"external": True, "name": NETWORK}}


def test_what_only_a_double_stands_for_is_neither_started_nor_waited_for() -> None:
    whole = of("leantime", "mariadb", "passwords")

    assert whole["services"].keys() == {"mariadb", "passwords"}
    assert "depends_on" not in of("leantime", "passwords")["services"]["passwords"]
    assert whole["services"]["passwords"]["depends_on"] == {"mariadb": {"condition": "service_healthy"}}


def test_an_agent_of_the_host_finds_the_hosts_address_as_its_own() -> None:
    service = of("node-exporter", "node-exporter")["services"]["node-exporter"]

    assert f"--web.listen-address={project.HOST.private_ip}:9100" in service["command"]
    assert service["networks"] == {"default": {"ipv4_address": project.HOST.private_ip}}


def test_a_project_lies_as_on_a_host_without_what_others_share() -> None:
    found = project.files(released("prometheus")) | project.files(released("alertmanager"))

    assert {"current/prometheus.yml", "live/targets/catalogue.json", ".env"} <= found.keys()
    assert not [path for path in project.files(released("outline")) if "routes" in path]


def test_what_is_written_beside_mounts_and_declared_folders_is_named() -> None:
    service = {"volumes": ["data:/data", "./current/x:/etc/app/x:ro"], "tmpfs": ["/tmp:uid=1"]}  # noqa: S108
    diff = "C /etc\nC /etc/app\nA /etc/app/x\nA /data\nC /run\nA /run/pid\nC /var\nA /var/log\nA /var/log/a"

    assert undeclared(diff, service, ["/var/log"]) == ["/run/pid"]


def test_a_variable_is_spoilt_in_a_project_of_the_service_alone() -> None:
    spoilt = project.spoilt(of("leantime", "mariadb", "passwords"), "mariadb", "MARIADB_ROOT_PASSWORD", "")

    assert spoilt["services"].keys() == {"mariadb"}
    assert spoilt["services"]["mariadb"]["environment"]["MARIADB_ROOT_PASSWORD"] == ""
    assert spoilt["services"]["mariadb"]["environment"]["MARIADB_DATABASE"] == "leantime"


class Listening:
    """An engine that notes what it is asked."""

    env: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.asked: list[str] = []

    def docker(self, *words: str) -> None:
        self.asked.append(" ".join(words))


def test_a_volume_has_its_owner_before_the_image_lays_its_own_into_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = Listening()
    monkeypatch.setattr(Running, "compose", lambda self, *words: self.outer.docker("compose", *words))
    Running(
        outer=cast(Engine, engine), app=app("alertmanager"), whole=of("alertmanager", "alertmanager")
    ).fresh()

    name = "guildhall-proof-alertmanager_data"
    assert engine.asked == [
        "compose down --timeout 0",
        f"volume rm --force {name}",
        f"run --rm --network none --volume {name}:/volume guildhall/base:trixie chown 65534:65534 /volume",
        "compose create",
    ]


class FakeEngine:
    """Of an image that keeps no clause, or each; it knows what a trial asks of it."""

    def __init__(self, *, keeps: bool) -> None:
        self.keeps = keeps

    def docker(self, *words: str) -> str:
        if words[0] == "top":
            return f"UID GID PID\n{'65534 65534' if self.keeps else '0 0'} 77"
        return "" if self.keeps else "A /stray"

    def ok(self, *_: str) -> bool:
        """Whether the checker takes a file: the good one; or the broken one too."""
        return not self.keeps or self.good()

    def good(self) -> bool:
        file = project.FOLDER / "prometheus/current/prometheus.yml"
        return file.read_bytes() != trial.BAD


@pytest.fixture
def prometheus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Trial]:
    """A trial of Prometheus on a fake engine."""
    monkeypatch.setattr(project, "FOLDER", tmp_path)
    monkeypatch.setattr("lab.proof.running.FOLDER", tmp_path)
    monkeypatch.setattr(project, "secrets", secrets_of)

    def made(*, keeps: bool, state: str = "healthy") -> Trial:
        for name in ("fresh", "gone"):
            monkeypatch.setattr(Running, name, lambda _self: None)
        monkeypatch.setattr(Running, "compose", lambda _self, *_: "no such file")
        monkeypatch.setattr(Running, "inspected", lambda _self, _service, _what: state)
        monkeypatch.setattr(Running, "from_beside", lambda _self, _command: [] if keeps else ["refused"])
        starts = iter(["" if keeps else "it is unhealthy", "it exited" if keeps else ""])
        monkeypatch.setattr(Running, "up", lambda _self, _seconds, _names: next(starts))
        clauses = {"prometheus": Clauses(answers=":9090/-/ready", refuses={"GOGC": "x"})}
        engine = cast(Engine, FakeEngine(keeps=keeps))
        return Trial(outer=engine, app=app("prometheus"), images={"prometheus": "made"}, clauses=clauses)

    return made


def test_each_clause_of_a_program_that_keeps_them_held(prometheus: Callable[..., Trial]) -> None:
    found = prometheus(keeps=True).run()["prometheus"]

    assert found.wrong == []
    assert found.held == [
        "healthy in 180 s (0)",
        "user 65534:65534",
        "port 9090",
        ":9090/-/ready",
        ":9090/metrics",
        "writes nowhere else",
        "checks prometheus.yml",
        "refuses GOGC=x",
    ]


def test_each_clause_that_a_program_breaks_is_named_with_what_was_seen(
    prometheus: Callable[..., Trial],
) -> None:
    found = prometheus(keeps=False).run()["prometheus"]

    assert found.held == ["healthy in 180 s (0)"]
    assert found.wrong == [
        "user 65534:65534: it is 0:0",
        "port 9090: refused",
        ":9090/-/ready: refused",
        ":9090/metrics: refused",
        "writes nowhere else: /stray",
        "checks prometheus.yml: it takes a broken one",
        "refuses GOGC=x: it got healthy",
    ]


def test_a_program_that_does_not_get_healthy_is_asked_nothing_more(prometheus: Callable[..., Trial]) -> None:
    found = prometheus(keeps=False, state="unhealthy").run()["prometheus"]

    assert found.held == []
    assert found.wrong == ["healthy in 180 s (0): it is unhealthy; it says: no such file"]


def test_a_service_of_a_record_has_its_clauses_from_its_recipe_or_its_contract() -> None:
    assert proof._clauses(app("blackbox"), "blackbox").answers == ":9115/-/healthy"
    assert proof._clauses(app("outline"), "outline").answers == ":3000/_health"
    assert proof._clauses(app("cadvisor"), "cadvisor").answers == ":8080/healthz"
    assert proof._clauses(app("decidim"), "cron").answers == ""


@dataclass
class Maker:
    """Has the programs that recipes have, and no image."""

    engine: None = None
    name: str = "built"

    def recipe(self, reference: str) -> tuple[images.Made, "Maker"]:
        kind = "real" if reference.rpartition(":")[0] in images.programs() else "double"
        return images.Made(reference=reference, kind=kind, version="8"), self


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The services of each app that a trial was made of; nothing is built and nothing started."""
    asked: dict[str, list[str]] = {}

    def findings(_maker: Maker, each: App, services: Mapping[str, str]) -> Mapping[str, Findings]:
        asked[each.name] = list(services)
        return {name: Findings(held=["healthy"]) for name in services}

    monkeypatch.setattr(proof, "_findings", findings)
    monkeypatch.setattr(packages, "npm_says", lambda name, version: f"npm lacks {name} {version}")
    monkeypatch.setattr(proof.build, "ensure", lambda _engine, _recipe: None)
    return asked


def proofs(name: str) -> Mapping[str, Proof]:
    return proof.proofs(cast(images.Maker, Maker()), app(name))


def test_what_can_be_had_is_tried_and_the_rest_says_why_it_is_not(tried: dict[str, list[str]]) -> None:
    said = {name: str(each) for name, each in proofs("leantime").items()}

    assert tried == {"leantime": ["mariadb"]}
    assert said == {
        "leantime": "not to be had, a double stands for it",
        "migrate": "not to be had, a double stands for it",
        "passwords": "Debian's 8, not started: it needs what a double stands for",
        "mariadb": "Debian's 8; held: healthy",
    }
    assert str(proofs("n8n")["n8n"]) == "npm lacks n8n 2.41.3"
    proofs("traefik")
    assert tried["traefik"] == ["traefik", "restore", "keeper"]


def test_an_image_that_cannot_be_made_is_broken_and_the_next_is_tried(
    tried: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ensure(*_: object) -> None:
        raise LabError("no mirror answers")

    monkeypatch.setattr(proof.build, "ensure", ensure)

    assert str(proofs("redis")["redis"]) == "could not be made; BROKEN no mirror answers"


def test_an_image_that_nothing_says_how_to_make_is_not_tried_and_breaks_nothing(
    tried: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def recipe(*_: object) -> None:
        raise NoRecipeError("no registry has it")

    monkeypatch.setattr(Maker, "recipe", recipe)

    assert (str(proofs("redis")["redis"]), tried) == ("not tried here: no registry has it", {})


NPM = """#!/bin/sh
echo 'npm error code ETARGET' >&2
echo 'npm error notarget No matching version found for @n8n/agents@0.26.2.' >&2
exit 1
"""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (NPM, "npm error notarget No matching version found for @n8n/agents@0.26.2."),
        ("#!/bin/sh\nexit 1\n", "no answer in 900 s"),
        ("", "npm is missing on this machine"),
    ],
)
def test_npm_says_why_a_program_cannot_be_had(
    program: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program:
        (tmp_path / "npm").write_text(program)
        (tmp_path / "npm").chmod(0o755)
    (tmp_path / "timeout").symlink_to("/usr/bin/timeout")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert packages.npm_says("n8n", "2.41.3") == f"n8n 2.41.3 cannot be had from npm: {said}"


def test_what_npm_has_is_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert packages.npm_says("n8n", "2.41.3").startswith("npm has n8n 2.41.3")
