"""The lab as a whole: up, down, status, reset."""

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from lab import build, engine, hosts, images, keys, layout, preflight, seed, services, shell
from lab.engine import Engine
from lab.errors import LabError
from lab.progress import say, step
from tasks.settings import UNTRIED

LOCK: Final = layout.DIR / "lock"
OURS: Final = f"label={layout.LABEL}={layout.ROOT}"
REGISTRY_VOLUME: Final = "guildhall-registry"


def up() -> None:
    """Bring up what is not up, and keep what is; LabError says what is in the way."""
    with _alone():
        preflight.check_owner()
        preflight.check_network()
        keys.ensure()
        outer = engine.find() or _own_engine()
        preflight.check_owner(outer)
        preflight.check_ports(outer)
        _build(outer)
        with step("hosts and services"):
            _boot(outer)
        seed.seed()
        _say_untried(images.untried(images.ensure_images(outer, images.wanted())))
        seed.names()
        outer.answer("image", "prune", "--force", "--filter", OURS)


def _say_untried(apps: Mapping[str, str]) -> None:
    """Every run in the lab leaves these apps out."""
    for name, why in apps.items():
        say(f"not tried here: {name} ({why})")
    (layout.ROOT / UNTRIED).write_text("".join(f"{name}\n" for name in apps))


def down() -> None:
    """Stop everything and forget hosts and services; images and the registry's content stay."""
    with _alone():
        preflight.check_owner()
        outer = engine.find() or (engine.start() if layout.DATA.exists() else None)
        if outer:
            preflight.check_owner(outer)
            with step("removing the machines"):
                outer.compose("--profile", "*", "down", "--volumes", "--timeout", "0")
        with step("stopping the engine"):
            engine.stop()


def reset() -> None:
    """As down, and remove images, downloads, keys: everything the lab ever made."""
    down()
    outer = engine.find()  # the machine's own engine stays, without our images
    if outer:
        outer.answer("volume", "rm", "--force", REGISTRY_VOLUME)
        ours = outer.answer("image", "ls", "--quiet", "--filter", OURS)
        outer.answer("image", "rm", "--force", *set(ours.split()), build.ROOTFS_IMAGE)
    shutil.rmtree(layout.DIR)


def status() -> bool:
    """Say what runs; whether everything does."""
    outer = engine.find()
    if not outer:
        say("the lab is down: start it with `guildhall lab up`")
        return False
    listed = outer.compose("ps", "--all", "--format", "{{.Service}} {{.State}}").splitlines()
    found = dict(line.split() for line in listed)
    wanted = (*(host.name for host in layout.HOSTS), layout.CLOUD, *layout.PORTS)
    for name in wanted:
        say(f"{name:16}{found.get(name, 'missing')}")
    return all(found.get(name) == "running" for name in wanted)


def _own_engine() -> Engine:
    preflight.check_machine()
    return engine.start()


def _build(outer: Engine) -> None:
    build.ensure_base(outer)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(image, outer) for image in (services.image, hosts.image)]:
            done.result()


def _boot(outer: Engine) -> None:
    """Hosts first: they take longest to boot, and their network bears the name of the checkout."""
    outer.docker("volume", "create", "--label", f"{layout.LABEL}={layout.ROOT}", REGISTRY_VOLUME)
    names = [host.name for host in layout.HOSTS]
    hosts.create(outer, *names)
    # There is no such link where the engine runs in a virtual machine of its own.
    shell.succeeds(["ip", "link", "set", layout.BRIDGE, "alias", str(layout.ROOT)])
    with ThreadPoolExecutor() as pool:
        for done in (pool.submit(hosts.up, outer, *names), pool.submit(services.up, outer)):
            done.result()


@contextmanager
def _alone() -> Iterator[None]:
    """Only one command at a time changes the lab; the kernel drops the lock of a killed one."""
    layout.DIR.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("another `guildhall lab` is changing this lab: wait for it to end") from None
        yield
