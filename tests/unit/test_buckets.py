"""What a bucket must be follows from the app's record."""

from catalogue.model import Site
from tasks import buckets
from tasks.buckets import WantedBucket
from tests.support.site import app


def test_an_app_whose_browsers_upload_opens_its_bucket_to_its_own_address(site: Site) -> None:
    assert buckets.wanted_bucket(app("outline"), site) == WantedBucket(
        name="guildhall-test-outline", origin="https://wiki.example.org"
    )


def test_a_bucket_that_no_browser_uploads_to_is_open_to_no_page(site: Site) -> None:
    assert buckets.wanted_bucket(app("traefik"), site) == WantedBucket(
        name="guildhall-test-traefik", origin=None
    )
