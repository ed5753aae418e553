"""What Alloy itself makes of lines by our configuration; a double's idea of it is in tests/lab_unit."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.doubles.scrub import scrubbed, stages
from tasks.settings import ROOT
from tests.support.edge import free_port
from tests.support.log_lines import ACCESS, HARMLESS, LEVELS, SECRET

CONFIG = (ROOT / "files/alloy/config.alloy").read_text()
Kept = list[tuple[str, str]]
"""Lines with their labels."""
ROUND = """
logging {{
	level  = "info"
	format = "json"
}}

loki.source.file "lines" {{
	targets    = [{{"__path__" = "{path}", app = "{app}", service = "{app}", level = "journal"}}]
	forward_to = [loki.process.lines.receiver]
}}

loki.echo "kept" {{ }}
"""


@contextmanager
def running(alloy: Path, folder: Path, config: str) -> Iterator["subprocess.Popen[str]"]:
    file = folder / "config.alloy"
    file.write_text(config)
    words = ["run", str(file), f"--storage.path={folder}/data", "--disable-reporting"]
    with subprocess.Popen(
        [alloy, *words, f"--server.http.listen-addr=127.0.0.1:{free_port()}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def kept(alloy: Path, folder: Path, lines: Sequence[str], app: str = "outline") -> Kept:
    """What `loki.process` of our configuration lets through, of lines that lie in a file."""
    path = folder / "lines.log"
    path.write_text("".join(f"{line}\n" for line in lines))
    process = CONFIG[CONFIG.index('loki.process "') : CONFIG.index('loki.write "')]
    around = ROUND.format(path=path, app=app)
    config = around + process.replace("loki.write.management.receiver", "loki.echo.kept.receiver")
    found: Kept = []
    with running(alloy, folder, config) as program:
        for text in program.stderr or ():
            said = json.loads(text) if text.startswith("{") else pytest.fail(text)
            if said["msg"] == "received log entry":
                found.append((said["entry"], said["labels"]))
            if len(found) == len(lines):
                break
    return found


def test_alloy_takes_the_configuration(alloy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKI_URL", "http://127.0.0.1:3100/loki/api/v1/push")
    monkeypatch.setenv("HOST_NAME", "management")

    subprocess.run([alloy, "validate", ROOT / "files/alloy/config.alloy"], check=True)


def test_alloy_hides_what_the_double_hides(alloy: Path, tmp_path: Path) -> None:
    lines = [*SECRET, *HARMLESS]

    assert [line for line, _ in kept(alloy, tmp_path, lines)] == [
        scrubbed(line, stages(CONFIG)) for line in lines
    ]


def test_a_line_has_the_level_that_it_says_or_else_the_journals(alloy: Path, tmp_path: Path) -> None:
    found = kept(alloy, tmp_path, [line for line, _ in LEVELS])

    for (line, level), (_, labels) in zip(LEVELS, found, strict=True):
        assert f'level="{level or "journal"}"' in labels, line


def test_the_edge_s_lines_have_a_class_of_answers_and_a_router_and_those_of_others_do_not(
    alloy: Path, tmp_path: Path
) -> None:
    lines = [line for line, _ in ACCESS]
    for app, wanted in (("traefik", [labels for _, labels in ACCESS]), ("outline", [""] * len(ACCESS))):
        folder = tmp_path / app
        folder.mkdir()
        found = [labels.strip("{}").split(", ") for _, labels in kept(alloy, folder, lines, app)]

        assert [
            ", ".join(each for each in labels if each.startswith(("router=", "status="))) for labels in found
        ] == wanted
