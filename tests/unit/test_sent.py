"""What a host is sent of a run's changes, in which order, and whether all of it was wanted."""

import base64
import io
import json
import tarfile
from types import MappingProxyType
from typing import Any

import pytest

from catalogue import APPS, views
from catalogue.model import Site
from onhost import answer, orders
from tasks.program import Reading
from tasks.stacks.archive import Deployment, packed
from tasks.stacks.changes import Change, Noted, change
from tasks.stacks.operation import converge
from tasks.stacks.state import HostState
from tests.support.operations import Answer, FakeHost, commands, done, on
from tests.support.site import app, release_of

Entries = dict[str, tuple[int, bytes]]


def entries(sent: str) -> Entries:
    """What an archive holds, as it lies there: mode and content by path."""
    archive = base64.b64decode(sent.partition("\n")[2])
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {each.name: (each.mode, opened.extractfile(each).read()) for each in opened}  # type: ignore[union-attr]


def deployment(site: Site) -> Deployment:
    return Deployment(
        apps=APPS, site=site, by="ops", commit="abc", wait_seconds=60, wait_at_first_seconds=600
    )


def new(name: str, site: Site) -> Change:
    """An app on a host that does not have it."""
    found = change(release_of(app(name), site), HostState())
    assert found
    return found


def order(sent: Entries, folder: str) -> orders.Order:
    return orders.order(json.loads(sent[f"{folder}/order.json"][1]))


def test_a_host_that_sorts_folders_by_name_keeps_the_order_of_a_run(site: Site) -> None:
    gone = [Change(app=each, release=None, reasons=("gone",), recreated=()) for each in APPS]
    assert len(gone) > 10

    folders = dict.fromkeys(path.partition("/")[0] for path in entries(packed(gone, deployment(site))))

    assert [name.partition("-")[2] for name in sorted(folders)[: len(gone)]] == [each.name for each in APPS]


def test_what_tells_of_secrets_is_roots_alone_and_what_programs_read_is_theirs(site: Site) -> None:
    sent = entries(packed([new("outline", site)], deployment(site)))

    closed = {path for path, (mode, _) in sent.items() if mode == 0o600}
    assert closed == {
        "run.json",
        "000-outline/order.json",
        "000-outline/release/manifest.json",
        "000-outline/release/.env",
    }
    assert {mode & 0o444 for path, (mode, _) in sent.items() if path not in closed} == {0o444}


def test_an_order_names_the_edge_and_what_must_answer_first(site: Site) -> None:
    sent = entries(packed([new("traefik", site), new("outline", site)], deployment(site)))
    edge, wiki = order(sent, "000-traefik"), order(sent, "001-outline")

    assert (edge.is_edge, wiki.is_edge) == (True, False)
    assert edge.needs == ()
    assert wiki.needs == (
        "database",
        "https://gateway.example.org/application/o/outline/.well-known/openid-configuration",
    )


def test_a_retired_app_is_an_order_without_a_release(site: Site) -> None:
    gone = Change(app=app("outline"), release=None, reasons=("gone",), recreated=())

    sent = entries(packed([gone], deployment(site)))

    assert set(sent) == {"run.json", "000-outline/order.json"}
    assert order(sent, "000-outline").retire


STACK = {
    "kind": "stack",
    "app": "leantime",
    "current": "1-a",
    "stands": "1-a",
    "applied": "1-a",
    "version": "",
    "manifest": {},
    "files": {},
    "mode": "",
    "opened": {},
    "astray": [],
    "last": {},
}


def converging(host: FakeHost, site: Site, noted: Noted, *names: str) -> list[Any]:
    """What an operation would have done about these apps."""
    with on(host):
        return commands(
            converge,
            releases=[release_of(app(name), site) for name in names],
            unwanted=[],
            deployment=deployment(site),
            without_database={},
            without_bucket={},
            partners={},
            noted=noted,
        )


def plain_host(**stacks: str) -> FakeHost:
    """One on which apps run from a release."""
    return FakeHost(fact=Reading(stacks=told(**stacks)), answers=[Answer(), Answer()])


def told(**stacks: str) -> tuple[str, ...]:
    """What the program on a host says of them."""
    each = [
        json.dumps(STACK | {"app": name, "current": at, "stands": at, "applied": at})
        for name, at in stacks.items()
    ]
    return (answer.BEGIN, *each, answer.END)


def test_what_was_planned_is_done_whatever_became_of_the_host_since(site: Site) -> None:
    """The host itself refuses what another release was planned against."""
    host, noted = plain_host(outline="1-a"), Noted()
    assert converging(host, site, noted, "outline", "nextcloud")
    host.fact = Reading(stacks=told(outline="2-b"))
    [command] = converging(host, site, noted, "outline", "nextcloud")
    done(command, host)

    sent = entries(host.ran[0][1])
    assert [order(sent, each).before for each in ("000-outline", "001-nextcloud")] == ["1-a", ""]
    assert noted.found.stacks["outline"].current == "1-a"


def test_an_app_that_two_deploys_are_about_is_one_change_of_the_run(site: Site) -> None:
    host, noted = plain_host(), Noted()
    converging(host, site, noted, "outline")
    host.current_op_hash = "the second"
    converging(host, site, noted, "outline", "nextcloud")

    assert [each.app.name for each in noted.changes] == ["outline", "nextcloud"]
    assert [len(each) for each in noted.planned.values()] == [1, 1]


class Run:
    """One host that is brought to some releases."""

    def __init__(
        self,
        site: Site,
        *names: str,
        partners: Any = MappingProxyType({}),
        **why_not: dict[str, str],
    ) -> None:
        self.host = plain_host(leantime="1-a")
        with on(self.host):
            [command] = commands(
                converge,
                releases=[release_of(app(name), site) for name in names],
                unwanted=[app("leantime")],
                deployment=deployment(site),
                without_database=why_not.get("database", {}),
                without_bucket=why_not.get("bucket", {}),
                partners=partners,
                noted=Noted(),
            )
            self.good = done(command, self.host)

    @property
    def sent(self) -> list[str]:
        folders = {path.partition("/")[0] for path in entries(self.host.ran[0][1])}
        return [name.partition("-")[2] for name in sorted(folders - {"run.json"})]


def test_what_must_go_goes_before_what_is_wanted(site: Site) -> None:
    run = Run(site, "outline", "nextcloud")

    assert run.sent == ["leantime", "outline", "nextcloud"]
    assert run.good


@pytest.mark.parametrize("what", ["database", "bucket"])
def test_an_app_that_was_refused_is_not_sent_and_the_run_does_not_end_well(site: Site, what: str) -> None:
    run = Run(site, "outline", "nextcloud", **{what: {"outline": "it cannot be asked"}})

    assert run.sent == ["leantime", "nextcloud"]
    assert f"outline: REFUSED: its {what}: it cannot be asked; nothing was changed" in run.host.said
    assert not run.good


def test_a_partner_that_does_not_run_yet_does_not_go_along(site: Site) -> None:
    everything = frozenset(secret.name for secret in views.secrets(app("outline"), APPS))

    assert Run(site, "outline", "n8n", partners={"outline": everything}).sent == ["leantime", "n8n"]
