"""HTTP that gives up and tries again: for every API that the control side asks."""

from typing import Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

TIMEOUT_SECONDS: Final = 10.0
CONNECTIONS: Final = 20
REPEATABLE: Final = ("GET", "PUT", "DELETE")
# A PATCH is sent once: where its answer was lost it may have been done, and would be refused the second time.
# Three tries of ten seconds and two pauses of at most five: a call ends within forty seconds.
RETRY: Final = Retry(
    total=2,
    backoff_factor=0.5,
    retry_after_max=5,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=("GET", "HEAD", "PUT", "DELETE", "POST"),
    raise_on_status=False,
)


def session(*, repeats_posts: bool = True) -> requests.Session:
    """A session that several threads may use; the timeout is each request's own.

    Without `repeats_posts` a POST is sent once: it may have made something, and its answer was lost.
    """
    made, retry = requests.Session(), RETRY if repeats_posts else RETRY.new(allowed_methods=REPEATABLE)
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=CONNECTIONS))
    return made
