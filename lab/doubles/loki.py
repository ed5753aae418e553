"""What Loki does with lines: it takes them and gives them back; here from memory, and only the last."""

from collections import deque
from typing import Any

from flask import Flask, Response, jsonify, request

KEPT = 1000  # streams


class Lines:
    """The streams that were pushed, newest last."""

    def __init__(self) -> None:
        self.streams: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/loki/api/v1/push", "push", self.push, methods=["POST"])
        web.add_url_rule("/loki/api/v1/query_range", "query", self.query)

    def push(self) -> Response:
        for stream in request.get_json()["streams"]:
            if not stream["stream"] or not stream["values"]:
                return Response("error at least one label pair is required per stream\n", 400)
            self.streams.append(stream)
        return Response(status=204)

    def query(self) -> Response:
        return jsonify(status="success", data={"resultType": "streams", "result": list(self.streams)})
