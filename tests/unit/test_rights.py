"""What containers may beyond the rest is written down, with reasons, where operators read it."""

import re
from dataclasses import replace

import pytest

from catalogue import APPS, views
from catalogue.model import Port, Service
from tasks.settings import ROOT
from tests.support.golden import WRITE
from tests.support.site import app

FILE = ROOT / "docs/security.md"
HEAD = "| program | may | because |\n|---|---|---|\n"
SERVICE = app("outline").services[0]
REASON = "It must."


def test_the_documents_list_every_right_of_the_catalogue() -> None:
    rights = [f"| `{each.service}` | {each.may} | {each.because} |\n" for each in views.rights(APPS)]
    before, head, rest = FILE.read_text().partition(HEAD)
    after = re.sub(r"\A(\|.*\n)*", "", rest)
    wanted = before + head + "".join(rights) + after
    if WRITE:
        FILE.write_text(wanted)

    assert head
    assert FILE.read_text() == wanted, "`make golden` writes what is so"


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({"user": "0:0"}, "runs as root"),
        ({"read_only": False}, "writes its own image"),
        ({"capabilities": ("CHOWN", "SETUID")}, "keeps capabilities: CHOWN, SETUID"),
        ({"host_network": True}, "sees the host's network"),
        ({"host_pid": True}, "sees the host's processes"),
        ({"host_mounts": ("/srv/maps:/maps:ro",)}, "sees the host's files: /srv/maps"),
        ({"devices": ("/dev/dri:/dev/dri",)}, "uses the host's devices: /dev/dri:/dev/dri"),
        ({"read_only": False, "host_pid": True}, "writes its own image; sees the host's processes"),
    ],
)
def test_a_right_is_refused_without_its_reason_and_listed_with_it(given: dict[str, object], may: str) -> None:
    with pytest.raises(ValueError, match="say in `because` why it must"):
        replace(SERVICE, **given)  # type: ignore[arg-type]
    outline = replace(app("outline"), services=(with_reason(given), *app("outline").services[1:]))

    assert [(each.may, each.because) for each in views.rights([outline])] == [(may, REASON)]
    assert views.rights([replace(outline, present=False)]) == ()


def with_reason(given: dict[str, object]) -> Service:
    return replace(SERVICE, because=REASON, **given)  # type: ignore[arg-type]


def test_a_public_port_is_a_right_with_a_reason_of_its_own() -> None:
    port = Port(host=2222, container=22, public=True, because="Git by SSH.")
    outline = replace(
        app("outline"), services=(replace(SERVICE, ports=(port,)), *app("outline").services[1:])
    )

    assert [(each.may, each.because) for each in views.rights([outline])] == [
        ("is reached from anywhere: 2222/tcp", "Git by SSH.")
    ]
