"""Keys and certificates of the lab, made on this machine before anything boots; existing ones stay."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab import layout

TLS_NAMES: Final = (f"*.{layout.CLOUD_DOMAIN}", "localhost", layout.LOOPBACK, layout.CLOUD_ADDRESS)
TLS_CERT: Final = layout.DIR / "cloud" / "cert.pem"
TLS_KEY: Final = layout.DIR / "cloud" / "key.pem"
HOST_KEY: Final = layout.SSH_KEY.with_name("host_ed25519")  # of every host


def ensure() -> None:
    """Make what is missing: the authority, cloud's certificate, ssh keys of user and hosts, known_hosts."""
    if not layout.CA_PEM.exists():
        made = trustme.CA(organization_name="Guildhall", organization_unit_name="lab")
        _write_pair(layout.CA_PEM, layout.CA_KEY, (made.cert_pem.bytes(), made.private_key_pem.bytes()))
        TLS_CERT.unlink(missing_ok=True)
    if not TLS_CERT.exists():
        authority = layout.CA_PEM.read_bytes()
        leaf = trustme.CA.from_pem(authority, layout.CA_KEY.read_bytes()).issue_cert(*TLS_NAMES)
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems) + authority
        _write_pair(TLS_CERT, TLS_KEY, (chain, leaf.private_key_pem.bytes()))
    for path in (layout.SSH_KEY, HOST_KEY):
        if not _public(path).exists():
            _write_pair(_public(path), path, _ssh_pair())
    key = _public(HOST_KEY).read_text()
    known = (f"[{layout.LOOPBACK}]:{host.ssh} {key}\n" for host in layout.MACHINES)
    layout.KNOWN_HOSTS.write_text("".join(known))


def variables() -> Mapping[str, str]:
    """What lab/compose.yaml puts into containers, by the name that it has there; empty before `ensure`."""
    files = {
        "AUTHORIZED_KEYS": _public(layout.SSH_KEY),
        "SSH_HOST_KEY": HOST_KEY,
        "CA_CERT": layout.CA_PEM,
        "CA_KEY_PEM": layout.CA_KEY,
        "TLS_CERT_PEM": TLS_CERT,
        "TLS_KEY_PEM": TLS_KEY,
    }
    return {name: path.read_text() if path.exists() else "" for name, path in files.items()}


def _public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


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
