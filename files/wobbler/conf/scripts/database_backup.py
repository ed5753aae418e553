"""Asks the provider for a backup of each database of the managed PostgreSQL."""

import argparse
import os
from datetime import UTC, datetime, timedelta

from provider import REGION, call, say, stamp

RDB = f"/rdb/v1/regions/{REGION}"
PROVIDERS_OWN = ("rdb", "postgres")


def main() -> None:
    """One backup per database, each of which expires; what the API refuses ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, required=True)
    days = parser.parse_args().days
    instance = os.environ["SCW_DATABASE_INSTANCE"]
    expires = datetime.now(UTC) + timedelta(days=days)
    databases = call("GET", f"{RDB}/instances/{instance}/databases?page_size=100")["databases"]
    for name in sorted(each["name"] for each in databases if each["name"] not in PROVIDERS_OWN):
        wanted = {
            "instance_id": instance,
            "database_name": name,
            "name": f"{name}-{stamp()}",
            "expires_at": expires.isoformat(timespec="seconds"),
        }
        made = call("POST", f"{RDB}/backups", wanted)
        say(f"{name}: backup {made['id']} begun, kept until {expires:%Y-%m-%d}")


if __name__ == "__main__":
    main()
