"""The program on the host: how Docker Engine is asked through its socket, and what is made of its answers."""

from types import SimpleNamespace
from typing import Any

import pytest

from onhost import engine
from onhost.engine import Container, EngineError, NotFoundError


class Wire:
    """A connection: what was sent, and what comes back piece by piece."""

    def __init__(self, *pieces: bytes, fails: str = "") -> None:
        self.pieces, self.fails = [*pieces, b""], fails
        self.sent, self.at, self.seconds, self.closed = b"", "", 0, False

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def settimeout(self, seconds: int) -> None:
        self.seconds = seconds

    def connect(self, address: str) -> None:
        self.at = address
        if self.fails == "connect":
            raise FileNotFoundError(2, "No such file or directory")

    def sendall(self, text: bytes) -> None:
        self.sent += text

    def recv(self, size: int) -> bytes:
        if self.fails == "recv":
            raise TimeoutError("timed out")
        assert size >= 4096
        return self.pieces.pop(0)


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lays a connection to the engine."""

    def lay(*pieces: bytes, fails: str = "") -> Wire:
        made = Wire(*pieces, fails=fails)
        sockets = SimpleNamespace(AF_UNIX="unix", socket={"unix": made}.get)
        monkeypatch.setattr(engine, "socket", sockets)
        return made

    return lay


OK = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "body", "sent", "seconds"),
    [("GET", None, b"", 20), ("POST", {"Name": "a"}, b'{"Name": "a"}', 120), ("DELETE", None, b"", 120)],
)
def test_a_question_is_one_request(wired: Any, method: str, body: Any, sent: bytes, seconds: int) -> None:
    wire = wired(OK + b'{"Version": ', b'"29"}')

    assert engine.ask(method, "/version", body) == {"Version": "29"}
    assert wire.sent == (
        f"{method} /version HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(sent)}\r\n\r\n".encode()
        + sent
    )
    assert (wire.at, wire.seconds, wire.closed) == ("/run/docker.sock", seconds, True)


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_answer_may_be_empty(wired: Any, content: bytes) -> None:
    wired(b"HTTP/1.0 204 No Content\r\n\r\n" + content)

    assert engine.ask("DELETE", "/containers/a") is None


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (b"HTTP/1.0 404 No\r\n\r\n{}", NotFoundError, "Docker Engine has no /a"),
        (b"HTTP/1.0 400 Bad\r\n\r\n no \n", EngineError, "Docker Engine refuses GET /a: no"),
        (b"HTTP/1.0 500 Oh\r\n\r\n\xff", EngineError, "Docker Engine refuses GET /a: \ufffd"),
        (OK + b"{", EngineError, "Docker Engine's answer to /a is no JSON"),
        (b"", EngineError, "Docker Engine does not answer on this host (its answer was cut off)"),
        (b"HTTP/1.0", EngineError, "Docker Engine does not answer on this host (its answer was cut off)"),
        (b"a b c", EngineError, "Docker Engine does not answer on this host (its answer was cut off)"),
    ],
)
def test_an_answer_that_is_none_is_said_in_one_line(
    wired: Any, answer: bytes, kind: type[Exception], said: str
) -> None:
    wired(answer)
    with pytest.raises(EngineError) as caught:
        engine.ask("GET", "/a")

    assert (type(caught.value), str(caught.value)) == (kind, said)


@pytest.mark.parametrize(
    ("fails", "why"), [("connect", "[Errno 2] No such file or directory"), ("recv", "timed out")]
)
def test_an_engine_that_is_not_there_is_said_with_the_reason(wired: Any, fails: str, why: str) -> None:
    wired(OK, fails=fails)
    with pytest.raises(EngineError) as caught:
        engine.ask("GET", "/a")

    assert str(caught.value) == f"Docker Engine does not answer on this host ({why})"
    assert not engine.answers()


def test_an_engine_that_answers_does(wired: Any) -> None:
    wire = wired(OK + b"{}")

    assert engine.answers()
    assert wire.sent.startswith(b"GET /version ")


def test_what_is_not_there_is_none(wired: Any) -> None:
    wire = wired(OK + b'{"Name": "a"}')
    assert engine.is_there("/volumes/a") == {"Name": "a"}
    assert wire.sent.startswith(b"GET /volumes/a ")

    wired(b"HTTP/1.0 404 No\r\n\r\n")
    assert engine.is_there("/volumes/a") is None
    wired(b"HTTP/1.0 500 No\r\n\r\n")
    with pytest.raises(EngineError):
        engine.is_there("/volumes/a")


LISTED = (
    b'[{"Id": "1", "Names": ["/app-web-1"], "State": "running", "Status": "Up 2 minutes (healthy)",'
    b'"Labels": {"com.docker.compose.project": "app", "com.docker.compose.service": "web",'
    b'"com.docker.compose.oneoff": "False", "org.guildhall.service": "d"},'
    b'"NetworkSettings": {"Networks": {"a": {}, "b": {}}}},'
    b'{"Id": "2", "Labels": {"com.docker.compose.oneoff": "True"}, "Image": "sha256:0a"}, '
    b'{"Id": "3", "Labels": null, "Names": null, "NetworkSettings": null}]'
)


def test_containers_are_what_compose_made_in_every_state(wired: Any) -> None:
    wire = wired(OK + LISTED)
    found = engine.containers()

    assert found == [
        Container(
            *("1", "app", "web", "app-web-1", "running", "healthy", "d", False, ("a", "b")),
            since="2 minutes",
        ),
        Container("2", "", "", "", "", "", "", True, (), untagged=True),
        Container("3", "", "", "", "", "", "", False, ()),
    ]
    asked = b'{"label": ["com.docker.compose.project"]}'
    wanted = "".join(f"%{byte:02x}" for byte in asked)
    assert wire.sent.split()[:2] == [b"GET", f"/containers/json?all=1&filters={wanted}".encode()]


def test_containers_of_one_app_are_asked_for_by_its_name(wired: Any) -> None:
    wire = wired(OK + b"[]")

    assert engine.containers("app") == []
    wanted = "".join(f"%{byte:02x}" for byte in b'{"label": ["com.docker.compose.project=app"]}')
    assert wanted.encode() in wire.sent


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 2 minutes (healthy)", "healthy"),
        ("Up 2 minutes (unhealthy)", "unhealthy"),
        ("Up 1 second (health: starting)", "starting"),
        ("Up 2 minutes", ""),
        ("Exited (0) 2 days ago", ""),
        ("", ""),
    ],
)
def test_health_is_the_end_of_the_status(status: str, health: str) -> None:
    assert engine.health(status) == health


def container(**is_like: Any) -> Container:
    plain = Container("1", "app", "web", "app-web-1", "running", "", "d", False, ())
    return plain._replace(**is_like)


def test_a_container_serves_if_it_runs_and_is_not_sick() -> None:
    assert all(container(health=health).serves for health in ("", "healthy", "starting"))
    assert not container(health="unhealthy").serves
    assert not container(state="paused", health="healthy").serves


def test_a_name_that_compose_gives_for_a_moment_is_no_name() -> None:
    assert not container().is_misnamed
    assert container(name="0a1b_app-web-1").is_misnamed
    assert container(name="app-web2-1").is_misnamed
    assert not container(name="app-web-run-0a1b", one_off=True).is_misnamed


def test_programs_get_an_environment_of_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_FILE", "/nowhere")
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert engine.environment() == {
        "PATH": path, "HOME": "/root", "DOCKER_HOST": "unix:///run/docker.sock"
    }  # fmt: skip

    monkeypatch.setenv("GUILDHALL_DOCKER", "/a/b.sock")
    monkeypatch.setenv("GUILDHALL_PATH", "/a")
    assert engine.environment() == {"PATH": "/a", "HOME": "/root", "DOCKER_HOST": "unix:///a/b.sock"}
