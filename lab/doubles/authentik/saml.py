"""SAML as authentik does it: metadata, and a signed answer that a browser posts to the app."""

import base64
import secrets
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from flask import Flask, Response, redirect, request
from lxml import etree
from markupsafe import Markup, escape
from signxml import CanonicalizationMethod, XMLSigner
from werkzeug.wrappers import Response as Answer

from .accounts import PEOPLE
from .flows import Flows
from .models import APPLICATION
from .models import SAML as PROVIDER
from .provider import Directory, PageError
from .store import Object, Store, load_objects, signing_key

BASE, DOWNLOAD = "/application/saml/<slug>", "/api/v3/providers/saml/<key>/metadata/"
FIELD = Markup('<input type="hidden" name="{name}" value="{value}">')
PAGE = Markup('<form method="post" action="{acs}">{fields}<button>Go on</button></form>')
CLAIMS = {
    "username": "http://schemas.goauthentik.io/2021/02/saml/username",
    "email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "groups": "http://schemas.xmlsoap.org/claims/Group",
}


def _text(name: str) -> str:
    """A template of XML, its lines joined."""
    lines = (Path(__file__).parent / "saml_texts" / f"{name}.xml").read_text().splitlines()
    return "".join(line.strip() for line in lines)


METADATA, ASSERTION, RESPONSE = map(_text, ("metadata", "assertion", "response"))


@dataclass(frozen=True, kw_only=True)
class Saml:
    """The providers that the worker stored, and their key."""

    store: Store
    flows: Flows

    def attach(self, web: Flask) -> None:
        web.add_url_rule(f"{BASE}/metadata/", "saml-metadata", self.metadata)
        web.add_url_rule(DOWNLOAD, "saml-download", self.download)
        web.add_url_rule(f"{BASE}/", "saml", self.sso)

    def metadata(self, slug: str) -> Answer:
        """Where it can be had, by anybody."""
        key, _ = _provider(Directory(load_objects(self.store)), slug)
        return redirect(f"{DOWNLOAD.replace('<key>', key)}?download")

    def download(self, key: str) -> Response:
        known = Directory(load_objects(self.store))
        provider = _provider(known, known.application(key)[1]["slug"])[1]
        der = base64.b64encode(self._certificate().public_bytes(Encoding.DER)).decode()
        text = METADATA.format(issuer=provider["issuer"], certificate=der)
        return Response(text, mimetype="application/xml")

    def sso(self, slug: str) -> str:
        """A form that posts the answer to the app, by way of the login if nobody is logged in."""
        known = Directory(load_objects(self.store))
        key, provider = _provider(known, slug)
        asked = _request_id(request.args.get("SAMLRequest", ""), provider)
        user = self.flows.user()
        known.check_access(user, known.application(key)[0])
        answer = base64.b64encode(self._answer(known, provider, user, asked).encode()).decode()
        values = {"SAMLResponse": answer, "RelayState": request.args.get("RelayState", "")}
        fields = Markup().join(FIELD.format(name=name, value=value) for name, value in values.items())
        return PAGE.format(acs=provider["acs_url"], fields=fields)

    def _answer(self, known: Directory, provider: Object, user: str, asked: str) -> str:
        now = datetime.now(UTC).replace(microsecond=0)
        names = {
            "id": f"_{secrets.token_hex(16)}",
            "asked": asked,
            "user": user,
            "issuer": provider["issuer"],
            "acs": provider["acs_url"],
            "audience": provider["audience"],
            "now": _instant(now),
            "since": _instant(now - timedelta(minutes=1)),
            "until": _instant(now + timedelta(minutes=5)),
            "attributes": _attributes(known, provider, user),
        }
        assertion = ASSERTION.format(**names)
        if provider.get("sign_assertion"):
            assertion = self._signed(assertion)
        return RESPONSE.format(**{**names, "id": f"_{secrets.token_hex(16)}"}, assertion=assertion)

    def _signed(self, assertion: str) -> str:
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
        tree, key = etree.fromstring(assertion), signing_key(self.store).encode()
        done = signer.sign(tree, key=key, cert=[self._certificate()], reference_uri=tree.get("ID"))
        return str(etree.tostring(done, encoding="unicode"))

    def _certificate(self) -> x509.Certificate:
        """Self-signed and always the same: only the key in it matters."""
        key = load_pem_private_key(signing_key(self.store).encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the signing key is not RSA")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authentik Self-signed Certificate")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        made = made.not_valid_after(datetime(2046, 1, 1, tzinfo=UTC)).public_key(key.public_key())
        return made.sign(key, hashes.SHA256())


def _provider(known: Directory, slug: str) -> tuple[str, Object]:
    """Its key and fields; its issuer is its metadata's address, whatever a blueprint says as `issuer`."""
    named = f"{request.host_url}application/saml/{slug}/metadata/"
    for _, application in known.where(APPLICATION, slug=slug):
        provider = known.objects[application["provider"]]
        if provider["model"] == PROVIDER:
            return application["provider"], provider | {"issuer": provider.get("issuer_override") or named}
    raise PageError("Not Found", "no such application", 404)


def _request_id(encoded: str, provider: Object) -> str:
    """The id of the app's request, which must want the answer where the provider sends it."""
    try:
        asked = ElementTree.fromstring(zlib.decompress(base64.b64decode(encoded), -15))  # noqa: S314
    except (ValueError, zlib.error, ElementTree.ParseError):
        raise PageError("Bad Request", "the SAML request cannot be read") from None
    if asked.get("AssertionConsumerServiceURL") != provider["acs_url"]:
        raise PageError("Bad Request", "ACS URL of the request is not the provider's")
    return str(asked.get("ID"))


def _attributes(known: Directory, provider: Object, user: str) -> str:
    values = {
        "username": [user],
        "email": [f"{user}@guild.test"],
        "name": [PEOPLE[user].name],
        "groups": known.groups(user),
    }
    wanted = (known.objects[key]["managed"].rpartition("/")[2] for key in provider["property_mappings"])
    return "".join(_attribute(CLAIMS[name], values[name]) for name in wanted)


def _attribute(name: str, values: list[str]) -> str:
    inner = "".join(f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{name}">{inner}</saml:Attribute>'


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
