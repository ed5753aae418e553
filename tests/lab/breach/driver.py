"""On a host, as root: looks who is there, and runs the intruder in every container as that container.

`docker exec` gives it the container's user, rights, filters, limits and environment. What an image does not
have it is lent: the host's /usr, read-only, over a folder that every container has and nobody uses.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from glob import glob
from pathlib import Path
from typing import Any

LENT, USR = "/dev/mqueue", "/run/breach"
NEW_MOUNTS = 0x00020000
OPEN_TREE, MOVE_MOUNT = 428, 429
CLONE_TREE, EMPTY_PATH, DETACH = 1, 4, 2
LISTENS = "0A"
# What lies behind the host, all of it one hop away: only rules keep anybody from it.
BEHIND = """
ip netns add breach
ip link add breach0 type veth peer name eth0 netns breach
ip address add 203.0.113.1/24 dev breach0
echo 0 >/proc/sys/net/ipv6/conf/breach0/disable_ipv6
ip netns exec breach sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6'
ip -6 address add 2001:db8:7::1/64 dev breach0 nodad
ip link set breach0 up
ip -n breach link set eth0 up
ip -n breach link set lo up
for each in $BEHIND; do
  case $each in *:*) full=$each/128 ;; *) full=$each/32 ;; esac
  ip -n breach address add $full dev eth0
  ip route replace $full dev breach0
done
ip -n breach route add default via 203.0.113.1 onlink dev eth0
ip -n breach -6 route add default via 2001:db8:7::1 onlink dev eth0
"""
SERVE = """
import socket, sys, threading

def tcp():
    both = {"family": socket.AF_INET6, "dualstack_ipv6": True}
    with socket.create_server(("::", int(sys.argv[1])), **both) as server:
        while True:
            server.accept()[0].close()

