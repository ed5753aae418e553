"""Releases: what is in them, when they change, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue import APPS
from catalogue.model import App, Health, Image, Port, Service, Site, Upgrade
from tasks.stacks import archive, release
from tasks.templates import Templates
from tests.support.site import app, release_of, secrets_of
from tests.support.yaml_text import read_yaml


def blog() -> App:
    """A small app that the tests bring their own templates for."""
    web = Service(
        name="web",
        image=Image(repository="docker.io/library/nginx", tag="1.29.0"),
        health=Health(command=("sh", "-c", "wget $URL"), start_seconds=5),
        memory_mb=64,
        user="101:101",
        ports=(Port(host=8081, container=80),),
    )
    return App(
        name="blog",
        purpose="A blog.",
        group="tools",
        upgrade=Upgrade(step="any", one_way=False),
        services=(web,),
    )


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    folder = tmp_path / "templates/blog"
    folder.mkdir(parents=True)
    (folder / "compose.yaml.j2").write_text(
        "services:\n  web:\n    volumes: ['./current/site.conf:/etc/site.conf:ro']\n"
    )
    (folder / "site.conf.j2").write_text("listen {{ host.private_ip }}\n")
    (tmp_path / "files").mkdir()
    return Templates(tmp_path)


def compose_of(built: release.Release) -> dict:  # type: ignore[type-arg]
    return read_yaml(built.files["compose.yaml"])  # type: ignore[no-any-return]


@pytest.mark.parametrize("each", APPS, ids=lambda each: each.name)
def test_every_service_of_the_catalogue_is_hardened_limited_and_watched(each: App, site: Site) -> None:
    for name, service in compose_of(release_of(each, site))["services"].items():
        record = each.service(name)
        assert service["read_only"] is record.read_only
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"] == f"{record.memory_mb}m"
        assert record.one_shot or service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == ("no" if record.one_shot else "unless-stopped")


@pytest.mark.parametrize("each", APPS, ids=lambda each: each.name)
def test_only_what_a_record_makes_public_is_at_a_public_address(each: App, site: Site) -> None:
    services = compose_of(release_of(each, site))["services"].values()
    public = [
        port for service in services for port in service.get("ports", []) if port.startswith("0.0.0.0:")
    ]

    assert len(public) == sum(port.public for service in each.services for port in service.ports)


def test_a_dollar_in_a_health_check_reaches_the_container(site: Site, templates: Templates) -> None:
    built = release_of(blog(), site, templates=templates)

    assert compose_of(built)["services"]["web"]["healthcheck"]["test"][-1] == "wget $$URL"


def test_a_private_port_is_bound_to_the_private_address(site: Site, templates: Templates) -> None:
    built = release_of(blog(), site, templates=templates)

    assert compose_of(built)["services"]["web"]["ports"] == ["10.0.0.3:8081:80"]


def test_secrets_stand_in_the_env_file_and_nowhere_else(site: Site) -> None:
    values = secrets_of(app("outline"))
    built = release_of(app("outline"), site, secrets=values)
    elsewhere = b"".join(content for path, content in built.files.items() if path != ".env")

    assert all(value.encode() in built.files[".env"] for value in values.values())
    assert not [name for name, value in values.items() if value.encode() in elsewhere]
    assert not [name for name, value in values.items() if value in repr(built)]
    assert not [name for name, value in values.items() if value.encode() in archive.manifest(built, "")]


def test_the_same_input_gives_the_same_revision(site: Site) -> None:
    assert release_of(app("outline"), site).revision == release_of(app("outline"), site).revision


def test_a_changed_mounted_file_changes_only_the_services_that_mount_it(site: Site) -> None:
    before = release_of(app("authentik"), site)
    after = release_of(
        app("authentik"), replace(site, domains={"public": "example.net", "ops": "example.cc"})
    )
    unchanged = release_of(replace(app("authentik"), purpose="Something else."), site)

    assert before.services["worker"] != after.services["worker"]
    assert before.services == unchanged.services


def test_a_changed_secret_changes_only_the_services_that_read_it(site: Site) -> None:
    values = secrets_of(app("outline"))
    before = release_of(app("outline"), site, secrets=values)
    after = release_of(app("outline"), site, secrets=values | {"UTILS_SECRET": "f" * 64})

    assert before.services["redis"] == after.services["redis"]
    assert before.services["outline"] != after.services["outline"]
    assert before.revision != after.revision


def test_routes_and_targets_change_without_recreating_what_watches_them(site: Site) -> None:
    before = release_of(app("prometheus"), site)
    after = release_of(app("prometheus"), replace(site, hosts=site.hosts[1:]))

    assert before.revision != after.revision
    assert before.services == after.services


def test_a_route_goes_to_the_edges_live_folder(site: Site) -> None:
    route = read_yaml(release_of(app("outline"), site).files["live/traefik/routes/outline.yaml"])

    assert route["http"]["routers"]["outline"]["rule"] == "Host(`wiki.example.org`)"
    assert route["http"]["services"]["outline"]["loadBalancer"]["servers"] == [
        {"url": "http://outline-outline:3000"}
    ]


def test_targets_are_valid_file_discovery(site: Site) -> None:
    groups = json.loads(release_of(app("prometheus"), site).files["live/prometheus/targets/catalogue.json"])

    assert {
        "targets": ["10.0.0.5:9090"],
        "labels": {"target_job": "prometheus", "host": "management", "__metrics_path__": "/metrics"},
    } in groups


def test_an_undefined_name_is_refused_with_file_and_line(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/site.conf.j2").write_text("a\n{{ host.private_ip }}\n{{ nonsense }}\n")

    with pytest.raises(
        ValueError,
        match=r"templates/blog/site\.conf\.j2 line 3: 'nonsense' is undefined; correct the template",
    ):
        release_of(blog(), site, templates=templates)


def test_a_template_that_does_not_parse_is_refused_with_file_and_line(
    site: Site, templates: Templates
) -> None:
    (templates.folder / "blog/site.conf.j2").write_text("a\n{% if %}\n")

    with pytest.raises(ValueError, match=r"templates/blog/site\.conf\.j2 line 2: "):
        release_of(blog(), site, templates=templates)


def test_compose_that_is_no_yaml_is_refused_with_its_name(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text("services: {web: [\n")

    with pytest.raises(
        ValueError, match=r"templates/blog/compose\.yaml\.j2 line 1, once rendered, is not YAML: "
    ):
        release_of(blog(), site, templates=templates)


@pytest.mark.parametrize("text", ["", "web: {}\n", "- web\n", "services: [web]\n", "services:\n"])
def test_compose_without_services_is_refused(site: Site, templates: Templates, text: str) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text(text)

    with pytest.raises(ValueError, match=r"templates/blog/compose\.yaml\.j2( line 1)?: it has no services"):
        release_of(blog(), site, templates=templates)


def test_a_service_may_need_nothing_but_its_record(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text("services:\n  web:\n")

    assert compose_of(release_of(blog(), site, templates=templates))["services"]["web"]["read_only"]


def test_an_app_without_a_compose_template_is_refused(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").unlink()

    with pytest.raises(ValueError, match=r"templates/blog/compose\.yaml\.j2 is missing"):
        release_of(blog(), site, templates=templates)


def test_template_and_record_must_name_the_same_services(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text("services: {web: {}, worker: {}}\n")

    with pytest.raises(
        ValueError, match=r"services \['web', 'worker'\] are not those of the record, \['web'\]"
    ):
        release_of(blog(), site, templates=templates)


def test_a_secret_that_the_record_does_not_declare_is_refused(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text(
        "services: {web: {environment: {KEY: '${API_KEY}'}}}\n"
    )

    with pytest.raises(
        ValueError, match=r"j2 line \d: it uses API_KEY: not secrets of the app; declare them, or"
    ):
        release_of(blog(), site, templates=templates)


def test_a_secret_that_no_service_uses_is_refused(site: Site, templates: Templates) -> None:
    with pytest.raises(ValueError, match="does not use API_KEY; use it or drop it"):
        release_of(blog(), site, secrets={"API_KEY": "x" * 40}, templates=templates)


def test_a_mount_of_a_file_that_is_not_in_the_release_is_refused(site: Site, templates: Templates) -> None:
    (templates.folder / "blog/compose.yaml.j2").write_text(
        "services: {web: {volumes: ['./current/nope:/nope:ro']}}\n"
    )

    with pytest.raises(
        ValueError, match=r"service 'web': it mounts \./current/nope, which is no file of the release"
    ):
        release_of(blog(), site, templates=templates)
