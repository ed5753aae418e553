"""Bundles in a dotenv file: any value comes back, and nobody else can read it."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.secrets import DotenvStore, write_private
from tests.support.secret_manager import CANARY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".secrets.lab.env"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True), st.text(), min_size=1),
    more=st.text(),
)
def test_every_value_survives_being_written_and_read(file: Path, values: dict[str, str], more: str) -> None:
    file.unlink(missing_ok=True)  # that of the example before
    store = DotenvStore(file)

    store.write("outline", values)
    store.write("node-exporter", {"MORE": more})

    assert store.read("outline") == values
    assert store.read("node-exporter") == {"MORE": more}
    assert store.names() == ["node-exporter", "outline"]


def test_a_value_lies_under_the_name_of_its_bundle(file: Path) -> None:
    DotenvStore(file).write("node-exporter", {"TOKEN": "it's"})

    assert file.read_text() == "NODE_EXPORTER__TOKEN='it\\'s'\n"


def test_without_a_file_there_is_nothing(file: Path) -> None:
    assert DotenvStore(file).read("outline") is None
    assert DotenvStore(file).names() == []


def test_comments_and_other_lines_stay_as_a_person_wrote_them(file: Path) -> None:
    mine = '# from the provider\nSMTP__PASSWORD="x"  # till May'
    write_private(file, mine)

    DotenvStore(file).write("outline", {"SECRET_KEY": "y"})

    assert file.read_text() == f"{mine}\nOUTLINE__SECRET_KEY='y'\n"


def test_a_value_that_is_there_stays_unless_replacing_is_said(file: Path) -> None:
    store = DotenvStore(file)
    store.write("smtp", {"PASSWORD": "old"})

    store.write("smtp", {"PASSWORD": "new", "USERNAME": "me"})
    kept = store.read("smtp")
    store.write("smtp", {"PASSWORD": "new"}, replace=True)

    assert kept == {"PASSWORD": "old", "USERNAME": "me"}
    assert store.read("smtp") == {"PASSWORD": "new", "USERNAME": "me"}
    assert "old" not in file.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_reach_is_refused_with_the_command_to_type(file: Path, mode: int) -> None:
    write_private(file, f"SMTP__PASSWORD='{CANARY}'\n")
    file.chmod(mode)

    with pytest.raises(ValueError, match=rf"mode {mode:04o}.* type chmod 600 {file.name}") as caught:
        DotenvStore(file).read("smtp")

    assert CANARY not in str(caught.value)


def test_the_file_is_private_from_birth_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        DotenvStore(file).write("smtp", {"PASSWORD": "x"})
    finally:
        os.umask(before)

    assert file.stat().st_mode & 0o777 == 0o600
    assert [file.name] == [path.name for path in file.parent.iterdir()]


def test_what_the_file_cannot_keep_is_refused_and_the_file_stays(file: Path) -> None:
    DotenvStore(file).write("smtp", {"PASSWORD": "x"})
    before = file.read_text()

    with pytest.raises(ValueError, match="cannot be kept in a dotenv file; nothing was written") as caught:
        DotenvStore(file).write("smtp", {"A NAME WITH SPACES": CANARY})

    assert CANARY not in str(caught.value)
    assert file.read_text() == before


def test_a_file_in_another_encoding_is_refused(file: Path) -> None:
    write_private(file, "")
    file.write_bytes(b"SMTP__PASSWORD='\xff'\n")

    with pytest.raises(ValueError, match="is not UTF-8 text"):
        DotenvStore(file).read("smtp")
