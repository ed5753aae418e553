"""A server knows its name: what its file says decides whether it is touched."""

import json

import pytest

from tasks.host import refusal
from tasks.host.identity import FILE, WRITE, written


def test_what_is_written_is_read_back_as_the_servers_own() -> None:
    assert refusal(written("tools-prod", "production"), "tools-prod", "production") == ""


@pytest.mark.parametrize("found", ["", "\n"])
def test_a_server_without_a_name_takes_any(found: str) -> None:
    assert refusal(found, "tools-prod", "production") == ""


@pytest.mark.parametrize(
    ("name", "environment", "said"),
    [
        (
            "management",
            "production",
            "this server is 'tools-prod' of production, and not 'management' of prod",
        ),
        ("tools-prod", "lab", "this server is 'tools-prod' of production, and not 'tools-prod' of lab: "),
        ("tools-prod2", "production", "this server is 'tools-prod' of production, and not 'tools-prod2' of "),
    ],
)
def test_another_name_or_environment_is_refused_in_one_line(name: str, environment: str, said: str) -> None:
    line = refusal(written("tools-prod", "production"), name, environment)

    assert line.startswith(said)
    assert (
        f"nothing was changed; correct its addresses, or, to rename the server on purpose, remove {FILE}"
        in line
    )
    assert "\n" not in line


@pytest.mark.parametrize(
    "damaged", ["{", "[]", '"tools-prod"', "null", '{"name": "tools-prod"}', "\x00", "7"]
)
def test_a_damaged_file_is_nobodys_name(damaged: str) -> None:
    assert refusal(damaged, "tools-prod", "production").startswith(
        f"{FILE} is damaged, so nobody knows which "
    )


def test_the_file_is_roots_alone_and_never_there_in_part() -> None:
    assert WRITE.startswith("umask 077; ")
    assert WRITE.endswith(f"mv -f {FILE}.new {FILE}")


def test_nothing_but_the_two_names_stands_in_it() -> None:
    assert json.loads(written("a", "b")) == {"name": "a", "environment": "b"}
