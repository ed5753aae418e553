"""What tells Prometheus of databases: who may ask them, as whom, and what they are told."""

from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from tests.support.site import app, release_of
from tests.support.yaml_text import read_yaml


def service(name: str, service: str, site: Site) -> dict[str, Any]:
    """A service of an app as Compose gets it."""
    found: dict[str, Any] = read_yaml(release_of(app(name), site).files["compose.yaml"])
    return dict(found["services"][service])


@pytest.mark.parametrize("name", ["redis", "outline", "nextcloud", "decidim"])
def test_each_redis_is_asked_by_what_is_beside_it_and_by_nobody_else(name: str, site: Site) -> None:
    exporter, redis = service(name, "redis-exporter", site), service(name, "redis", site)

    assert exporter["environment"] == {"REDIS_ADDR": "redis://redis:6379"}
    assert "ports" not in redis
    assert app(name).service("redis-exporter").metrics


def test_what_measures_postgresql_has_a_role_of_its_own_that_reads_statistics_only(site: Site) -> None:
    given = service("postgres-exporter", "postgres-exporter", site)["environment"]

    assert given["DATA_SOURCE_USER"] == "postgres_exporter"
    assert given["DATA_SOURCE_URI"] == "10.0.0.9:5432/postgres_exporter?sslmode=require"
    assert [each.name for each in APPS if each.database and each.database.statistics] == ["postgres-exporter"]
    assert "postgres_exporter" not in {each.database for each in views.backups(APPS, site)}
