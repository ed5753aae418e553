"""S3 by boto3, with limits on time and errors that a person can act on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import requests
from botocore.exceptions import BotoCoreError, ClientError

REFUSED: Final = "access refused; check the access key, the secret key and what they may do"
REASONS: Final = {
    "AccessDenied": REFUSED,
    "403": REFUSED,
    "InvalidAccessKeyId": REFUSED,
    "SignatureDoesNotMatch": REFUSED,
    "ExpiredToken": "the access key has expired; make another and store it",
    "TooManyBuckets": "the quota of buckets is used up; ask for more in the console, or delete one",
    "QuotaExceeded": "the quota is used up; ask for more in the console",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    **dict.fromkeys(
        (
            *("AuthorizationHeaderMalformed", "PermanentRedirect", "301", "InvalidLocationConstraint"),
            "IllegalLocationConstraintException",
        ),
        "it is in another region; check s3_region and s3_endpoint",
    ),
    "BucketAlreadyExists": "somebody else has a bucket of this name; set another organisation in group_data",
    "NoSuchBucket": "there is no such bucket; check its name and the region",
    "NoSuchKey": "there is no such object; check its key",
}


def connect(access_key: str, secret_key: str, endpoint: str, region: str) -> Any:
    """A boto3 client; S3_ENDPOINT and S3_CA_BUNDLE, where set, say how this machine reaches the store."""
    if not (access_key.isascii() and access_key.isprintable()):
        raise ValueError("the access key of object storage is no printable ASCII; store it anew")
    import boto3  # noqa: PLC0415 - it takes longer than all else of a run that changes no bucket

    return boto3.client(
        "s3",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        endpoint_url=os.environ.get("S3_ENDPOINT") or endpoint,
        region_name=region,
        verify=os.environ.get("S3_CA_BUNDLE") or None,
        config=config(),
    )


def config() -> Any:
    """When boto3 gives up, and how it asks."""
    from botocore.config import Config  # noqa: PLC0415 - the same

    return Config(
        connect_timeout=10,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": "path"},
        # Stores that are not Amazon's do not all know the checksums that boto3 adds by itself.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn a failure of the store into a ValueError of one line that begins with `what`."""
    try:
        yield
    except ClientError as error:
        code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        raise ValueError(f"{what}: {REASONS.get(code, ' '.join(f'{code} {said}'.split()))}") from None
    except requests.RequestException as error:
        said = type(error).__name__  # its own text is a nest of addresses in memory
        raise ValueError(f"{what}: {said}; check the network, S3_ENDPOINT and S3_CA_BUNDLE") from None
    except BotoCoreError as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{what}: {said}; check the network, S3_ENDPOINT and S3_CA_BUNDLE") from None
