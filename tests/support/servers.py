"""Servers on a port of the loopback: an object store that has what it is given, and hosts that are none."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer


@contextmanager
def object_store(**objects: bytes) -> Iterator[str]:
    """The address of an S3 server that has these objects, by key, in any bucket, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, key = self.path.partition("?")[0].strip("/").partition("/")
            absent = "NoSuchKey" if key else "NoSuchBucket"
            content = objects.get(key, f"<Error><Code>{absent}</Code></Error>".encode())
            self.send_response(200 if key in objects else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def visitors() -> Iterator[tuple[int, list[str]]]:
    """A port of the loopback at which hosts could be, and who came to it so far: each is sent away."""
    came: list[str] = []

    class Visitors(BaseRequestHandler):
        def handle(self) -> None:
            came.append(str(self.client_address))

    with ThreadingTCPServer(("127.0.0.1", 0), Visitors) as server, serving(server):
        yield server.server_address[1], came


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """It answers, in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
