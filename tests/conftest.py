"""The site that tests without the lab are about."""

import pytest

from catalogue.model import Site
from tests.support.site import example_site


@pytest.fixture
def site() -> Site:
    return example_site()
