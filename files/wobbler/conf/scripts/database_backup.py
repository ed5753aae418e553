"""Has the provider back up a database of the managed PostgreSQL, or each of them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime, timedelta

from provider import REGION, UTC, call, say, stamp

RDB = f"/rdb/v1/regions/{REGION}"
PROVIDERS_OWN = ("rdb", "postgres")
PAUSE = 2  # seconds


def main() -> None:
    """Each backup expires; what the API refuses ends it, and one that fails is named at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="none: every database")
    parser.add_argument("--days", type=int, required=True)
    args = parser.parse_args()
    instance, expires = os.environ["SCW_DATABASE_INSTANCE"], datetime.now(UTC) + timedelta(days=args.days)
    found = call("GET", f"{RDB}/instances/{instance}/databases?page_size=100")["databases"]
    names = sorted({each["name"] for each in found} - {*PROVIDERS_OWN})
    chosen = [name for name in names if args.database in (name, None)]
    if not chosen:
        sys.exit(f"the instance has no database {args.database or 'of ours'}; it has {', '.join(names)}")
    failed = [name for name in chosen if not backed_up(instance, name, expires)]
    if failed:
        sys.exit(f"not backed up: {', '.join(failed)}")


def backed_up(instance: str, name: str, expires: datetime) -> bool:
    """Whether a backup came to a good end, which is awaited: the API may refuse a busy instance the next."""
    wanted = {
        "instance_id": instance,
        "database_name": name,
        "name": f"{name}-{stamp()}",
        "expires_at": expires.isoformat(timespec="seconds"),
    }
    made = call("POST", f"{RDB}/backups", wanted)
    say(f"{name}: backup {made['id']} begun, kept until {expires:%Y-%m-%d}")
    while made["status"] == "creating":
        time.sleep(PAUSE)
        made = call("GET", f"{RDB}/backups/{made['id']}")
    say(f"{name}: backup {made['id']} is {made['status']}")
    return bool(made["status"] == "ready")


if __name__ == "__main__":
    main()
