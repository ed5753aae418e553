"""Real programs that tests hold our files against, and a secret store to talk to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab import packages
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
