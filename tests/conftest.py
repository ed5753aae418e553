"""The site that tests without the lab are about."""

import os

import pytest
from hypothesis import settings

from catalogue.model import Site
from tests.support.site import example_site

# How long an example takes is the machine's business.
settings.register_profile("guildhall", deadline=None)
settings.load_profile("guildhall")


@pytest.fixture
def site() -> Site:
    return example_site()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs no lab leaves the processors to what waits for one: those tests are the last to end."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.nodeid.startswith("tests/lab/"):
        os.setpriority(os.PRIO_PROCESS, 0, 10)
