"""The signing half of the lab's ACME server (serles), which has validated the names before it asks."""

from pathlib import Path
from typing import Final

import ca  # type: ignore[import-not-found]  # lab/ca.py, beside this file on cloud
from cryptography import x509

CA_PEM: Final = Path("/etc/guildhall/ca.pem")
CA_KEY: Final = Path("/etc/guildhall/ca.key")


class Backend:
    """What serles wants of a backend: a constructor and `sign`."""

    def __init__(self, config: object) -> None:
        """Fail at start, not at the first order, if the authority cannot be read."""
        self.authority = CA_PEM.read_bytes(), CA_KEY.read_bytes()

    def sign(self, csr: bytes, subject: str, names: list[str], email: str) -> tuple[str, None]:
        """The certificate chain as PEM for a certificate request and its validated names."""
        request = x509.load_pem_x509_csr(csr)
        chain: bytes = ca.issue(*self.authority, request.public_key(), names)
        return chain.decode(), None
