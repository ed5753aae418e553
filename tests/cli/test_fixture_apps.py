"""The Compose files of apps that only tests have, as Docker Compose itself reads them."""

import subprocess
from pathlib import Path

from lab.engine import COMPOSE
from tests.support.fixtures import built
from tests.support.yaml_text import read_yaml


def test_compose_takes_each_of_them_as_it_is(tmp_path: Path) -> None:
    for name, release in built().items():
        for path, content in release.files.items():
            file = tmp_path / name / (path if path == ".env" else f"current/{path}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        words = [str(COMPOSE), "--project-directory", str(tmp_path / name)]
        words += ["--file", str(tmp_path / name / "current/compose.yaml"), "--profile", "*", "config"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (0, ""), name
        assert read_yaml(done.stdout)["services"].keys() == {each.name for each in release.app.services}
