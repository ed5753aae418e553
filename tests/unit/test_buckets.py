"""What a bucket must be follows from the app's record."""

from catalogue.site import Site
from tasks import buckets
from tasks.buckets import Bucket
from tests.unit.conftest import app


def test_an_app_whose_browsers_upload_opens_its_bucket_to_its_own_address(site: Site) -> None:
    assert buckets.bucket(app("outline"), site) == Bucket(
        name="guildhall-test-outline", origin="https://wiki.example.org"
    )


def test_a_bucket_that_no_browser_uploads_to_is_open_to_no_page(site: Site) -> None:
    assert buckets.bucket(app("traefik"), site) == Bucket(name="guildhall-test-traefik", origin=None)


def test_an_app_without_a_bucket_gets_none(site: Site) -> None:
    assert buckets.bucket(app("cadvisor"), site) is None
