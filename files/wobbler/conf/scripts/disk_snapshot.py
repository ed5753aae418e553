"""Asks the provider for a snapshot of each disk of a server."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import quote

from provider import ZONE, call, say, stamp

SERVERS = f"/instance/v1/zones/{ZONE}/servers"
SNAPSHOTS = f"/block/v1/zones/{ZONE}/snapshots"


def main() -> None:
    """One snapshot per block-storage disk; a server that the provider does not have ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    name = parser.parse_args().server
    found = [each for each in call("GET", f"{SERVERS}?name={quote(name)}")["servers"] if each["name"] == name]
    if len(found) != 1:
        sys.exit(f"the provider has {len(found)} servers of the name {name} in {ZONE}; there must be one")
    for disk in found[0]["volumes"].values():
        wanted = {
            "volume_id": disk["id"],
            "name": f"{name}-{stamp()}",
            "project_id": found[0]["project"],
            "tags": ["wobbler"],
        }
        made = call("POST", SNAPSHOTS, wanted)
        say(f"{name}: snapshot {made['id']} of disk {disk['id']} begun")


if __name__ == "__main__":
    main()
