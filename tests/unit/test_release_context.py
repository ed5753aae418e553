"""What a template is given, and what a release is made of: exactly."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import App, Site, Volume
from tasks.stacks import compose, release
from tasks.templates import Templates
from tests.support.site import HOSTS, app, release_of
from tests.support.yaml_text import read_yaml
from tests.unit.test_compose_digest import BLOG, MIGRATE, WEB

OUTLINE = app("outline")


def given(record: App, site: Site, secrets: dict[str, str] | None = None) -> dict[str, Any]:
    return release.context(record, APPS, site, HOSTS[0], secrets or {})


def test_a_template_is_given_the_records_and_what_follows_from_them(site: Site) -> None:
    retired = replace(app("redis"), present=False)
    apps = (*APPS, retired)
    names = release.context(OUTLINE, apps, site, HOSTS[0])

    assert names.pop("secrets_digest") == release._digest([])
    assert names == {
        "app": OUTLINE,
        "site": site,
        "host": HOSTS[0],
        "url": "https://wiki.example.org",
        "identity_provider": "https://gateway.example.org",
        "identity_provider_address": "10.0.0.2",
        "issuer": "https://gateway.example.org/application/o/outline/",
        "bucket": "guildhall-test-outline",
        "clients": views.oidc_clients(apps, site),
        "saml_clients": views.saml_clients(apps, site),
        "forward_auth_clients": views.forward_auth_clients(apps, site),
        "targets": views.scrape_targets(apps, site),
        "probes": views.probes(apps, site),
        "dashboards": "https://grafana.example.cc",
        "causes": views.causes(apps, site),
        "retired": [retired],
        "backups": views.backups(apps, site),
        "sidecars": views.sidecars(apps, site),
        "encoded_characters": sorted(views.ENCODED.values()),
        "database": "outline",
    }


def test_an_app_without_a_name_has_no_address(site: Site) -> None:
    assert given(app("redis"), site)["url"] == ""


def test_the_digest_of_secrets_tells_that_one_of_them_changed_and_none_of_them(site: Site) -> None:
    def of(**secrets: str) -> str:
        return str(given(OUTLINE, site, secrets)["secrets_digest"])

    assert of(A="1", B="2") == of(B="2", A="1")
    assert len({of(A="1", B="2"), of(A="2", B="1"), of(A="1"), of()}) == 4
    assert len(of(A="1")) == 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("templates/blog/live", "files/blog"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "templates/blog/compose.yaml.j2").write_text(
        "services:\n"
        "  web: {volumes: ['./current/site.conf:/site.conf:ro'], environment: {KEY: '${KEY}'}}\n"
        "  migrate:\n"
    )
    (tmp_path / "templates/blog/site.conf.j2").write_text("{{ host.private_ip }}\n")
    (tmp_path / "templates/blog/live/told.j2").write_text("{{ app.name }}\n")
    (tmp_path / "files/blog/logo").write_bytes(b"\x00\xff")
    return tmp_path


RECORD = replace(BLOG, services=(WEB, MIGRATE), volumes=(Volume(name="data", owner="101:101", backup=True),))


def made(folder: Path, site: Site, record: App = RECORD, **secrets: str) -> release.Release:
    return release_of(record, site, templates=Templates(folder), secrets=secrets or {"KEY": "of a test"})


def test_a_release_has_every_file_and_each_where_it_belongs(folder: Path, site: Site) -> None:
    built = made(folder, site)

    assert {path: content for path, content in built.files.items() if path != "compose.yaml"} == {
        "site.conf": b"10.0.0.3\n",
        "logo": b"\x00\xff",
        "live/blog/told": b"blog\n",
        ".env": b'KEY="of a test"\n',
    }
    assert built.digests["logo"] == hashlib.sha256(b"\x00\xff").hexdigest()
    assert list(built.digests) == sorted(built.files)
    assert ".env" not in made_without_secrets(folder, site).files


def made_without_secrets(folder: Path, site: Site) -> release.Release:
    (folder / "templates/blog/compose.yaml.j2").write_text("services: {web: , migrate: }\n")
    return release_of(RECORD, site, templates=Templates(folder), secrets={})


def test_the_compose_file_names_networks_volumes_and_the_digest_of_each_service(
    folder: Path, site: Site
) -> None:
    built = made(folder, site)
    text = built.files["compose.yaml"].decode()
    parsed = read_yaml(text)

    assert list(parsed) == ["name", "services", "networks", "volumes"]
    assert parsed["name"] == "blog"
    assert parsed["networks"] == {
        "default": {"driver_opts": {"com.docker.network.bridge.name": "gh-blog"}},
        "edge": {"external": True, "name": "traefik_to_blog"},
    }
    assert parsed["volumes"] == {"data": {"external": True, "name": "blog_data"}}
    labels = {name: each["labels"]["org.guildhall.service"] for name, each in parsed["services"].items()}
    assert labels["web"] == built.services["web"]
    assert built.services.keys() == {"web"}


def test_an_app_that_the_edge_has_no_business_with_has_its_own_network_alone(
    folder: Path, site: Site
) -> None:
    alone = replace(RECORD, services=(replace(WEB, on_edge=False), MIGRATE))

    parsed = read_yaml(made(folder, site, alone).files["compose.yaml"])

    assert parsed["networks"] == {"default": {"driver_opts": {"com.docker.network.bridge.name": "gh-blog"}}}
    assert parsed["services"]["web"]["networks"] == {"default": {}}


def test_letters_of_other_languages_stay_readable(folder: Path, site: Site) -> None:
    template = folder / "templates/blog/compose.yaml.j2"
    long = "word " * 21
    template.write_text(template.read_text().replace("'${KEY}'", f"'${{KEY}}', NAME: 'ü {long}'"))

    assert f"NAME: 'ü {long}'" in made(folder, site).files["compose.yaml"].decode()


def test_the_digest_of_the_compose_file_is_of_the_file_and_of_no_mounted_one(
    folder: Path, site: Site
) -> None:
    before = made(folder, site)
    (folder / "templates/blog/site.conf.j2").write_text("other\n")
    mounted = made(folder, site)
    (folder / "templates/blog/compose.yaml.j2").write_text(
        (folder / "templates/blog/compose.yaml.j2").read_text().replace("KEY: '", "OTHER: '")
    )
    changed = made(folder, site)

    assert before.compose_digest == mounted.compose_digest != changed.compose_digest
    assert before.services != mounted.services
    assert len({each.revision for each in (before, mounted, changed)}) == 3
    assert len(before.compose_digest) == 64


def test_a_secret_is_told_by_a_digest_of_its_own(folder: Path, site: Site) -> None:
    built = made(folder, site)

    assert built.secret_digests == {"KEY": release._salted(RECORD, "KEY", "of a test")}


def test_each_image_is_named_once_and_those_without_a_digest_are_told(folder: Path, site: Site) -> None:
    reference, digest = WEB.image.reference, f"sha256:{'1' * 64}"
    locked = replace(site, image_digests={reference: digest})

    assert made(folder, locked).images == (f"{reference}@{digest}",)
    assert made(folder, locked).unlocked == ()
    assert made(folder, replace(site, image_digests={})).unlocked == (reference,)


def test_a_revision_is_the_digest_of_files_and_services(folder: Path, site: Site) -> None:
    built = made(folder, site)
    parts = json.dumps({"files": built.digests, "services": dict(built.services)}, sort_keys=True)

    assert built.revision == hashlib.sha256(parts.encode()).hexdigest()[:12]


def test_what_template_and_record_do_not_share_is_named_by_its_file(folder: Path, site: Site) -> None:
    file = r"^templates/blog/compose\.yaml\.j2"
    with pytest.raises(
        ValueError, match=rf"{file} line 2: it uses KEY: not secrets of the app; declare them"
    ):
        made(folder, site, OTHER="x")
    with pytest.raises(ValueError, match=rf"{file} does not use A, B; use it or drop it$"):
        made(folder, site, KEY="x", B="y", A="z")
    both = r"services \['migrate', 'web'\] are not those of the record, \['web'\]"
    with pytest.raises(ValueError, match=rf"{file} line 3: {both}; make them the same$"):
        made(folder, site, BLOG)


def test_a_route_is_told_to_the_edge_in_the_place_where_it_looks(site: Site) -> None:
    route = replace(OUTLINE.routes[0], port=1234)
    several = replace(OUTLINE, routes=(route, replace(route, paths=("/hooks",))))
    files = release_of(several, site).files
    told = read_yaml(files["live/traefik/routes/outline.yaml"])["http"]

    assert list(told["services"]) == ["outline", "outline-1"]
    assert list(told["routers"]) == ["outline-to-https-0", "outline", "outline-1"]
    assert told["services"]["outline-1"]["loadBalancer"]["servers"] == [
        {"url": "http://outline-outline:1234"}
    ]
    assert told["routers"]["outline-1"]["rule"] == "Host(`wiki.example.org`) && (PathPrefix(`/hooks`))"


@pytest.mark.parametrize(
    ("mirror", "digest", "pulled"),
    [
        ("", "sha256:1", "docker.io/library/nginx:1.29.0@sha256:1"),
        ("", "", "docker.io/library/nginx:1.29.0"),
        ("mirror:5000", "sha256:1", "mirror:5000/docker.io/library/nginx:1.29.0"),
    ],
)
def test_an_image_is_pulled_from_the_mirror_else_by_its_digest(
    site: Site, mirror: str, digest: str, pulled: str
) -> None:
    digests = {WEB.image.reference: digest} if digest else {}

    assert compose.image(WEB, replace(site, image_mirror=mirror, image_digests=digests)) == pulled
