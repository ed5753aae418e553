"""Secrets: names and rules, never values."""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from catalogue.model.checks import Record, require
from catalogue.model.forms import Name, Variable

LEAST = {"hex": 16, "base64": 16, "password": 24, "uuid": 0, "keypair": 2048, "given": 1}
LEAST |= {"issued": 1, "principal": 0}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRINCIPAL = re.compile(rf"(application|user)_id:{UUID.pattern}|none")
FORMS = {
    "uuid": (UUID, "be a UUID in lower case"),
    "principal": (PRINCIPAL, "be application_id: or user_id: with a UUID, or none"),
}


def _invisible(value: str) -> str | None:
    """What came along unseen when a value was copied; keys of several lines end with a line's end."""
    if "\r" in value:
        return "must not contain carriage returns, which files from Windows have"
    if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
        return "must not contain control characters"
    if value.endswith("\n") and value.count("\n") == 1:
        return "must not end with a line's end"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Record):
    """How a secret's value is made, and by that what a good one looks like."""

    kind: Literal["hex", "base64", "password", "uuid", "keypair", "given", "issued", "principal"]
    """Programs ask for one of them by name; uuid is a random one, keypair a private key in PEM (PKCS #8).

    issued: of an API key; principal: whose key it is, as a bucket policy names them.
    """
    size: int = 0
    """hex, base64: bytes; password: characters; given (a person brings it) and issued: least characters.

    keypair: bits of an RSA key, or none for Ed25519, which has one size; uuid, principal: none.
    """

    def validate(self) -> None:
        require(
            self.size >= LEAST[self.kind] or (self.kind == "keypair" and not self.size),
            f"secret rule '{self.kind} {self.size}' is too short; use at least {LEAST[self.kind]}",
        )
        require(
            self.kind not in ("uuid", "principal") or not self.size,
            f"secret rule '{self.kind} {self.size}': it has no size; drop it",
        )

    @property
    def issued(self) -> bool:
        """Whether the provider makes it: `guildhall secrets generate` asks for it, or a person brings it."""
        return self.kind in ("issued", "principal")

    def problem(self, value: str) -> str | None:
        """What is wrong with a value, in words that do not show it; None if nothing is.

        Whether a private key is one, only cryptography can say: `tasks.secrets` asks it.
        """
        if wrong := _invisible(value):
            return wrong
        good, words = self._wanted(value)
        return None if good else f"must {words}"

    def _wanted(self, value: str) -> tuple[object, str]:
        match self.kind:
            case "hex":
                words = f"be {2 * self.size} lower-case hexadecimal digits"
                return re.fullmatch(rf"[0-9a-f]{{{2 * self.size}}}", value), words
            case "base64":
                words = f"be {self.size} bytes in base64, as `openssl rand -base64 {self.size}` prints them"
                return _is_base64(value, self.size), words
            case "uuid" | "principal":
                form, words = FORMS[self.kind]
                return form.fullmatch(value), words
            case "keypair":
                return value.startswith("-----BEGIN "), "be a private key in PEM"
            case "password" if not (value.isascii() and value.isprintable()):
                return False, "be printable ASCII in one line"
            case _:
                return len(value) >= self.size, f"have at least {self.size} characters"


def _is_base64(value: str, size: int) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == size
    except (binascii.Error, ValueError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Record):
    """A value in the secret store, and the variable or the file that carries it into the app."""

    name: Variable
    rule: Rule
    bundle: Name | None = None
    """The entry of the store it is read from (`s3`, another app); None: the app's own."""
    key: Variable | None = None
    """Its name in that entry; None: the same name."""
    public: Variable | None = None
    """The variable that carries the public half of a keypair, for programs that ask for both.

    It is made from the private key at each deploy and stored nowhere: two halves cannot come apart.
    """
    file: bool = False
    """The program reads it from `/run/secrets/NAME`, by a setting such as `*_FILE` or `*_path`: no variable
    holds it, so neither `docker inspect` nor what the program starts can see it."""

    def validate(self) -> None:
        require(
            not self.public or self.rule.kind == "keypair",
            f"secret '{self.name}': only a keypair has a public half; drop `public`, or use kind 'keypair'",
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """What it fills of the app's `.env`."""
        return (self.name, self.public) if self.public else (self.name,)
