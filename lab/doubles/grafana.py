"""Grafana's bundled plugins: what a read-only file system makes of them at a second start."""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, Response, jsonify

BUNDLED = ("prometheus", "loki")
STARTED = Path("/var/lib/grafana/plugins/started")


class Plugins:
    """One that cannot be replaced by a newer version is gone until the next start; health says nothing of it.

    The installer looks for newer ones at each start unless it is told not to; at the first there is none yet.
    """

    def __init__(self, env: Mapping[str, str], started: Path = STARTED) -> None:
        updates = env.get("GF_PLUGINS_PREINSTALL_AUTO_UPDATE", "true") != "false"
        self.there = BUNDLED[1:] if updates and started.exists() else BUNDLED
        started.touch()

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/public/plugins/<name>/plugin.json", "plugin", self.plugin)

    def plugin(self, name: str) -> Response:
        """Asked without a login: grafana/grafana v12.4.0, pkg/api/plugins.go."""
        return jsonify(id=name) if name in self.there else Response('{"message":"Plugin not found"}', 404)
