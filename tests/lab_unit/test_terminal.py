"""Pictures of a terminal: what is seen of a command, and nothing else."""

import sys

import pytest
from lxml import etree

from lab import pictures
from lab.errors import LabError
from lab.terminal import Screen, picture


def seen(*written: str, width: int = 20) -> Screen:
    screen = Screen(width)
    for each in written:
        screen.write(each)
    return screen


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("10 %\r20 %", "20 %"),
        ("one\ntwo\n\x1b[2A\x1b[2Kthree\n", "three\ntwo"),
        ("one\ntwo\x1b[1A\r\x1b[J", ""),
        ("long line\r\x1b[5Cx\x1b[5G\x1b[K", "long"),
        ("\x1b[?25la\x1b[31;1mb\x1b[0m", "ab"),
        ("1234567890123456789012", "12345678901234567890\n12"),
    ],
)
def test_a_screen_is_what_a_terminal_would_show(written: str, shown: str) -> None:
    assert seen(written).text.rstrip("\n") == shown.rstrip("\n")


def test_a_picture_has_every_line_at_its_place_and_in_its_colour() -> None:
    made = picture(seen("a <b> \x1b[1;31mREFUSED\x1b[0m: c\n\n  d"), "guildhall plan")
    texts = etree.fromstring(made.encode()).iter("{http://www.w3.org/2000/svg}tspan")
    found = [(each.text, each.get("x"), each.get("fill"), each.get("font-weight")) for each in texts]

    assert found == [
        ("a <b>", "16.0", None, None),
        ("REFUSED", "66.4", "#ff7b72", "bold"),
        (": c", "125.2", None, None),
        ("  d", "16.0", None, None),
    ]
    assert made == picture(seen("a <b> \x1b[1;31mREFUSED\x1b[0m: c\n\n  d"), "guildhall plan")


def test_what_a_command_is_seen_at_is_kept_beside_how_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows that it writes to a terminal, and how wide that is; who is at work here is in no picture."""
    said = (
        "import getpass, os, socket, sys",
        "print(sys.stdout.isatty(), os.get_terminal_size().columns, flush=True)",
        "print(f'by {getpass.getuser()}@{socket.gethostname()}')",
        "print('probe  up   0', end='', flush=True)",
        "print('\\rprobe: deployed')",
        "sys.exit(2)",
    )
    monkeypatch.setattr(pictures, "GUILDHALL", sys.executable)
    last, at_work = pictures._seen("-c", "\n".join(said), code=2)

    assert last.text.split("\n")[:3] == [f"True {Screen().width}", "by anna@laptop", "probe: deployed"]
    assert at_work
    assert at_work.text.split("\n")[2] == "probe  up   0"
    with pytest.raises(LabError, match="ended with 1, and not 0"):
        pictures._seen("-c", "exit(1)", code=0)
