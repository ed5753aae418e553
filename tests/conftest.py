"""The site that tests without the lab are about."""

import gc
import os

import pytest
from hypothesis import settings

from catalogue.model import Site
from tests.support.site import example_site

# How long an example takes is the machine's business.
settings.register_profile("guildhall", deadline=None)
settings.load_profile("guildhall")


def pytest_configure(config: pytest.Config) -> None:
    """A copy of the checkout may change twice in a second, which what is compiled of it does not notice."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


# What is imported and collected stays: the garbage collector need not look at it again and again.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """What is there at the end goes with the process; to go through all of it once more takes a second."""
    gc.disable()
    gc.freeze()


@pytest.fixture
def site() -> Site:
    return example_site()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs no lab leaves the processors to what waits for one: those tests are the last to end."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith("tests/lab/"):
        os.setpriority(os.PRIO_PROCESS, 0, 10)
