"""What Loki does with lines: it takes them, and gives back those with given labels; here from memory."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request

from .start import memory_mb

CHUNKS = "CONFIG_CHUNK_STORE_CONFIG_CHUNK_CACHE_CONFIG_EMBEDDED_CACHE_MAX_SIZE_MB"
RESULTS = "CONFIG_QUERY_RANGE_RESULTS_CACHE_CACHE_EMBEDDED_CACHE_MAX_SIZE_MB"
CEILING = "CONFIG_INGESTER_WAL_REPLAY_MEMORY_CEILING"
UNITS = {"MB": 1, "GB": 1024}
KEPT = 200  # lines of a stream
MATCHER = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


class Lines:
    """The last lines of each stream, by its labels."""

    def __init__(self, *, deletes: bool = True) -> None:
        self.deletes = deletes
        self.streams: defaultdict[tuple[tuple[str, str], ...], deque[Any]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/loki/api/v1/push", "push", self.push, methods=["POST"])
        web.add_url_rule("/loki/api/v1/query_range", "query", self.query)
        web.add_url_rule("/loki/api/v1/delete", "delete", self.delete, methods=["GET", "POST", "DELETE"])

    def push(self) -> Response:
        for stream in request.get_json()["streams"]:
            if not stream["stream"] or not stream["values"]:
                return Response("error at least one label pair is required per stream\n", 400)
            self.streams[tuple(sorted(stream["stream"].items()))].extend(stream["values"])
        return Response(status=204)

    def delete(self) -> Response:
        """Open to everybody who reaches the port, unless it is disabled: pkg/compactor/deletion."""
        if not self.deletes:
            return Response("deletion is not available for this tenant\n", 403)
        self.streams.clear()
        return Response(status=204)

    def query(self) -> Response:
        """A selector of equal labels, such as {app="outline"}, is all that it knows of the language."""
        wanted = set(MATCHER.findall(request.args.get("query", "")))
        found = [
            {"stream": dict(labels), "values": list(values)}
            for labels, values in list(self.streams.items())
            if wanted <= set(labels)
        ]
        return jsonify(status="success", data={"resultType": "streams", "result": found})


def memory_problems(env: Mapping[str, str], root: Path = Path("/")) -> list[str]:
    """What it may hold at once, against what its container may have.

    One cache of chunks and six of results, 100 MB each by default, and what is read again after a crash,
    4 GB by default (grafana/loki v3.7.6, pkg/loki/config_wrapper.go, pkg/ingester/wal.go).
    """
    amount, unit = re.fullmatch(r"(\d+)([MG]B)", env.get(CEILING, "4GB"), re.IGNORECASE).groups()  # type: ignore[union-attr]
    caches = int(env.get(CHUNKS, "100")) + 6 * int(env.get(RESULTS, "100"))
    needed = caches + int(amount) * UNITS[unit.upper()]
    if needed <= (given := memory_mb(root)):
        return []
    return [f"caches and replay may take {needed} MB, and the container has {given:.0f} MB"]
