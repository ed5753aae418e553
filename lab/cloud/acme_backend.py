"""The signing half of the lab's ACME server (serles), which has validated the names before it asks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER: Final = Path("/etc/guildhall")
DAYS: Final = 90  # as a public ACME authority gives
CLOCK_SKEW: Final = timedelta(hours=1)


class Backend:
    """What serles wants of a backend: a constructor and `sign`."""

    def __init__(self, config: object, folder: Path = FOLDER) -> None:
        """Fail at start, not at the first order, if the authority cannot be read."""
        self.chain = (folder / "ca.pem").read_text()
        self.authority = x509.load_pem_x509_certificate(self.chain.encode())
        key = load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("the lab CA's key is not the elliptic curve key that the lab makes")
        self.key = key

    def sign(self, csr: bytes, subject: str, names: list[str], email: str) -> tuple[str, None]:
        """The certificate chain as PEM for a certificate request and its validated names."""
        now, public_key = datetime.now(UTC), x509.load_pem_x509_csr(csr).public_key()
        common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        made = x509.CertificateBuilder(self.authority.subject, common, public_key)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - CLOCK_SKEW).not_valid_after(now + timedelta(days=DAYS))
        for extension in (
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.SubjectKeyIdentifier.from_public_key(public_key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
        ):
            made = made.add_extension(extension, critical=False)
        leaf = made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)
        return leaf.decode() + self.chain, None
