"""Which hosts and apps a run is about, read from what was typed."""

import re
from pathlib import Path

import pytest

from catalogue import APPS, views
from catalogue.model import Host
from tasks import deploy_files
from tasks.settings import ROOT
from tests.support.site import HOSTS, app

EVERY = frozenset(each.name for each in APPS)
WATCHING = frozenset(each.name for each in APPS if each.monitoring)


def about(*names: str) -> list[deploy_files.Call]:
    return deploy_files.calls([f"{ROOT}/deploys/{name}.py" for name in names], APPS)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["tools"], [("tools", EVERY)]),
        (["tools", "management"], [("tools", EVERY), ("management", EVERY)]),
        (["site"], [("all", EVERY)]),
        (["monitoring"], [("all", WATCHING)]),
        (["verify"], []),
        ([], []),
    ],
)
def test_a_deploy_file_says_which_hosts_and_apps_it_is_about(
    files: list[str], said: list[tuple[str, frozenset[str]]]
) -> None:
    assert [(call.group, call.apps) for call in about(*files)] == said
    assert EVERY > WATCHING > frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "for group in ('tools', 'management'):\n    server(group, APPS)\n",
        "from catalogue.apps.outline import APP\nprograms([APP])\n",
        "import tasks\ntasks.server.server('tools', APPS)\n",
    ],
)
def test_what_a_file_does_not_say_plainly_may_be_anything(tmp_path: Path, text: str) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(text)

    assert [(call.group, call.apps) for call in deploy_files.calls([str(mine)], APPS)] == [("all", EVERY)]


ELSEWHERE = "and this run has none of them; choose others by --limit, or type deploys/site.py"


@pytest.mark.parametrize(
    ("files", "hosts", "only", "said"),
    [
        (["monitoring"], HOSTS, "outline", "deploys/monitoring.py is about it; type deploys/site.py"),
        (
            ["tools", "monitoring"],
            HOSTS[:1],
            "grafana",
            f"it is for the hosts of group 'management', {ELSEWHERE}",
        ),
        (["tools"], HOSTS, "grafana", f"it is for the hosts of group 'management', {ELSEWHERE}"),
        (["site"], HOSTS[1:], "outline", f"it is for the hosts of group 'tools', {ELSEWHERE}"),
        (["verify"], HOSTS[1:], "outline", f"it is for the hosts of group 'tools', {ELSEWHERE}"),
        (["tools"], HOSTS[1:], "", f"deploys/tools.py: it is for the hosts of group 'tools', {ELSEWHERE}"),
        (
            ["tools", "management"],
            HOSTS[2:],
            "",
            f"it is for the hosts of group 'tools' or 'management', {ELSEWHERE}",
        ),
        (["monitoring", "tools"], HOSTS, "outline", ""),
        (["monitoring"], HOSTS[1:], "alloy", ""),
        (["monitoring"], HOSTS[1:2], "prometheus", ""),
        (["site"], HOSTS[:1], "", ""),
        (["verify"], HOSTS[:1], "", ""),
    ],
)
def test_a_run_that_would_do_nothing_is_refused(
    files: list[str], hosts: tuple[Host, ...], only: str, said: str
) -> None:
    here = [(host, each) for host in hosts for each in views.on_host(APPS, host) if only in ("", each.name)]
    one = app(only) if only else None

    if not said:
        deploy_files.check(about(*files), hosts, here, one)
        return
    with pytest.raises(ValueError, match=re.escape(said)):
        deploy_files.check(about(*files), hosts, here, one)


def test_what_files_bring_to_hosts_is_named_once() -> None:
    here = [(host, each) for host in HOSTS for each in APPS if each.group in ("all", *host.groups)]
    found = {name: [each.name for each in deploy_files.reached(about(name), here)] for name in DEPLOYS}

    assert set(found["site"]) == EVERY
    assert len(found["site"]) == len(EVERY)
    assert set(found["tools"]) == {each.name for each in APPS if each.group in ("all", "tools")}
    assert found["verify"] == []


DEPLOYS = ("site", "tools", "verify")
