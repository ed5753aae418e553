"""The program that puts a configuration file in place, run by a shell; systemd's programs are stand-ins."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tasks.host import trial
from tasks.settings import ROOT

PROGRAM = (ROOT / "files/host/config_file.sh").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name in ("systemctl", "journalctl", "systemd-run", "logger"):
        stand_in(tmp_path, name, f'echo {name} "$@" >>"{tmp_path}/asked"\necho "error: on line 3"')
    return tmp_path


def stand_in(folder: Path, name: str, script: str) -> None:
    program = folder / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def put(
    folder: Path,
    *,
    check: str = "true",
    apply: str = "true",
    unit: str = "",
    content: str = "new\n",
    seconds: int = 0,
) -> tuple[int, str]:
    """How it ends, and what it says."""
    path = f"{folder}/etc/file"
    kept, revert = trial.kept(path), shlex.quote(trial.revert(path, apply))
    told = f"file={path} unit={unit} trial={seconds} kept={kept} revert={revert}"
    script = PROGRAM.replace("CHECK", check).replace("APPLY", apply)
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{told}\n{script}"],
        env={"PATH": f"{folder}/bin:/usr/bin:/bin"},
        input=content,
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


@pytest.fixture
def tried(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host where a file is tried: nobody has come in yet."""
    monkeypatch.setattr(trial, "FOLDER", f"{folder}/lib/trials")
    there(folder)
    assert put(folder, apply=f'cat "{folder}/etc/file" >>"{folder}/applied"', seconds=90) == (0, "")
    return folder


def kept(folder: Path) -> Path:
    return Path(trial.kept(f"{folder}/etc/file"))


def test_a_trial_is_roots_alone_and_what_lies_beside_it_is_not(tried: Path) -> None:
    """Programs read metrics there."""
    modes = [(tried / name).stat().st_mode & 0o777 for name in ("lib", "lib/trials")]

    assert modes == [0o755, 0o700]


def by_itself(folder: Path) -> None:
    """What the host's own timer starts."""
    path = {"PATH": f"{folder}/bin:/usr/bin:/bin"}
    revert = kept(folder) / "revert"
    program = revert.read_text() if revert.exists() else (folder / "program").read_text()
    (folder / "program").write_text(program)
    subprocess.run(["/bin/sh", "-c", program], env=path, check=True)


def comes_in(folder: Path) -> bool:
    """Whether a new connection could end the trial."""
    words, path = trial._end(f"{folder}/etc/file"), {"PATH": f"{folder}/bin:/usr/bin:/bin"}
    return (
        subprocess.run(["/bin/sh", "-c", words], env=path, capture_output=True, check=False).returncode == 0
    )


def test_what_is_tried_runs_and_the_host_is_about_to_put_back_what_was_there(tried: Path) -> None:
    assert content(tried) == (tried / "applied").read_text() == "new\n"
    assert (kept(tried) / "old").read_text() == "old\n"
    assert kept(tried).stat().st_mode & 0o777 == 0o700
    assert (
        f"--on-active=90s --timer-property=AccuracySec=1s /bin/sh {kept(tried)}/revert"
        in (tried / "asked").read_text()
    )


def test_without_a_new_connection_what_was_there_comes_back_and_is_applied(tried: Path) -> None:
    by_itself(tried)

    assert content(tried) == "old\n"
    assert (tried / "applied").read_text() == "new\nold\n"
    assert not comes_in(tried)
    assert list(kept(tried).parent.iterdir()) == []


def test_a_new_connection_ends_the_trial_for_good(tried: Path) -> None:
    (tried / "program").write_text((kept(tried) / "revert").read_text())
    assert comes_in(tried)
    by_itself(tried)

    assert content(tried) == "new\n"
    assert "stop guildhall-trial-" in (tried / "asked").read_text()
    assert not comes_in(tried)


def test_a_trial_that_nobody_ended_is_undone_before_the_next(tried: Path) -> None:
    assert put(tried, content="third\n", seconds=90) == (0, "")
    by_itself(tried)

    assert content(tried) == "old\n"


def test_what_cannot_run_is_undone_at_once(tried: Path) -> None:
    assert comes_in(tried)

    code, said = put(tried, content="bad\n", apply=f"grep -q new {tried}/etc/file", seconds=90)

    assert (code, content(tried)) == (1, "new\n")
    assert said.endswith("does not run with it; what was there before is back\n")
    assert not comes_in(tried)


def test_the_end_of_the_last_trial_is_waited_for(tried: Path) -> None:
    """systemd knows its service a moment longer than the trial takes."""
    stand_in(tried, "systemd-run", f'[ -e "{tried}/once" ] && exit; touch "{tried}/once"; exit 1')
    stand_in(tried, "sleep", f'echo slept "$@" >>"{tried}/asked"')

    assert put(tried, content="third\n", seconds=90)[0] == 0
    assert "slept 1" in (tried / "asked").read_text().splitlines()


def test_a_host_that_cannot_promise_to_undo_it_tries_nothing(tried: Path) -> None:
    assert comes_in(tried)
    stand_in(tried, "systemd-run", "echo 'it is loaded already' >&2; exit 1")
    stand_in(tried, "sleep", "")

    code, said = put(tried, content="third\n", seconds=90)

    why = "it is loaded already\n{tried}/etc/file: it cannot be tried, so nothing was changed\n"
    assert (code, said) == (1, why.format(tried=tried))
    assert content(tried) == "new\n"
    assert not kept(tried).exists()
