"""Outline's limit of one upload: outline/outline v1.9.2, server/routes/api/attachments/attachments.ts."""

from collections.abc import Mapping

from flask import Flask, Response, jsonify, request

DEFAULT = 1_000_000  # bytes: server/env.ts


class Uploads:
    """Asked before a browser sends a file to the bucket; what is larger gets no form to send it with."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.limit = int(env.get("FILE_STORAGE_UPLOAD_MAX_SIZE") or DEFAULT)

    def attach(self, web: Flask) -> None:
        web.add_url_rule("/api/attachments.create", "upload", self.create, methods=["POST"])

    def create(self) -> Response | tuple[Response, int]:
        if request.get_json()["size"] > self.limit:
            return jsonify(error="validation_error", message="Sorry, this file is too large"), 400
        return jsonify(data={"form": {}})
