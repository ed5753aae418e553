"""What cAdvisor tells of containers without Docker: series of each control group that it is to look for."""

from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
HIERARCHIES = ("", "memory")
"""Where groups lie: one tree, or, before cgroup 2, one of each resource."""
SERIES = ("container_last_seen", "container_cpu_usage_seconds_total", "container_memory_working_set_bytes")


class Containers:
    """The series of every container of the host; the values are no measurement."""

    def __init__(self, prefixes: str, groups: Path = GROUPS) -> None:
        self.prefixes, self.groups = prefixes.split(","), groups

    def series(self) -> list[str]:
        return [f'{name}{{id="{group}"}} 1' for group in ("/", *self._found()) for name in SERIES]

    def _found(self) -> list[str]:
        """Paths that begin with one of the prefixes, as the real one's raw factory matches them."""
        tops = [self.groups / hierarchy for hierarchy in HIERARCHIES]
        return sorted(
            f"/{path.relative_to(top)}"
            for top in tops
            for prefix in self.prefixes
            if prefix
            for path in top.glob(f"{prefix.lstrip('/')}*")
            if path.is_dir()
        )
