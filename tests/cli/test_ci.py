"""`guildhall ci`, against a small GitHub."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from tasks import github as room
from tasks.clients import http
from tasks.settings import ROOT
from tests.support.github import TOKEN, Repository, github


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with github() as made:
        for name, value in {**made.variables, "GUILDHALL_ENV": "production"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(http.RETRY, "backoff_factor", 0.01)
        yield made


def test_a_comment_is_made_and_then_updated(site: Repository, tmp_path: Path) -> None:
    file = tmp_path / "plan.md"
    site.comments = [
        {"id": 0, "on": "7", "body": "<!-- guildhall: plan, production -->", "user": {"type": "User"}},
        *({"id": each, "on": "7", "body": "Nice.", "user": {"type": "Bot"}} for each in range(1, 150)),
    ]
    for text in ("### one", "### two"):
        file.write_text(text)
        assert run(["ci", "comment", str(file), "--pull", "7"]) == 0

    assert [each["body"] for each in site.comments[150:]] == [
        "<!-- guildhall: plan, production -->\n### two\n"
    ]
    assert site.comments[0]["body"] == "<!-- guildhall: plan, production -->"


def test_where_there_is_no_plan_the_comment_says_where_to_look(site: Repository, tmp_path: Path) -> None:
    (tmp_path / "plan.md").touch()
    run(["ci", "comment", str(tmp_path / "plan.md"), "--pull", "7"])

    assert "There is no plan; [the run](" in site.comments[0]["body"]


def test_one_issue_is_opened_updated_closed_and_another_one_opened(site: Repository, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    for text in ("a ``` b @somebody", "two"):
        file.write_text(text)
        run(["ci", "issue", "--title", "Ill", str(file)])
    [issue] = site.issues
    assert (issue["title"], issue["state"]) == ("Ill", "open")
    assert "```text\ntwo\n```\n" in issue["body"]

    run(["ci", "issue", "--title", "Ill", "--close"])
    run(["ci", "issue", "--title", "Ill", "--close"])
    assert issue["state"] == "closed"

    run(["ci", "issue", "--title", "Ill", str(file)])
    assert [each["state"] for each in site.issues] == ["closed", "open"]


def test_environments_have_an_issue_each(
    site: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.txt").write_text("one")
    for environment in ("production", "lab"):
        monkeypatch.setenv("GUILDHALL_ENV", environment)
        run(["ci", "issue", "--title", "Ill", str(tmp_path / "report.txt")])

    assert len(site.issues) == 2


def test_digests_are_proposed_and_the_proposal_is_kept_up_to_date(site: Repository) -> None:
    words = ["ci", "pull", str(ROOT / "images.lock"), "--title", "Digests"]
    site.files["main:images.lock"] = (ROOT / "images.lock").read_bytes()
    run(words)
    assert (site.pulls, list(site.branches)) == ([], ["main"])

    site.files["main:images.lock"] = b"before\n"
    for _ in range(2):
        assert run(words) == 0
    [pull] = site.pulls
    assert (pull["head"], pull["base"], pull["title"]) == ("guildhall/images.lock", "main", "Digests")
    assert site.files["guildhall/images.lock:images.lock"] == (ROOT / "images.lock").read_bytes()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, "HTTP 401: the token is not valid; check GITHUB_TOKEN"),
        (403, "HTTP 403: the token may not do that; give the job the permission: "),
        (404, "HTTP 404: there is no such thing, or the token may not see it; "),
        (422, "HTTP 422\n"),
        (500, "HTTP 500: GitHub fails; run it again, "),
    ],
)
def test_a_refusal_is_one_line_without_the_token(
    site: Repository, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    site.refuses = code

    assert run(["ci", "issue", "--title", "Ill", "--close"]) == 1
    shown = capsys.readouterr()
    assert f"GitHub: GET issues: {said}" in shown.err
    assert shown.err.count("\n") == 1
    assert TOKEN not in shown.out + shown.err


def test_what_is_not_there_is_one_line(
    site: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    assert run(["ci", "issue", "--title", "Ill", "--close"]) == 1
    monkeypatch.delenv("GITHUB_TOKEN")
    assert run(["ci", "issue", "--title", "Ill", "--close"]) == 1
    assert run(["ci", "issue", "--title", "Ill"]) == 1

    one, two, three = capsys.readouterr().err.splitlines()
    assert one.endswith("; check the network")
    assert two == "GitHub: not set: GITHUB_TOKEN; a job of GitHub's sets them"
    assert three == "say either the file to show or --close"


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    assert len(room.body("mark", "x" * 100_000)) < 65_536
    assert room.body("mark", "x" * 100_000).endswith("the run's log has all of it.\n")
    assert room.fenced("x" * 100_000).endswith("x\n```")
    assert room.fenced("a ```` b").startswith("`````text\n")


def test_the_heartbeat_is_told_and_its_address_is_shown_nowhere(
    site: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ci", "heartbeat"]) == 0
    monkeypatch.setenv("HEARTBEAT_URL", f"{site.url}/repos/organisation/site")
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert run(["ci", "heartbeat"]) == 1
    monkeypatch.setenv("HEARTBEAT_URL", "http://127.0.0.1:9/canary")
    assert run(["ci", "heartbeat"]) == 1
    shown = capsys.readouterr()

    assert "HEARTBEAT_URL is not set" in shown.out
    assert site.asked == ["GET "]
    assert "HTTP 401" in shown.err
    assert "ConnectionError" in shown.err
    assert "canary" not in shown.err


def test_a_key_is_put_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END"  # pragma: allowlist secret
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SSH_KEY", key)
    file = tmp_path / ".ssh/id_ed25519"

    assert run(["ci", "key"]) == run(["ci", "key"]) == 0
    assert file.read_text() == f"{key}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for other in (key.replace("canary", "another"), ""):
        monkeypatch.setenv("SSH_KEY", other)
        assert run(["ci", "key"]) == 1
    assert file.read_text() == f"{key}\n"
    shown = capsys.readouterr()
    assert "canary" not in shown.out + shown.err
    assert "another" not in shown.err.replace("is another key", "")
