"""What Loki does with lines: it takes them, and gives back those with given labels; here from memory."""

import re
from collections import defaultdict, deque
from typing import Any

from flask import Flask, Response, jsonify, request

KEPT = 200  # lines of a stream
MATCHER = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


class Lines:
    """The last lines of each stream, by its labels."""

    def __init__(self) -> None:
        self.streams: defaultdict[tuple[tuple[str, str], ...], deque[Any]] = defaultdict(
            lambda: deque(maxlen=KEPT)
        )

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/loki/api/v1/push", "push", self.push, methods=["POST"])
        web.add_url_rule("/loki/api/v1/query_range", "query", self.query)

    def push(self) -> Response:
        for stream in request.get_json()["streams"]:
            if not stream["stream"] or not stream["values"]:
                return Response("error at least one label pair is required per stream\n", 400)
            self.streams[tuple(sorted(stream["stream"].items()))].extend(stream["values"])
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
