"""Terraform's state, fetched from object storage."""

import pytest

from tasks.inventory import terraform


class TestFetching:
    @pytest.fixture(autouse=True)
    def variables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("ACCESS_KEY", "SECRET_KEY", "DEFAULT_REGION"):
            monkeypatch.delenv(f"S3_{name}", raising=False)
            monkeypatch.delenv(f"SCW_{name}", raising=False)
        monkeypatch.delenv("S3_CA_BUNDLE", raising=False)
        monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")

    def test_without_credentials_no_request_is_made(self) -> None:
        with pytest.raises(
            ValueError, match="s3://states/key: no credentials; set S3_ACCESS_KEY and S3_SECRET_KEY"
        ):
            terraform.fetch("states", "key")

    def test_an_unreachable_store_is_named_and_the_keys_are_not(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCW_ACCESS_KEY", "canary-access")
        monkeypatch.setenv("SCW_SECRET_KEY", "canary-secret")

        with pytest.raises(
            ValueError, match=r"http://127\.0\.0\.1:9.*; check the network, S3_ENDPOINT"
        ) as caught:
            terraform.fetch("states", "key")

        assert "canary" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_keys_of_the_state_win_over_those_of_the_cloud(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[str, ...]] = []

        def connect(*given: str) -> None:
            asked.append(given)
            raise ValueError("no store here")

        for name in ("ACCESS_KEY", "SECRET_KEY"):
            monkeypatch.setenv(f"SCW_{name}", "of-the-cloud")
            monkeypatch.setenv(f"S3_{name}", "of-the-state")
        monkeypatch.setattr(terraform, "connect", connect)

        with pytest.raises(ValueError, match="no store here"):
            terraform.fetch("states", "key")

        assert asked == [("of-the-state", "of-the-state", "https://s3.fr-par.scw.cloud", "fr-par")]