threading.Thread(target=tcp, daemon=True).start()
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(("::", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        said, where = server.recvfrom(100)
        server.sendto(said, where)
"""


def heard(*words: str, given: str = "", **environ: str) -> str:
    whole = {**os.environ, **environ}
    done = subprocess.run(words, input=given, env=whole, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def look() -> dict[str, Any]:
    """Who is there: each container by name, and at which ports the host itself answers."""
    found = json.loads(heard("docker", "inspect", *heard("docker", "ps", "-q").split()))
    return {"containers": {each["Name"].strip("/"): _told(each) for each in found}, "listens": listening(1)}


def _told(each: Mapping[str, Any]) -> dict[str, Any]:
    labels, networks = each["Config"]["Labels"], each["NetworkSettings"]["Networks"]
    return {
        "app": labels.get("com.docker.compose.project", ""),
        "service": labels.get("com.docker.compose.service", ""),
        "host_network": each["HostConfig"]["NetworkMode"] == "host",
        "addresses": {name: net["IPAddress"] for name, net in networks.items() if net["IPAddress"]},
        "gateways": sorted({net["Gateway"] for net in networks.values() if net["Gateway"]}),
        "names": sorted(
            {name for net in networks.values() for name in net.get("DNSNames") or () if "-" in name}
        ),
        "listens": listening(each["State"]["Pid"]),
        "log": each["HostConfig"]["LogConfig"]["Type"],
        "writes": {mount["Destination"]: mount.get("Name", "") for mount in each["Mounts"] if mount["RW"]},
    }


def listening(pid: int) -> list[int]:
    """TCP ports at which a process' network answers to others than itself."""
    files = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    lines = [line.split() for file in files if file.exists() for line in file.read_text().splitlines()[1:]]
    places = [words[1].split(":") for words in lines if words[3] == LISTENS]
    loopback = ("7F", "0" * 24 + "01000000")
    return sorted({int(port, 16) for address, port in places if not address.endswith(loopback)})


@contextmanager
def behind(addresses: list[str], port: int) -> Iterator[None]:
    """The internet, another private network and the provider's metadata answer, and a port of the host."""
    heard("sh", "-ec", BEHIND, BEHIND=" ".join(addresses))
    serving = []
    try:
        inside = ["ip", "netns", "exec", "breach"]
        for place, number in (([], port), (inside, port), (inside, 53)):
            argv = [*place, sys.executable, "-c", SERVE, str(number)]
            serving.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        for each in serving:
            (each.stdout or sys.stdin).readline()
        yield
    finally:
        for each in serving:
            each.kill()
            each.wait()
        heard("ip", "netns", "delete", "breach")


@contextmanager
def lendable() -> Iterator[None]:
    Path(USR).mkdir(exist_ok=True)
    heard("mount", "--bind", "-o", "ro", "/usr", USR)
    try:
        yield
    finally:
        heard("umount", USR)


@contextmanager
def lent(pid: int) -> Iterator[None]:
    """The container has the host's programs, until the end of it."""
    tree = _system_call(OPEN_TREE, -100, USR.encode(), CLONE_TREE)
    try:
        _inside(pid, lambda: _system_call(MOVE_MOUNT, tree, b"", -100, LENT.encode(), EMPTY_PATH))
    finally:
        os.close(tree)
    try:
        yield
    finally:
        _inside(pid, lambda: ctypes.CDLL(None).umount2(LENT.encode(), DETACH))


def _system_call(*words: Any) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    got = int(libc.syscall(*(ctypes.c_long(each) if isinstance(each, int) else each for each in words)))
    if got < 0:
        raise OSError(ctypes.get_errno(), f"system call {words[0]}: {os.strerror(ctypes.get_errno())}")
    return got


def _inside(pid: int, done: Callable[[], object]) -> None:
    """A child does it in the files of a container: a process with threads may not change its own."""
    place = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
    if not (child := os.fork()):
        code = 1
        try:
            if ctypes.CDLL(None).setns(place, NEW_MOUNTS) == 0:
                done()
                code = 0
        finally:
            os._exit(code)
    os.close(place)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError(f"nothing can be lent to process {pid}")


def intruded(name: str, program: str) -> Any:
    """What the intruder says in a container; its program comes by standard input."""
    pid = int(heard("docker", "inspect", "--format", "{{.State.Pid}}", name))
    with lent(pid):
        (loader,) = glob(f"{USR}/lib/*-linux-gnu/ld-linux*")
        loader = loader.replace(USR, LENT)
        python = [loader, "--library-path", os.path.dirname(loader), f"{LENT}/bin/python3", "-I", "-S", "-"]
        done = subprocess.run(
            ["docker", "exec", "--interactive", name, *python],
            input=program, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def intrude(program: str, names: list[str], addresses: list[str], port: int) -> dict[str, Any]:
    """By container, what the intruder says there; by "" as the host itself, by "behind" as who is outside."""
    with ExitStack() as use:
        use.enter_context(lendable())
        use.enter_context(behind(addresses, port))
        pool = use.enter_context(ThreadPoolExecutor(6))
        said = {name: pool.submit(intruded, name, program) for name in names}
        own = {
            "": [sys.executable, "-I", "-", "reach"],
            "behind": ["ip", "netns", "exec", "breach", sys.executable, "-I", "-", "reach"],
        }
        told = {who: json.loads(heard(*words, given=program)) for who, words in own.items()}
        return told | {name: each.result() for name, each in said.items()}


def weakened(program: str, image: str, capabilities: list[str], addresses: list[str], port: int) -> Any:
    """What the intruder says where nothing holds it: root with all rights, and all of the host around it."""
    # Not `--privileged`: it demands what a host that is itself a container lacks.
    status = Path("/proc/self/status").read_text().splitlines()
    (mask,) = (line.split()[1] for line in status if line.startswith("CapBnd"))
    held = [name for number, name in enumerate(capabilities) if int(mask, 16) >> number & 1]
    rights = ["--user=0:0", *(f"--cap-add={each}" for each in held), "--volume=/:/host"]
    filters = (
        "seccomp=unconfined",
        "apparmor=unconfined",
        "systempaths=unconfined",
        "no-new-privileges=false",
    )
    spaces = ["--pid=host", "--network=host", "--ipc=host"]
    words = [*rights, *(f"--security-opt={each}" for each in filters), *spaces, "--entrypoint=sleep"]
    heard("docker", "run", "--detach", "--rm", "--name=breach", *words, image, "300")
    try:
        with lendable(), behind(addresses, port), socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind("\0breach")
            abstract.listen()
            return intruded("breach", program)
    finally:
        heard("docker", "rm", "--force", "breach")
