"""A secret that cannot be printed, written down or sent by accident."""

import json
import pickle

import pytest

from tasks.secrets import Sensitive


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{:>9}".format, "{!r}".format, lambda s: f"{[s]}"])
def test_it_prints_as_stars(shown: object) -> None:
    text = shown(Sensitive("canary")) if callable(shown) else ""

    assert "***" in text
    assert "canary" not in text


def test_only_reveal_gives_the_value() -> None:
    assert Sensitive("canary").reveal() == "canary"


@pytest.mark.parametrize("write", [pickle.dumps, json.dumps, "".join, bytes])
def test_what_would_write_it_down_is_refused(write: object) -> None:
    with pytest.raises(TypeError) as caught:
        write([Sensitive("canary")])  # type: ignore[operator]

    assert "canary" not in str(caught.value)


def test_who_tries_to_write_it_down_is_told_why_not() -> None:
    with pytest.raises(TypeError, match=r"^a secret cannot be pickled: it would be written down in plain$"):
        pickle.dumps(Sensitive("canary"))


def test_equal_values_are_equal() -> None:
    assert Sensitive("a") == Sensitive("a")
    assert Sensitive("a") != Sensitive("b")
    assert len({Sensitive("a"), Sensitive("a")}) == 1
    assert Sensitive("a") != "a"
