"""Plans of production for bare hosts, by the real command line; no host is contacted.

Production's own way: servers from Terraform's state, secrets from a file.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import GUILDHALL, Project, Ran, copied
from tests.support.servers import object_store
from tests.support.site import HOSTS

BARE_HOSTS = str(Path(__file__).with_name("bare_hosts.py"))
SERVERS = {
    host.name: {"public_ip": f"127.0.0.{number}", "private_ip": host.private_ip}
    for number, host in enumerate(HOSTS, 1)
}
STATE = json.dumps({"outputs": {"servers": {"value": SERVERS}}}).encode()


@dataclass(frozen=True)
class Production:
    """A checkout of production's operator."""

    project: Project
    store: str
    """Address of the object store."""

    def guildhall(self, *words: str, **variables: str) -> Ran:
        """The project's own command, in the environment of production."""
        return self.run(GUILDHALL, *words, **variables)

    @property
    def environment(self) -> dict[str, str]:
        """That of production, in which the store takes any key."""
        return {
            "GUILDHALL_ENV": "production",
            "GUILDHALL_SECRETS": "dotenv",
            "GUILDHALL_TERRAFORM_STATE": "s3://terraform/state",
            "S3_ACCESS_KEY": "access-key",
            "S3_SECRET_KEY": "secret-key",
            "S3_ENDPOINT": self.store,
        }

    def run(self, *words: str, **variables: str) -> Ran:
        """Python with these words, in the environment of production; variables are further ones."""
        return self.project.run(*words, **self.environment, **variables)

    def plan(self, deploy: str, *options: str) -> Ran:
        """A plan as JSON, and what is said beside it."""
        ran = self.run(BARE_HOSTS, "inventory.py", f"deploys/{deploy}.py", "--dry", "--json", *options)
        assert ran.code == 0, ran.err
        return ran


@contextmanager
def production(root: Path) -> Iterator[Production]:
    """A copy of the project as it is now, below `root`, with every secret."""
    project = copied(root)
    project.with_secrets("production")
    with object_store(state=STATE) as store:
        yield Production(project, store)
