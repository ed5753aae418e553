"""What `make proof` says of a real image, made here as the engine would hand it over."""

import io
import tarfile
from collections.abc import Mapping

import pytest

from lab.doubles.image import Image
from lab.proof import image
from lab.proof.image import Found, broken

ALLOY = Image(
    user="0:0",
    accounts=("alloy:473:473:/home/alloy",),
    folders={"/var/lib/alloy": "473:473 770"},
    commands=("bash", "/bin/alloy"),
)
ENTRIES = "root:x:0:0:root:/root:/bin/sh\nalloy:x:473:473::/home/alloy:/usr/sbin/nologin\n"


def exported(paths: Mapping[str, tuple[int, int]], passwd: str = ENTRIES) -> tarfile.TarFile:
    """A container's file system: owner and mode by path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, (owner, mode) in {**paths, "etc/passwd": (0, 0o644)}.items():
            info, content = tarfile.TarInfo(path), passwd.encode() if path == "etc/passwd" else b""
            info.uid, info.gid, info.mode, info.size = owner, owner, mode, len(content)
            tar.addfile(info, io.BytesIO(content))
    buffer.seek(0)
    return tarfile.open(fileobj=buffer, mode="r|")


def found(paths: Mapping[str, tuple[int, int]], user: str = "", passwd: str = ENTRIES) -> Found:
    told, held = image._read(exported(paths, passwd))
    return Found(user=user, passwd=told, paths=held)


REAL = {"var/lib/alloy": (473, 0o770), "usr/bin/bash": (0, 0o755), "bin/alloy": (473, 0o755)}


def test_an_image_that_is_as_its_contract_says_breaks_no_clause() -> None:
    assert broken(ALLOY, found(REAL)) == []


@pytest.mark.parametrize(
    ("paths", "user", "passwd", "said"),
    [
        (REAL, "alloy", ENTRIES, "user 0:0: it is alloy"),
        (REAL, "", "root:x:0:0:root:/root:/bin/sh\n", "account alloy:473:473:/home/alloy"),
        (
            REAL | {"var/lib/alloy": (0, 0o755)},
            "",
            ENTRIES,
            "folder /var/lib/alloy 473:473 770: it is 0:0 755",
        ),
        ({"var/lib/alloy": (473, 0o770), "bin/alloy": (473, 0o755)}, "", ENTRIES, "command bash"),
    ],
)
def test_a_clause_that_an_image_breaks_is_named(
    paths: Mapping[str, tuple[int, int]], user: str, passwd: str, said: str
) -> None:
    assert broken(ALLOY, found(paths, user, passwd)) == [said]
