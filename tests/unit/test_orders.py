"""What the program on a host is told of an app, and what the release says of itself there."""

import json
from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import (
    App,
    Check,
    Database,
    Exec,
    Health,
    Image,
    Route,
    Service,
    Site,
    Upgrade,
    Volume,
)
from onhost import orders
from tasks.stacks.archive import Deployment, manifest, order_of
from tasks.stacks.changes import Change
from tasks.stacks.release import Release
from tests.support.site import app
from tests.unit.test_sent import entries, order, packed

IMAGE = Image(repository="docker.io/example/shop", tag="1.2.3")
DIGEST = f"sha256:{'a' * 64}"
WEB = Service(
    name="web",
    image=IMAGE,
    health=Health(command=("true",), start_seconds=1),
    memory_mb=64,
    user="991:992",
    check=Check(entrypoint="/bin/shop", arguments=("check", "--all")),
)
SHOP = App(
    name="shop",
    purpose="A shop.",
    group="tools",
    upgrade=Upgrade(step="any", one_way=True),
    services=(WEB, replace(WEB, name="migrate", one_shot=True, health=None, check=None)),
    routes=(Route(host="shop", domain="public", service="web", port=80),),
    volumes=(Volume(name="data", owner="33:34", backup=True),),
    database=Database(),
    after_up=(Exec(service="web", command=("shop", "ready"), seconds=30),),
    ready_seconds=77,
)
COMPOSE = """services:
  migrate: {image: other}
  web:
    volumes:
      - ./current/shop.conf:/etc/shop.conf:ro
      - ./live/rules:/etc/rules:ro
      - shop_data:/data
"""
RELEASE = Release(
    app=SHOP,
    files={"compose.yaml": COMPOSE.encode(), "shop.conf": b"x"},
    owners={"secrets/web/KEY": "991:992"},
    secret_digests={"KEY": "k"},
    services={"web": "w"},
    images=("docker.io/example/shop:1.2.3",),
    unlocked=(),
    compose_digest="c",
)
CHANGE = Change(app=SHOP, release=RELEASE, reasons=("it is new",), recreated=("web",), one_way=True)
EVERY = (*APPS, SHOP)
INSIDE = orders.Check(
    image="docker.io/example/shop:1.2.3",
    user="991:992",
    entrypoint="/bin/shop",
    arguments=("check", "--all"),
    mounts={"shop.conf": "/etc/shop.conf", "live/shop/rules": "/etc/rules"},
)


def test_an_order_says_all_of_the_record_that_a_host_must_know(site: Site) -> None:
    edge = app("traefik")
    assert order_of(CHANGE, EVERY, site) == orders.Order(
        app="shop",
        revision=RELEASE.revision,
        before="",
        ready=77,
        needs=("database",),
        images=("docker.io/example/shop:1.2.3",),
        one_shots=("migrate",),
        volumes={"shop_data": "33:34"},
        network="traefik_to_shop",
        bridges={"shop_default": "gh-shop", "traefik_to_shop": "gh-e-shop"},
        edge=(edge.name, edge.services[0].name),
        one_way=True,
        checks=(INSIDE,),
        after_up=(orders.Exec("web", ("shop", "ready"), 30),),
    )


def test_a_checker_is_the_image_that_will_run(site: Site) -> None:
    known = replace(site, image_digests={IMAGE.reference: DIGEST})
    [check] = order_of(CHANGE, EVERY, known).checks

    assert check.image == f"{IMAGE.reference}@{DIGEST}"


def test_an_app_that_is_not_behind_the_edge_has_no_network_with_it(site: Site) -> None:
    record = replace(SHOP, routes=())
    made = order_of(replace(CHANGE, app=record), (*APPS, record), site)

    assert (made.network, made.bridges) == ("", {"shop_default": "gh-shop"})


def test_the_order_to_retire_an_app_names_what_must_be_taken_apart(site: Site) -> None:
    gone = replace(CHANGE, release=None)

    assert order_of(gone, EVERY, site) == orders.Order(
        app="shop",
        revision="retired",
        retire=True,
        before="",
        network="traefik_to_shop",
        edge=("traefik", app("traefik").services[0].name),
    )


def test_a_manifest_says_what_the_release_is_and_how_it_came(site: Site) -> None:
    told = order_of(CHANGE, EVERY, site)
    text = manifest(RELEASE, "c0ffee", told)
    known = {
        "app": "shop",
        "revision": RELEASE.revision,
        "commit": "c0ffee",
        "version": "1.2.3",
        "images": ["docker.io/example/shop:1.2.3"],
        "compose": "c",
        "services": {"web": "w"},
        "secrets": {"KEY": "k"},
        "files": RELEASE.digests,
        "owners": {"secrets/web/KEY": "991:992"},
        "order": json.loads(orders.written(told)),
    }

    assert json.loads(text) == known
    assert text == json.dumps(known, sort_keys=True).encode() + b"\n"
    assert json.loads(manifest(RELEASE, "c0ffee")) == {**known, "order": {}}


def test_a_host_is_sent_the_manifest_with_its_order_and_what_all_orders_have_in_common(site: Site) -> None:
    run = Deployment(
        apps=EVERY, site=site, by="ada@desk", commit="c0ffee", wait_seconds=60, wait_at_first_seconds=600
    )
    sent = entries(packed([CHANGE], run))
    told = order_of(CHANGE, EVERY, site)

    assert orders.run(sent["run.json"][1].decode()) == orders.Run(
        by="ada@desk",
        commit="c0ffee",
        wait=60,
        wait_at_first=600,
        postgres_host="10.0.0.9",
        postgres_port=5432,
    )
    assert order(sent, "000-shop") == told
    assert sent["000-shop/release/manifest.json"][1] == manifest(RELEASE, "c0ffee", told)
    assert sent["000-shop/release/compose.yaml"] == (0o644, COMPOSE.encode())


@pytest.mark.parametrize(("name", "mode"), [("run.sh", 0o755), ("run.sh.txt", 0o644), ("secrets/a", 0o400)])
def test_a_script_may_be_run_and_a_file_of_secrets_is_for_one(site: Site, name: str, mode: int) -> None:
    release = replace(RELEASE, files={"compose.yaml": COMPOSE.encode(), name: b"x"})
    run = Deployment(apps=EVERY, site=site, by="", commit="", wait_seconds=1, wait_at_first_seconds=1)
    sent = entries(packed([replace(CHANGE, release=release)], run))

    assert sent[f"000-shop/release/{name}"] == (mode, b"x")


def test_the_edges_own_service_is_its_first(site: Site) -> None:
    edge = views.edge(APPS)
    two = replace(edge, services=(*edge.services, replace(WEB, name="other", check=None)))
    every = tuple(two if each.edge else each for each in EVERY)

    assert order_of(CHANGE, every, site).edge == ("traefik", edge.services[0].name)
