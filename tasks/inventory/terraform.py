"""The servers as Terraform made them: output `servers` of its state."""

import json
import os
from typing import Final

from tasks.clients import connect, explained
from tasks.inventory import addresses

OUTPUT: Final = "Terraform output 'servers'"


def servers(state: bytes) -> dict[str, dict[str, str]]:
    """The addresses of each server by name; ValueError says what the state lacks."""
    try:
        value = json.loads(state)["outputs"]["servers"]["value"]
    except ValueError:
        raise ValueError("Terraform state is not JSON; check that the key names a state file") from None
    except (KeyError, TypeError):
        raise ValueError("Terraform state has no output 'servers'; add it and run terraform apply") from None
    if not isinstance(value, dict) or not value:
        raise ValueError(f"{OUTPUT} is not a map; it must lead from a server's name to its addresses")
    return {name: addresses.read(OUTPUT, name, server) for name, server in value.items()}


def read(url: str) -> dict[str, dict[str, str]]:
    """The servers of the state at `s3://bucket/key`."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not (url.startswith("s3://") and bucket and key):
        raise ValueError(f"GUILDHALL_TERRAFORM_STATE: {url!r} is not of the form s3://bucket/key")
    return servers(fetch(bucket, key))


def fetch(bucket: str, key: str) -> bytes:
    """The state's bytes; keys, region and endpoint come from S3_* or, as on Scaleway they are one, SCW_*."""
    access_key, secret_key = _variable("ACCESS_KEY"), _variable("SECRET_KEY")
    if not access_key or not secret_key:
        raise ValueError(f"s3://{bucket}/{key}: no credentials; set S3_ACCESS_KEY and S3_SECRET_KEY in .env")
    region = _variable("DEFAULT_REGION") or "fr-par"
    client = connect(access_key, secret_key, f"https://s3.{region}.scw.cloud", region)
    with explained(f"s3://{bucket}/{key}"):
        return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())


def _variable(name: str) -> str:
    return os.environ.get(f"S3_{name}") or os.environ.get(f"SCW_{name}") or ""
