"""Tests on the lab; their helpers, too, show what they compared when it differs."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.lab.{name}" for name in ("browser", "execs", "leaks", "new_app", "projects", "running"))
)
