"""The lab's secrets and public names, brought into its stand-ins by the way that an operator uses."""

import sys
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Final

from dotenv import load_dotenv

from catalogue import APPS, views
from catalogue.model import Rule
from lab import layout, shell
from lab.errors import LabError
from tasks.secrets import (
    Iam,
    Needed,
    ScalewayStore,
    Store,
    generate,
    issue,
    lines,
    made,
    rules,
    write_private,
)

GUILDHALL: Final = str(Path(sys.executable).with_name("guildhall"))
ENV: Final = layout.DIR / "env"  # what a run in the lab's environment adds to its own variables
VARIABLES: Final = {
    "SCW_ACCESS_KEY": layout.SCALEWAY_ACCESS_KEY,
    "SCW_SECRET_KEY": layout.SCALEWAY_SECRET_KEY,
    "SCW_API_URL": layout.SCALEWAY_LOCAL,
    "SCW_DEFAULT_PROJECT_ID": layout.SCALEWAY_PROJECT,
    "SCW_DEFAULT_ORGANIZATION_ID": layout.SCALEWAY_PROJECT,
    "SCW_DEFAULT_REGION": layout.REGION,
    "S3_ACCESS_KEY": layout.S3_ACCESS_KEY,
    "S3_SECRET_KEY": layout.S3_SECRET_KEY,
    "S3_ENDPOINT": layout.S3_LOCAL,
    "S3_CA_BUNDLE": str(layout.CA_PEM),
    "MIRROR_ENDPOINT": f"https://{layout.REGISTRY_LOCAL}",
    "MIRROR_CA_BUNDLE": str(layout.CA_PEM),
}
GIVEN: Final = {
    ("postgres", "PASSWORD"): layout.POSTGRES_PASSWORD,
    ("s3", "ACCESS_KEY"): layout.S3_ACCESS_KEY,
    ("s3", "SECRET_KEY"): layout.S3_SECRET_KEY,
}
ISSUED: Final = {
    "S3_ACCESS_KEY": layout.S3_ACCESS_KEY,
    "S3_SECRET_KEY": layout.S3_SECRET_KEY,
    "SMTP_USERNAME": layout.SMTP_USERNAME,
    "SMTP_PASSWORD": layout.SMTP_PASSWORD,
}


def seed() -> None:
    """Write `.lab/env` and fill the lab's store; what is there stays. LabError if it does not answer."""
    write_private(ENV, lines(VARIABLES))
    load_dotenv(ENV, override=True, interpolate=False)
    try:
        store, needed = ScalewayStore("lab"), views.all_secrets(APPS)
        fill(store, needed, issued=False)
        for _ in issue(needed, store, lambda: Iam("lab")):
            pass
    except ValueError as error:
        raise LabError(str(error)) from None


def names() -> None:
    """Make the public names in the lab's zones; those that lead where they should stay. LabError if refused.

    A process of its own: reading the inventory would let pyinfra's gevent patch this one's threads.
    """
    shell.run([sys.executable, GUILDHALL, "dns", "apply"], env={"GUILDHALL_ENV": "lab"})


def fill(store: Store, needed: Needed, *, issued: bool = True) -> None:
    """Bring every secret that apps need: the lab's own for those a person gives, new ones for the others.

    `issued` are keys that no provider issued, for a store that nothing but tests and the proof asks: those of
    buckets are the operator's, and one mail account is everybody's.
    """
    given: dict[str, dict[str, str]] = defaultdict(dict)
    for where, rule in rules(needed).items():
        bundle, key = where
        if rule.kind == "given":
            # What a person brings to production and no service of the lab checks: any value does.
            given[bundle][key] = GIVEN.get(where) or made(Rule(kind="password", size=max(24, rule.size)))
        elif rule.issued and issued:
            given[bundle][key] = ISSUED.get(key) or f"application_id:{uuid.uuid4()}"
    for bundle, values in given.items():
        store.write(bundle, values)
    generate(needed, store)
