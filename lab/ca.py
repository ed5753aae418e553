"""The lab's certificate authority. Also runs inside cloud, where the ACME server issues from it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS: Final = 3650
LEAF_DAYS: Final = 90  # as a public ACME authority gives
CLOCK_SKEW: Final = timedelta(hours=1)


def create() -> tuple[bytes, bytes]:
    """A new authority as PEM: certificate and private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Guildhall lab CA")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _builder(name, name, key.public_key(), CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    return _pem(builder.sign(key, hashes.SHA256())), _key_pem(key)


def leaf(ca_pem: bytes, ca_key: bytes, names: Iterable[str], days: int = CA_DAYS) -> tuple[bytes, bytes]:
    """A certificate for names and IP addresses, followed by the authority's, and its private key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(ca_pem, ca_key, key.public_key(), names, days), _key_pem(key)


def issue(
    ca_pem: bytes,
    ca_key: bytes,
    public_key: CertificatePublicKeyTypes,
    names: Iterable[str],
    days: int = LEAF_DAYS,
) -> bytes:
    """A server certificate for a public key, followed by the authority's, as PEM."""
    authority = x509.load_pem_x509_certificate(ca_pem)
    signer = serialization.load_pem_private_key(ca_key, password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("the lab CA's key is not the elliptic curve key that the lab makes")
    names = list(names)
    builder = _builder(_name(names[0]), authority.subject, public_key, days)
    for extension in (
        x509.SubjectAlternativeName([_general_name(name) for name in names]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.SubjectKeyIdentifier.from_public_key(public_key),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
    ):
        builder = builder.add_extension(extension, critical=False)
    return _pem(builder.sign(signer, hashes.SHA256())) + ca_pem


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: CertificatePublicKeyTypes, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public_key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - CLOCK_SKEW).not_valid_after(now + timedelta(days=days))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
