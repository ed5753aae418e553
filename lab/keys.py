"""Keys and certificates of the lab, made on this machine before anything boots; existing ones stay."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab import ca, layout
from lab.build import File

TLS_GROUP: Final = 700  # on cloud: who may read the private key
TLS_NAMES: Final = (*layout.CLOUD_NAMES, "cloud.test", "localhost", layout.LOOPBACK, layout.CLOUD_ADDRESS)
TLS_CERT: Final = layout.DIR / "cloud" / "cert.pem"
TLS_KEY: Final = layout.DIR / "cloud" / "key.pem"


def ensure() -> None:
    """Make what is missing: the authority, cloud's certificate, ssh keys of user and hosts, known_hosts."""
    if not layout.CA_PEM.exists():
        _write_pair(layout.CA_PEM, layout.CA_KEY, ca.create())
        TLS_CERT.unlink(missing_ok=True)
    if not TLS_CERT.exists():
        pair = ca.leaf(layout.CA_PEM.read_bytes(), layout.CA_KEY.read_bytes(), TLS_NAMES)
        _write_pair(TLS_CERT, TLS_KEY, pair)
    for path in (layout.SSH_KEY, *map(host_key, layout.MACHINES)):
        if not public(path).exists():
            _write_pair(public(path), path, _ssh_pair())
    known = (f"[{layout.LOOPBACK}]:{h.ssh} {public(host_key(h)).read_text()}\n" for h in layout.MACHINES)
    layout.KNOWN_HOSTS.write_text("".join(known))


def host_key(host: layout.Host) -> Path:
    """Where a host's private ssh key lies on this machine."""
    return layout.SSH_KEY.parent / f"{host.name}_ed25519"


def public(key: Path) -> Path:
    """The public half of a private ssh key."""
    return key.with_name(f"{key.name}.pub")


def host_files(host: layout.Host) -> Mapping[str, File]:
    """What a host needs in order to know itself and the user."""
    key = host_key(host)
    return {
        "etc/ssh/ssh_host_ed25519_key": File(content=key.read_bytes(), mode=0o600),
        "etc/ssh/ssh_host_ed25519_key.pub": File(content=public(key).read_bytes()),
        "root/.ssh/authorized_keys": File(content=public(layout.SSH_KEY).read_bytes(), mode=0o600),
    }


def cloud_files() -> Mapping[str, File]:
    """What cloud's services need: their certificate, and the authority that its ACME server issues from."""
    return {
        "etc/guildhall/tls/cert.pem": File(content=TLS_CERT.read_bytes()),
        "etc/guildhall/tls/key.pem": File(content=TLS_KEY.read_bytes(), mode=0o640, gid=TLS_GROUP),
        "etc/guildhall/ca.pem": File(content=layout.CA_PEM.read_bytes()),
        "etc/guildhall/ca.key": File(content=layout.CA_KEY.read_bytes(), mode=0o600),
    }


def _ssh_pair() -> tuple[bytes, bytes]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    form = serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, form), private


def _write_pair(public_path: Path, private_path: Path, pair: tuple[bytes, bytes]) -> None:
    """The private half first: a public half that exists means a whole pair."""
    private_path.parent.mkdir(parents=True, exist_ok=True)
    private_path.touch(mode=0o600)
    private_path.write_bytes(pair[1])
    public_path.write_bytes(pair[0])
