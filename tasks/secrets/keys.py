"""Key pairs: the private key is the secret, and its public half follows from it."""

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

EXPONENT: Final = 65537
"""The public exponent of every RSA key that is made today."""
Key = RSAPrivateKey | Ed25519PrivateKey


def private_key(bits: int) -> str:
    """A new private key in PEM (PKCS #8): RSA of so many bits, Ed25519 for none."""
    key = generate_private_key(EXPONENT, bits) if bits else Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_half(private: str) -> str:
    """The public key in PEM (SubjectPublicKeyInfo) of a private key that has no problem."""
    key = _loaded(private)
    if not key:
        raise ValueError("a public key cannot be made of what is no private key")
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def key_problem(private: str, bits: int) -> str | None:
    """What is wrong with a private key of a rule with so many bits, in words that do not show it."""
    key = _loaded(private)
    if bits:
        good = isinstance(key, RSAPrivateKey) and key.key_size >= bits
        return None if good else f"must be an RSA private key of {bits} bits in PEM, without a passphrase"
    good = isinstance(key, Ed25519PrivateKey)
    return None if good else "must be an Ed25519 private key in PEM, without a passphrase"


def _loaded(private: str) -> Key | None:
    """The key; None for what is none, has a passphrase, or is of another kind."""
    try:
        key = load_pem_private_key(private.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPrivateKey | Ed25519PrivateKey) else None
