"""What the lab understands of the machine it runs on, and what it would undo there."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import cleanup, firewall, layout, preflight, shell
from lab.engine import Engine
from lab.errors import LabError


@dataclass(frozen=True)
class Machines(Engine):
    """An engine whose machines publish the given ports."""

    own: bool = True
    ports: str = ""

    def answer(self, *args: str, data: bytes | None = None) -> str:
        return self.ports


def test_what_is_opened_in_the_firewall_is_closed_again_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(firewall, "BEFORE", tmp_path / "before")
    monkeypatch.setattr(firewall, "FORWARD", tmp_path / "ip_forward")
    monkeypatch.setattr(shell, "run", lambda argv, **_options: asked.append(" ".join(argv)))
    firewall.FORWARD.write_text("0\n")
    firewall.open_up()
    opened = asked.copy()
    assert firewall.FORWARD.read_text() == "1"
    firewall.restore()
    assert asked == [*opened, *(rule.replace(" -I ", " -D ") for rule in opened)]
    assert firewall.FORWARD.read_text() == "0\n"
    firewall.restore()
    assert len(asked) == 2 * len(opened)


def test_addresses_are_read_as_networks_and_links_without_one_are_passed_over() -> None:
    answer = '[{"ifname":"eth0","addr_info":[{"local":"10.0.0.7","prefixlen":16}]},{}]'
    assert preflight.addresses(answer) == [("eth0", "10.0.0.0/16")]


def test_an_interface_on_the_labs_network_is_named_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = '[{"ifname":"wg0","addr_info":[{"local":"10.0.0.7","prefixlen":16}]}]'
    monkeypatch.setattr(preflight.shell, "run", lambda argv: answer)
    with pytest.raises(LabError, match=r"wg0 already uses 10\.0\.0\.0/16"):
        preflight.check_network()


def test_a_network_that_would_cut_the_machine_off_its_name_server_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "resolv.conf").write_text("# of the provider\nnameserver 198.18.77.53\noptions edns0\n")
    monkeypatch.setattr(preflight, "RESOLVER", tmp_path / "resolv.conf")
    monkeypatch.setattr(preflight.shell, "run", lambda argv: "[]")
    preflight.check_network()
    with pytest.raises(LabError, match=r"the machine's name server already uses 198\.18\.77\.53"):
        preflight.check_network("guildhall-proof", "198.18.77.0/24")


def test_a_taken_port_is_named_in_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(layout, "LOCAL_PORTS", (port,))
        with pytest.raises(LabError, match=rf"port {port} on 127\.0\.0\.1 is taken"):
            preflight.check_ports(Machines(ports=""))
        preflight.check_ports(Machines(ports=f"127.0.0.1:{port}->80/tcp"))


def test_a_checkout_too_deep_for_the_engines_sockets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight.os, "geteuid", lambda: 0)
    monkeypatch.setattr(layout, "RUN", Path("/" + "x" * 100) / ".lab" / "run")
    with pytest.raises(LabError, match="move the checkout"):
        preflight.check_machine()


def test_without_root_and_without_an_engine_the_user_is_told_both_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preflight.os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="be root, or get `docker info` to work"):
        preflight.check_machine()


def test_an_engine_lives_as_long_as_something_holds_its_lifeline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(layout, "DIR", tmp_path / ".lab")
    (tmp_path / ".lab" / "run").mkdir(parents=True)
    with cleanup.lifeline() as line:
        line.write("12")
        line.flush()
        assert cleanup.engine_pid(tmp_path) == 12
    assert cleanup.engine_pid(tmp_path) is None


def test_a_stale_pid_file_does_not_make_a_stranger_the_labs_engine(tmp_path: Path) -> None:
    run = tmp_path / ".lab" / "run"
    run.mkdir(parents=True)
    (run / "engine").write_text("1")
    assert cleanup.engine_pid(tmp_path) is None


@pytest.mark.parametrize(
    ("output", "why"),
    [
        (
            b"Error response from daemon: no such image\nError: failed\n",
            "Error response from daemon: no such image",
        ),
        (b"step 1\nE: no space left on device\n\n", "E: no space left on device"),
        (b"", "it said nothing"),
    ],
)
def test_of_a_failed_commands_output_the_line_that_says_why_is_shown(output: bytes, why: str) -> None:
    assert shell.complaint(output) == why


def test_a_missing_program_is_an_error_in_one_line() -> None:
    with pytest.raises(LabError, match="no-such-program cannot be run: No such file"):
        shell.run(["no-such-program"])
