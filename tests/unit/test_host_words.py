"""What the program on a host is told, what it says, and what it notes."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from onhost import answer, orders
from onhost.messages import Voice, record, spoken

ORDER = orders.Order(
    app="app",
    revision="a" * 12,
    needs=("database",),
    volumes={"app_data": "33:34"},
    edge=("traefik", "traefik"),
    checks=(orders.Check("image", "1:1", "promtool", ("check", "x"), {"a": "/a"}),),
    after_up=(orders.Exec("web", ("do", "it"), 5),),
)


def opened() -> int:
    """Files that this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_order_and_a_run_are_read_as_they_were_written() -> None:
    run = orders.Run("anna", "c0ffee", 1, 2, "db", 5432, {"up": 3.5})

    assert orders.run(orders.written(run)) == run
    assert orders.order(json.loads(orders.written(ORDER))) == ORDER


def test_an_order_of_an_older_program_has_the_rest_by_default() -> None:
    assert orders.order({"app": "app", "revision": "r"}) == orders.Order(app="app", revision="r")
    with pytest.raises(TypeError):
        orders.order({"app": "app", "revision": "r", "unheard_of": 1})


def test_the_edge_is_the_app_that_serves_the_routes() -> None:
    assert not ORDER.is_edge
    assert orders.Order(app="traefik", revision="r", edge=("traefik", "web")).is_edge


def test_what_is_answered_is_read_among_what_a_login_prints(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [{"name": "a\tb\nc\udce9"}, {}]
    sys.stdout.write("welcome")
    answer.write(lines)
    said = capsys.readouterr().out

    assert said.isascii()
    assert answer.read([line + "\r" for line in f"{said}bye".split("\n")]) == lines


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "it gave no answer"),
        ([answer.END], "it gave no answer"),
        ([answer.BEGIN], "its answer was cut off"),
        ([answer.END, answer.BEGIN, "{}"], "its answer was cut off"),
        ([answer.BEGIN, "3", answer.END], "a line of its answer is damaged"),
    ],
)
def test_half_an_answer_is_none(lines: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        answer.read(lines)


def test_an_end_before_the_begin_is_none_of_ours() -> None:
    assert answer.read([answer.END, answer.BEGIN, "{}", answer.END, "{"]) == [{}]


def test_a_voice_says_whose_it_is_and_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    voice = Voice("app")
    for name in ("one", "two"):
        (tmp_path / name).write_text(f'KEY="secret-{name}"\n')
    voice.knows(tmp_path / "one", tmp_path / "none")
    voice.knows(tmp_path / "two")
    voice.say("up with secret-one\x1b[2J")
    voice.show("first\nit is secret-two")

    assert capsys.readouterr().out == "app: up with ***\n    first\n    it is ***\n"


def test_the_work_goes_on_if_nobody_listens_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        tries = 0

        def write(self, _: str) -> int:
            Gone.tries += 1
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    spoken("one")
    spoken("two")

    assert Gone.tries == 1


def test_each_line_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BufferedWriter(raw)))
    spoken("switch")

    assert raw.getvalue() == b"switch\n"


def test_the_record_has_a_line_for_each_deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log/deep/deploys.jsonl"
    monkeypatch.setattr("time.gmtime", lambda: (2026, 1, 2, 3, 4, 5, 4, 2, 0))
    previous = os.umask(0o022)
    for app in ("app", "blog"):
        record(log, {"app": app})
    os.umask(previous)

    assert log.read_text().splitlines() == [
        f'{{"time":"2026-01-02T03:04:05Z","app":"{app}"}}' for app in ("app", "blog")
    ]
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o755)


def test_half_a_line_is_taken_back_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "deploys.jsonl"
    record(log, {"app": "app"})
    before, write, files = log.read_text(), os.write, opened()
    monkeypatch.setattr(os, "write", lambda to, text: write(to, text[:5]))

    with pytest.raises(OSError, match="No space left on device") as full:
        record(log, {"app": "blog"})
    assert full.value.errno == 28
    assert log.read_text() == before
    assert opened() == files
