"""The lab as a whole: up, down, status, reset."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Final

from lab import base, cloud, engine, hosts, images, keys, layout, network, preflight, seed
from lab.engine import Engine
from lab.errors import LabError
from lab.progress import say, step

LOCK: Final = layout.DIR / "lock"


def up() -> None:
    """Bring up what is not up, and keep what is; LabError says what is in the way."""
    with _alone():
        preflight.check_owner()
        preflight.check_network()
        keys.ensure()
        outer = _engine()
        network.check_owner(outer)
        preflight.check_names(outer)
        preflight.check_ports(outer)
        base.ensure(outer)
        network.ensure(outer)
        _all_at_once([partial(_cloud, outer), partial(_hosts, outer)])
        _discard_old_images(outer)


def down() -> None:
    """Stop everything and forget hosts and services; images and the registry's content stay."""
    with _alone():
        preflight.check_owner()
        outer = engine.find() or (engine.start() if layout.DATA.exists() else None)
        if outer:
            with step("removing the machines"):
                _remove_machines(outer)
        with step("stopping the engine"):
            engine.stop()


def reset() -> None:
    """As down, and remove images, downloads, keys: everything the lab ever made."""
    down()
    outer = engine.find()  # the machine's own engine stays, without our images
    if outer:
        outer.answer("volume", "rm", "--force", *cloud.REGISTRY_VOLUME)
        ours = outer.answer("image", "ls", "--quiet", "--filter", f"label={layout.LABEL}={layout.ROOT}")
        outer.answer("image", "rm", "--force", *set(ours.split()), base.ROOTFS_IMAGE)
    shutil.rmtree(layout.DIR)


def status() -> bool:
    """Say what runs; whether everything does."""
    outer = engine.find()
    if not outer:
        say("the lab is down: start it with `python -m lab up`")
        return False
    states = [_state(outer, name) for name in (*(host.name for host in layout.HOSTS), layout.CLOUD)]
    services = [_service(outer, service) for service in layout.UNITS]
    return all(state == "running" for state in (*states, *services))


def _engine() -> Engine:
    found = engine.find()
    if not found:
        preflight.check_machine()
    return found or engine.start()


def _cloud(outer: Engine) -> None:
    cloud.download()
    cloud.image(outer)
    with step(layout.CLOUD):
        cloud.ensure(outer)
    seed.seed()
    images.ensure_images(outer, images.wanted())


def _hosts(outer: Engine) -> None:
    hosts.image(outer)
    _all_at_once([partial(_host, outer, host) for host in layout.HOSTS])


def _host(outer: Engine, host: layout.Host) -> None:
    with step(host.name):
        hosts.ensure(outer, host)


def _remove_machines(outer: Engine) -> None:
    network.check_owner(outer)
    ours = outer.answer("ps", "--all", "--quiet", "--filter", f"label={layout.LABEL}={layout.ROOT}").split()
    outer.answer("rm", "--force", *ours)
    outer.answer("volume", "rm", "--force", *map(hosts.volume, layout.MACHINES), *cloud.STATE_VOLUMES)
    network.remove(outer)


def _discard_old_images(outer: Engine) -> None:
    ours = f"label={layout.LABEL}={layout.ROOT}"
    outer.answer("image", "prune", "--force", "--filter", ours)


def _state(outer: Engine, name: str) -> str:
    state = outer.answer("inspect", "--type", "container", "--format", "{{.State.Status}}", name) or "missing"
    say(f"{name:16}{state}")
    return state


def _service(outer: Engine, service: str) -> str:
    unit = layout.UNITS[service]
    state = "running" if outer.ok("exec", layout.CLOUD, "systemctl", "is-active", unit) else "stopped"
    say(f"  {service:14}{state}")
    return state


def _all_at_once(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs in parallel, wait for all, then raise the first error."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


@contextmanager
def _alone() -> Iterator[None]:
    """Only one command at a time changes the lab; the kernel drops the lock of a killed one."""
    layout.DIR.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("another `python -m lab` is changing this lab: wait for it to end") from None
        yield
