"""The finished files of every app on every host of production, as a text that a reviewer can read."""

from catalogue import APPS, views
from tasks.host.firewall import rules
from tests.support import golden
from tests.support.fixtures import FIXTURES, built
from tests.support.releases import production, releases, shown
from tests.support.site import secrets_of


def test_the_releases_are_as_written_down() -> None:
    found = {
        f"{host}/{release.app.name}/{path}": text
        for host, release in releases()
        for path, text in shown(release).items()
    }
    site = production()
    walls = {
        f"{host.name}/firewall.nft": rules(views.firewall(APPS, site, host), host.private_ip, site.network)
        for host in site.hosts
    }

    golden.same("golden", found | walls)


def test_the_releases_of_apps_that_only_tests_have_are_as_written_down() -> None:
    found = {
        f"{name}/{path}": text for name, release in built().items() for path, text in shown(release).items()
    }

    golden.same("fixtures/golden", found)
    assert not [app for app in FIXTURES for value in secrets_of(app).values() if value in str(found)]


def test_no_secret_is_in_what_is_written_down() -> None:
    texts = [text for _, release in releases() for text in shown(release).values()]

    for app in APPS:
        assert not [text for text in texts for value in secrets_of(app).values() if value in text]
