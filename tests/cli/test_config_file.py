"""The program that puts a configuration file in place, run by a shell; systemd's programs are stand-ins."""

import subprocess
from pathlib import Path

import pytest

from tasks.settings import ROOT

PROGRAM = (ROOT / "files/host/config_file.sh").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("systemctl", "journalctl"):
        stand_in = tmp_path / "bin" / name
        stand_in.parent.mkdir(exist_ok=True)
        stand_in.write_text(f'#!/bin/sh\necho {name} "$@" >>"{tmp_path}/asked"\necho "error: on line 3"\n')
        stand_in.chmod(0o755)
    return tmp_path


def put(folder: Path, *, check: str = "true", apply: str = "true", unit: str = "") -> tuple[int, str]:
    """How it ends, and what it says."""
    script = PROGRAM.replace("CHECK", check).replace("APPLY", apply)
    ran = subprocess.run(
        ["/bin/sh", "-c", f"file={folder}/etc/file unit={unit} trial=0\n{script}"],
        env={"PATH": f"{folder}/bin:/usr/bin:/bin"},
        input="new\n",
        capture_output=True,
        text=True,
        check=False,
    )
    left = [path.name for path in (folder / "etc").iterdir()]
    assert set(left) <= {"file"}
    return ran.returncode, ran.stderr


def content(folder: Path) -> str:
    return (folder / "etc/file").read_text()


def there(folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/file").write_text("old\n")


def test_a_new_file_lands_readable_by_all_and_its_folder_is_made(folder: Path) -> None:
    assert put(folder, check='grep -q new "$new"', apply=f'grep -q new "{folder}/etc/file"') == (0, "")
    assert content(folder) == "new\n"
    assert (folder / "etc/file").stat().st_mode & 0o777 == 0o644


def test_a_file_that_its_check_refuses_never_lands(folder: Path) -> None:
    there(folder)

    code, said = put(folder, check="false", apply=f'touch "{folder}/applied"')

    assert (code, said) == (1, f"{folder}/etc/file: refused, nothing was changed\n")
    assert content(folder) == "old\n"
    assert not (folder / "applied").exists()


def test_a_file_that_its_unit_cannot_run_with_is_put_back_and_read_again(folder: Path) -> None:
    there(folder)

    code, said = put(folder, apply=f'cat "{folder}/etc/file" >>"{folder}/applied"; false', unit="ssh")

    assert code == 1
    assert said.splitlines() == [
        "error: on line 3",
        f"{folder}/etc/file: ssh does not run with it; what was there before is back",
    ]
    assert content(folder) == "old\n"
    assert (folder / "applied").read_text() == "new\nold\n"


def test_a_first_file_that_its_unit_cannot_run_with_is_taken_away(folder: Path) -> None:
    code, _ = put(folder, apply="false")

    assert code == 1
    assert not (folder / "etc/file").exists()
