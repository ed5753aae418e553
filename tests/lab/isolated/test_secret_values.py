"""Any secret value arrives in its container byte for byte, through the real Compose of a host."""

import base64
import io
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalogue.shared import REDIS
from lab import layout, ssh
from lab.layout import Host
from tasks.stacks.compose import environment_file

pytestmark = pytest.mark.secrets

IMAGE = f"{layout.REGISTRY}/{REDIS.reference}"
COMPOSE = """
name: values
services:
  values:
    image: {image}
    network_mode: none
    entrypoint: [base64, /proc/self/environ]
    environment:
{environment}
"""
# As the program on a host calls it: nothing but `.env` gives it variables.
RUN = """
d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && tar -xf - -C "$d" && cd "$d" &&
env -i PATH="$PATH" HOME=/root docker compose --progress quiet --project-directory "$d" \\
  run --rm --no-TTY values </dev/null
"""
PIECES = (
    *(
        "${X}",
        "${X:-y}",
        "$X",
        "$$",
        "\\$",
        "\\n",
        "\\t",
        "\\\\",
        "\\",
        '"',
        '\\"',
        "'",
        "`id`",
        "$(id)",
        "#",
        " #",
        "=",
    ),
    *(
        " ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "&",
        "*",
        "!",
        "%",
        "@",
        "|",
        ">",
        "?",
    ),
    *(
        "null",
        "~",
        "true",
        "no",
        "1e3",
        "0x10",
        "é",
        "日本",
        "🎉",
        "\u2028",
        "\x85",
        "\ufeff",
        "\x01",
        "\x1b[0m",
        "\x7f",
    ),
)
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
AWKWARD = st.lists(st.sampled_from(PIECES) | st.text("ab $\"'\\#=\n", max_size=5), max_size=8).map("".join)
VALUES = st.lists(AWKWARD | ANYTHING, min_size=100, max_size=150)


def arrived(host: Host, values: Mapping[str, str]) -> dict[str, str]:
    """The variables of a container whose `.env` holds these values."""
    lines = "\n".join(f"      {name}: ${{{name}}}" for name in values)
    compose = COMPOSE.format(image=IMAGE, environment=lines).encode()
    files = {".env": environment_file(values), "compose.yaml": compose}
    done = subprocess.run(ssh.argv(host, [RUN]), input=archive(files), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    environ = base64.b64decode(done.stdout).decode().split("\0")
    return dict(variable.split("=", 1) for variable in environ if variable.partition("=")[0] in values)


def archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def named(values: list[str]) -> dict[str, str]:
    return {f"V{number}": value for number, value in enumerate(values)}


def test_awkward_values_arrive_byte_for_byte(machine: Host, spare: Path) -> None:
    around = [
        text.format(piece=piece)
        for piece in PIECES
        if "{" not in piece
        for text in ("{piece}", " {piece} ", "a{piece}b")
    ]
    values = named(["", *PIECES, *around, "x" * 5000])

    assert arrived(machine, values) == values


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each example is a container: the many values in it show which one is wrong
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(VALUES)
def test_any_value_arrives_byte_for_byte(machine: Host, spare: Path, texts: list[str]) -> None:
    values = named(texts)

    assert arrived(machine, values) == values
