"""What several folders of tests share: a site, copies of the project, texts kept beside tests."""

import pytest

# Helpers, too, show what they compared when it differs.
pytest.register_assert_rewrite(*(f"tests.support.{name}" for name in ("golden", "plans", "project")))
