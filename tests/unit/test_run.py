"""Which hosts and apps a run is about, read from what was typed."""

from pathlib import Path

import pytest

from tasks import run
from tasks.settings import ROOT


@pytest.mark.parametrize(
    ("files", "groups"),
    [
        (["tools"], {"tools"}),
        (["tools", "management"], {"tools", "management"}),
        (["site"], {"all"}),
        (["monitoring"], {"all"}),
        (["verify"], {"all"}),
        ([], {"all"}),
    ],
)
def test_a_deploy_file_says_whose_hosts_it_is_about(files: list[str], groups: set[str]) -> None:
    calls = run._calls(str(ROOT / f"deploys/{name}.py") for name in files)

    assert run._groups(calls) == groups


def test_what_only_looks_brings_nothing_to_a_host(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text("for group in ('tools', 'management'):\n    server(group, APPS)\n")

    assert run._calls([str(ROOT / "deploys/verify.py")]) == []
    assert run._groups(run._calls([str(mine)])) == {"all"}
