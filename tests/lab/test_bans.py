"""Who is refused too often is kept out for a while, from all that a server has; nobody of ours ever is."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lab import engine, layout
from tests.lab.conftest import FirstRuns
from tests.lab.deployed import HERE, hostname
from tests.lab.running import Lab, eventually

pytestmark = pytest.mark.host

TIMES = 70
"""Above what a minute may have, 60."""
STRANGER = layout.CLOUD_ADDRESS
"""An address of the private network that is no server's and no operator's."""
ASK = """
import http.client, json, socket, ssl, sys

address, port, name, path, times = sys.argv[1:]

class Connection(http.client.HTTPSConnection):
    def connect(self):
        context = ssl._create_unverified_context()
        plain = socket.create_connection((address, int(port)), 5)
        self.sock = context.wrap_socket(plain, server_hostname=name)

said = []
try:
    connection = Connection(name)
    for _ in range(int(times)):
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        answer.read()
        said.append(answer.status)
except OSError as error:
    said.append("silent" if isinstance(error, TimeoutError) else type(error).__name__)
print(json.dumps(said))
"""


def asking(address: str, port: int, times: int = TIMES) -> list[str]:
    """A program that asks so many times for a path that is closed to everybody."""
    routes = [(route, route.closed_paths) for app in HERE if app.group == "tools" for route in app.routes]
    route, (path, *_) = next((route, closed) for route, closed in routes if closed)
    return ["-c", ASK, address, str(port), hostname(route), path, str(times)]


def stranger(times: int = TIMES) -> list[int | str]:
    """What somebody elsewhere in the network is answered."""
    words = ("exec", layout.CLOUD, "python3", *asking(layout.TOOLS.address, 443, times))
    said: list[int | str] = json.loads(engine.connect().docker(*words))
    return said


@pytest.fixture
def tools(lab: Lab, site: FirstRuns) -> Iterator[str]:
    """A server that keeps nobody out, before and after."""
    name = layout.TOOLS.name
    lab.ssh(name, "fail2ban-client unban --all")
    yield name
    lab.ssh(name, "fail2ban-client unban --all")


def banned(lab: Lab, host: str) -> dict[str, int]:
    """Address: seconds until its ban ends, as the kernel has it."""
    told = json.loads(lab.ssh(host, "nft --json list set inet guildhall-bans v4"))
    [found] = [each["set"] for each in told["nftables"] if "set" in each]
    return {each["elem"]["val"]: each["elem"]["expires"] for each in found.get("elem", ())}


def test_a_stranger_who_is_refused_too_often_is_kept_out_for_a_while_and_nobody_of_ours(
    lab: Lab, tools: str
) -> None:
    argv = [sys.executable, *asking(layout.LOOPBACK, layout.TOOLS.https)]
    operator = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    words = shlex.join(["python3", *asking(layout.TOOLS.address, 443)])
    server = json.loads(lab.ssh(layout.MANAGEMENT.name, words))
    said = stranger()
    ends = eventually(lambda: banned(lab, tools))
    knock = f"timeout 3 bash -c '</dev/tcp/{layout.TOOLS.address}/'$each && echo $each"
    reached = engine.connect().answer(
        "exec", layout.CLOUD, "bash", "-c", f"for each in 22 80 443; do {knock}; done; true"
    )
    # What the server itself asks there goes on: its databases are at that address.
    asked = lab.ssh(tools, f"timeout 5 bash -c '</dev/tcp/{STRANGER}/{layout.POSTGRES_PORT}' && echo open")
    lab.ssh(tools, "fail2ban-client unban --all")

    assert operator == server == [403] * TIMES
    assert said[:1] == [403]
    # fail2ban reads in order: it has seen the others before.
    assert set(ends) == {STRANGER}
    assert 0 < ends[STRANGER] <= 600
    assert reached == ""
    assert asked == "open\n"
    assert stranger(times=1) == [403]
