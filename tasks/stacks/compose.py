"""Finishes a Compose file: what the record says of each service is laid over what the template says.

A template holds environment, commands and mounts. Image, user, limits, hardening, health, ports and networks
come from the record, so that none of them can be forgotten.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from catalogue import views
from catalogue.model import App, Health, Host, Port, Service, Site
from tasks.stacks import compose_template
from tasks.stacks.refusals import RefusedError
from tasks.stacks.written import references, services_of

EDGE = "edge"
SERVICE_LABEL = "org.guildhall.service"
BRIDGE_NAME = "com.docker.network.bridge.name"
CURRENT = "./current/"
LIVE = "./live/"
Definition = dict[str, Any]


def finished(app: App, template: str, site: Site, host: Host, edge_network: str) -> Definition:
    """The whole Compose file as data; RefusedError if the template says what it may not.

    `edge_network` is what the app shares with the edge, and with nobody else; empty where there is none.
    """
    parsed = services_of(template)
    written, declared = set(parsed), {service.name for service in app.services}
    if written != declared:
        raise RefusedError(
            f"services {sorted(written)} are not those of the record, {sorted(declared)}; make them the same",
            "services",
            word="".join(f"{name}:" for name in sorted(written - declared)[:1]),
        )
    compose_template.check_with(app, parsed)
    return {
        "name": app.name,
        "services": {
            service.name: _with_record(app, service, parsed[service.name] or {}, site, host)
            for service in app.services
        },
        "networks": {"default": _own_network(app, host)}
        | ({EDGE: {"external": True, "name": edge_network}} if edge_network else {}),
        "volumes": {
            volume.name: {"external": True, "name": volume_name(app, volume.name)} for volume in app.volumes
        },
    }


def volume_name(app: App, volume: str) -> str:
    """A volume's name on the host. Compose treats it as external, so that nothing it does removes one."""
    return f"{app.name}_{volume}"


def _with_record(app: App, service: Service, template: Definition, site: Site, host: Host) -> Definition:
    mounted = [*template.get("volumes", []), *service.host_mounts]
    told = {key: value for key, value in template.items() if not key.startswith("x-")}
    return told | ({"volumes": mounted} if mounted else {}) | _from_record(app, service, site, host)


def _from_record(app: App, service: Service, site: Site, host: Host) -> Definition:
    definition: Definition = {
        "image": image(service, site),
        "user": service.user,
        "restart": "no" if service.one_shot else "unless-stopped",
        "read_only": service.read_only,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{service.memory_mb}m",
        "pids_limit": service.pids_limit,
        "stop_grace_period": f"{service.stop_seconds}s",
    }
    optional = {
        "healthcheck": _healthcheck(service.health) if service.health else {},
        # Compose leaves services of a profile alone until one of them is asked for by name.
        "profiles": ["one-shot"] if service.one_shot else [],
        "cap_add": list(service.capabilities),
        "tmpfs": list(service.tmpfs),
        "ports": [text for port in service.ports for text in _published(port, host)],
        "pid": "host" if service.host_pid else "",
        "devices": list(service.devices),
        "hostname": service.hostname,
        "stop_signal": service.stop_signal,
        "shm_size": service.shm_size,
        "ulimits": {each.name: {"soft": each.soft, "hard": each.hard} for each in service.ulimits},
        "sysctls": list(service.sysctls),
        "init": service.init,
    }
    definition |= {key: value for key, value in optional.items() if value}
    return definition | _network(app, service)


def image(service: Service, site: Site) -> str:
    """The reference that the host pulls: from the mirror if there is one, else by digest if it is known."""
    reference = service.image.reference
    if site.image_mirror:
        return f"{site.image_mirror}/{reference}"
    digest = site.image_digests.get(reference)
    return f"{reference}@{digest}" if digest else reference


def _healthcheck(health: Health) -> Definition:
    return {
        "test": ["CMD", *(part.replace("$", "$$") for part in health.command)],
        "interval": f"{health.interval_seconds}s",
        "timeout": "10s",
        "retries": 3,
        "start_period": f"{health.start_seconds}s",
        # Until it serves for the first time it is asked often: a deploy waits for that, app by app.
        "start_interval": "1s",
    }


def _published(port: Port, host: Host) -> tuple[str, ...]:
    """The port at every address of the host that it is for; one for the world has both families."""
    world = ("0.0.0.0", "[::]") if host.public_ipv6 else ("0.0.0.0",)  # noqa: S104 - public is for the world
    protocol = "" if port.protocol == "tcp" else f"/{port.protocol}"
    return tuple(
        f"{address}:{port.host}:{port.container}{protocol}"
        for address in (world if port.public else (host.private_ip,))
    )


def _own_network(app: App, host: Host) -> Definition:
    """What an app's services have for themselves; with a public port it has IPv6, where its host has it.

    Without it Docker would hand on all that comes by IPv6 as from one address: where requests or wrong
    passwords are counted, one visitor would use up what all have. Its addresses are local to each host
    (RFC 4193), an own network of them for each app: nothing leads there from outside.
    """
    # The firewall knows it by this name, which is the same whenever it is made anew.
    named: Definition = {"driver_opts": {BRIDGE_NAME: views.bridge(app.name)}}
    public = any(port.public for service in app.services for port in service.ports)
    if not (public and host.public_ipv6):
        return named
    own = hashlib.sha256(app.name.encode()).hexdigest()
    return named | {
        "enable_ipv6": True,
        "ipam": {"config": [{"subnet": f"fd67:7569:{own[:4]}:{own[4:8]}::/64"}]},
    }


def _network(app: App, service: Service) -> Definition:
    if service.host_network:
        return {"network_mode": "host"}
    networks: Definition = {"default": {"aliases": list(service.aliases)} if service.aliases else {}}
    if service.on_edge or any(route.service == service.name for route in app.routes):
        networks[EDGE] = {"aliases": [views.alias(app, service.name)]}
    return {"networks": networks}


def mounts(definition: Definition) -> dict[str, str]:
    """What a service mounts from its release: source below `./current/` or `./live/`, and target."""
    pairs = (str(volume).split(":")[:2] for volume in definition.get("volumes", []))
    return {source: target for source, target in pairs if source.startswith((CURRENT, LIVE))}


def files_below(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The release's files that a mount of a path shows: the file itself, or all in the folder."""
    return {name: content for name, content in files.items() if name == path or name.startswith(f"{path}/")}


def service_digest(
    definition: Definition, files: Mapping[str, bytes], secrets: Mapping[str, str], *path: object
) -> str:
    """Changes when, and only when, the service must be recreated: definition, mounted files, secrets.

    RefusedError, with the path of keys that leads to the service, if a file that it mounts is not there.
    """
    digest = hashlib.sha256(json.dumps(definition, sort_keys=True).encode())
    for source in (each for each in mounts(definition) if each.startswith(CURRENT)):
        shown = files_below(source.removeprefix(CURRENT), files)
        if not shown:
            raise RefusedError(
                f"it mounts {source}, which is no file of the release", *path, "volumes", word=source
            )
        for name, content in sorted(shown.items()):
            digest.update(f"\0{name}\0".encode() + content)
    for name in sorted(references(definition)):
        digest.update(f"\0{name}\0{secrets[name]}".encode())
    return digest.hexdigest()[:16]


def environment_file(secrets: Mapping[str, str]) -> bytes:
    """Secrets as Compose reads them back byte for byte: quoted, with every special character escaped."""
    return "".join(f'{name}="{_escaped(value)}"\n' for name, value in sorted(secrets.items())).encode()


def _escaped(value: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(character, escape)
    return value
