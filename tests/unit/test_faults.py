"""Whatever goes wrong is one line: a person's file with its line, or a mistake of the program's own."""

import pytest

from catalogue.model import DEBUG
from tasks import faults


def line(error: BaseException) -> str:
    try:
        raise error
    except BaseException as caught:
        return faults.line(caught)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("app 'x': do this"), "app 'x': do this"),
        (FileNotFoundError(2, "No such file or directory", "files/x"), "files/x: No such file or directory"),
        (OSError("odd"), "odd"),
    ],
)
def test_what_the_input_explains_is_said_as_it_is(error: BaseException, said: str) -> None:
    assert line(error) == said


@pytest.mark.parametrize(
    "error", [KeyError("x"), TypeError("two\nlines"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")]
)
def test_any_other_mistake_is_the_programs_own_and_says_how_to_see_it_whole(error: BaseException) -> None:
    said = line(error)

    assert said.startswith(f"{type(error).__name__}: ")
    assert "(test_faults.py line " in said
    assert said.endswith(f"a mistake of Guildhall's own; set {DEBUG}=1 to see where it comes from")
    assert "\n" not in said


def test_a_mistake_is_shown_whole_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, "1")

    assert faults.debugging()
    with pytest.raises(ValueError, match="cannot be read"):
        faults.executed("group_data/nosuch.py")


def test_a_mistake_that_was_never_raised_has_no_place() -> None:
    assert faults.line(KeyError("x")) == (
        f"KeyError: 'x': a mistake of Guildhall's own; set {DEBUG}=1 to see where it comes from"
    )
