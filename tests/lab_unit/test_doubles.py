"""The doubles: contracts, environment and health."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from lab.doubles import environment, web, without
from lab.doubles.contract import CONTRACTS, Contract, Need, fill, load
from lab.doubles.health import Health
from lab.doubles.needs import CHECKS
from lab.doubles.parts import PARTS

OUTLINE = {
    "URL": "https://wiki.guild.test",
    "SECRET_KEY": "ab" * 32,
    "UTILS_SECRET": "canary-utils-secret",
    "DATABASE_HOST": "127.0.0.1",
    "DATABASE_NAME": "outline",
    "DATABASE_USER": "outline",
    "DATABASE_PASSWORD": "canary-database-password",
    "REDIS_URL": "redis://:canary-redis@redis:6379",
    "FILE_STORAGE": "s3",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "canary-s3",
    "AWS_REGION": "fr-par",
    "AWS_S3_UPLOAD_BUCKET_URL": "https://s3.cloud.test:8333",
    "AWS_S3_UPLOAD_BUCKET_NAME": "outline",
    "AWS_S3_FORCE_PATH_STYLE": "true",
    "OIDC_CLIENT_ID": "outline",
    "OIDC_CLIENT_SECRET": "canary-of-the-client",
    "OIDC_AUTH_URI": "https://gateway.guild.test/application/o/authorize/",
    "OIDC_TOKEN_URI": "https://gateway.guild.test/application/o/token/",
    "OIDC_USERINFO_URI": "https://gateway.guild.test/application/o/userinfo/",
    "SMTP_HOST": "smtp.cloud.test",
    "SMTP_PORT": "465",
    "SMTP_USERNAME": "guildhall",
    "SMTP_PASSWORD": "canary-smtp",
    "SMTP_FROM_EMAIL": "wiki@guild.test",
    "SMTP_SECURE": "true",
    "FILE_STORAGE_UPLOAD_MAX_SIZE": "262144000",
}
AUTHENTIK = {
    "AUTHENTIK_SECRET_KEY": "k" * 50,
    "AUTHENTIK_POSTGRESQL__HOST": "postgres.cloud.test",
    "AUTHENTIK_POSTGRESQL__NAME": "authentik",
    "AUTHENTIK_POSTGRESQL__USER": "authentik",
    "AUTHENTIK_POSTGRESQL__PASSWORD": "canary-database-password",
    "AUTHENTIK_POSTGRESQL__SSLMODE": "verify-full",
    "AUTHENTIK_BOOTSTRAP_PASSWORD": "canary-bootstrap",
    "AUTHENTIK_EMAIL__HOST": "smtp.cloud.test",
    "AUTHENTIK_EMAIL__PORT": "465",
    "AUTHENTIK_EMAIL__USE_SSL": "true",
    "AUTHENTIK_EMAIL__USERNAME": "guildhall",
    "AUTHENTIK_EMAIL__PASSWORD": "canary-smtp",
    "AUTHENTIK_EMAIL__FROM": "guildhall@guild.test",
}


def problems(name: str, env: dict[str, str]) -> list[str]:
    contract = load(name)
    return environment.problems(contract, environment.resolved(contract, env))


@pytest.mark.parametrize("name", [path.stem for path in CONTRACTS.glob("*.toml")])
def test_every_contract_is_whole(name: str) -> None:
    contract = load(name)
    assert contract.name == name
    assert contract.part in PARTS
    assert {need.kind for need in contract.needs} <= CHECKS.keys()
    for pattern in [*contract.required.values(), *contract.optional.values()]:
        re.compile(pattern)


def test_a_contract_only_names_variables_it_checks() -> None:
    contract = load("outline")
    named = set(re.findall(r"\$\{(\w+)", (CONTRACTS / "outline.toml").read_text()))
    assert named <= contract.required.keys() | contract.optional.keys()


def test_a_whole_environment_has_no_problem() -> None:
    assert problems("outline", OUTLINE) == []
    assert problems("authentik-server", AUTHENTIK) == []
    assert problems("authentik-worker", AUTHENTIK) == []


@pytest.mark.parametrize("name", sorted(OUTLINE))
def test_each_missing_variable_is_named(name: str) -> None:
    env = {key: value for key, value in OUTLINE.items() if key != name}
    assert problems("outline", env) == [f"{name}: missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "https://wiki.guild.test/"),
        ("URL", "http://wiki.guild.test"),
        ("SECRET_KEY", "canary-not-hex"),
        ("REDIS_URL", "redis://:can/ary@redis:6379"),
        ("AWS_S3_UPLOAD_BUCKET_URL", "https://s3.cloud.test/canary-bucket"),
        ("SMTP_PORT", "canary"),
        ("DATABASE_URL", "postgres://outline:canary@127.0.0.1/outline"),
    ],
)
def test_a_malformed_variable_is_named_without_its_value(name: str, value: str) -> None:
    found = problems("outline", OUTLINE | {name: value})
    assert [line.split(":")[0] for line in found] == [name]
    assert "canary" not in found[0]


def test_values_may_come_from_files_as_in_the_real_program(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("ab" * 32 + "\n")
    without = {key: value for key, value in OUTLINE.items() if key != "SECRET_KEY"}
    assert problems("outline", without | {"SECRET_KEY_FILE": str(tmp_path / "secret")}) == []
    file = {"AUTHENTIK_SECRET_KEY": f"file://{tmp_path / 'secret'}"}
    assert problems("authentik-server", AUTHENTIK | file) == []
    missing = {"AUTHENTIK_SECRET_KEY": "file:///nowhere"}
    assert problems("authentik-server", AUTHENTIK | missing) == ["AUTHENTIK_SECRET_KEY: missing"]


def test_the_worker_wants_one_bootstrap_password_and_not_from_a_file() -> None:
    both = AUTHENTIK | {"AUTHENTIK_BOOTSTRAP_PASSWORD_HASH": "pbkdf2$1$x"}
    assert "exactly one" in problems("authentik-worker", both)[0]
    file = AUTHENTIK | {"AUTHENTIK_BOOTSTRAP_PASSWORD": "file:///run/secrets/password"}
    assert problems("authentik-worker", file)[0].startswith("AUTHENTIK_BOOTSTRAP_PASSWORD: must match")


def test_a_default_fills_an_empty_value() -> None:
    assert fill("${A:-[::]:9000} ${B}", {"A": "", "B": "b"}) == "[::]:9000 b"


def outline_health(needs: tuple[Need, ...] = (), env: Mapping[str, str] = OUTLINE) -> Health:
    return Health(contract=replace(load("outline"), needs=needs), env=env)


def get(web_app: Flask, path: str) -> tuple[int, str]:
    answer = web_app.test_client().get(path)
    return answer.status_code, answer.text


def test_health_says_ok_only_when_everything_is_there() -> None:
    health = outline_health()
    outline = web.app(health.contract, health)
    assert get(outline, "/_health") == (503, "starting")
    health.look()
    assert get(outline, "/_health") == (200, "OK")


def test_health_and_log_name_the_variable_and_never_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    health = outline_health(env=OUTLINE | {"SECRET_KEY": "canary", "UTILS_SECRET": ""})
    health.look()
    status, body = get(web.app(health.contract, health), "/_health")
    log = capsys.readouterr().out
    for text in (body, log):
        assert "UTILS_SECRET: missing" in text
        assert "SECRET_KEY: must match" in text
        assert "canary" not in text
    assert status == 503


def test_a_dependency_that_comes_late_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"up": False}

    def check(_settings: object) -> None:
        if not state["up"]:
            raise ConnectionError(f"refused for {OUTLINE['DATABASE_PASSWORD']}\nmore")

    monkeypatch.setattr("lab.doubles.health.CHECKS", {"postgres": check})
    health = outline_health((Need(kind="postgres", settings={}),))
    health.look()
    assert health.problems == ["postgres: ConnectionError refused for $DATABASE_PASSWORD"]
    state["up"] = True
    health.look()
    assert health.problems == []


def test_a_need_that_is_not_vital_only_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(_settings: object) -> None:
        raise TimeoutError("slow")

    monkeypatch.setattr("lab.doubles.health.CHECKS", {"https": check})
    health = outline_health((Need(kind="https", settings={}),))
    health.look()
    assert (health.problems, health.warnings) == ([], ["https: TimeoutError slow"])


def test_without_a_variable_a_container_says_which_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(without, "started_with", lambda _name: OUTLINE)
    without.main("outline", "SMTP_PASSWORD", "URL")

    assert capsys.readouterr().out.splitlines() == [
        "without SMTP_PASSWORD",
        "unhealthy: SMTP_PASSWORD: missing",
        "without URL",
        "unhealthy: URL: missing",
    ]
    monkeypatch.setattr(without, "started_with", lambda _name: OUTLINE | {"URL": "canary"})
    with pytest.raises(SystemExit, match="outline with all its variables: URL: must match"):
        without.main("outline", "URL")


def test_authentik_is_live_before_it_is_ready_and_has_a_port_of_its_own_for_metrics() -> None:
    contract = load("authentik-server")
    health = Health(contract=contract, env=AUTHENTIK)
    server = web.app(contract, health)
    assert get(server, "/-/health/live/")[0] == 200
    assert get(server, "/-/health/ready/")[0] == 503
    assert get(server, "/metrics")[0] == 404
    assert contract.metrics
    assert "double_healthy" in get(web.metrics_app(contract, contract.metrics, health), "/metrics")[1]


def test_contracts_are_typed_by_their_keys(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('listen = ":1"\nhealt = 1\n')
    with pytest.raises(TypeError, match="healt"):
        load("bad", tmp_path)
    assert isinstance(load("outline"), Contract)


def test_flags_count_as_variables_and_unknown_ones_are_refused() -> None:
    contract = load("cadvisor")
    good = environment.flags(["--raw_cgroup_prefix_whitelist=/docker/", "--docker_only=true", "run"])
    assert good == {"FLAG_RAW_CGROUP_PREFIX_WHITELIST": "/docker/", "FLAG_DOCKER_ONLY": "true"}
    assert environment.problems(contract, good) == []
    assert environment.problems(contract, good | environment.flags(["-bad.name"])) == [
        "FLAG_BAD_NAME: no such flag"
    ]


def test_settings_of_a_configuration_file_count_as_variables(tmp_path: Path) -> None:
    (tmp_path / "loki.yml").write_text("auth_enabled: false\nstores:\n  - key: ${S3_KEY}\n    id: ${S3_ID}\n")
    env = environment.resolved(
        load("loki"), {"FLAG_CONFIG_FILE": str(tmp_path / "loki.yml"), "S3_KEY": "canary"}
    )
    assert (env["CONFIG_AUTH_ENABLED"], env["CONFIG_STORES_0_KEY"]) == ("false", "canary")
    assert env["CONFIG_STORES_0_ID"] == ""
