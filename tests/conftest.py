"""The site that tests without the lab are about."""

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
