"""The double's SAML: metadata, and an answer that is signed and meant for one app, request and member."""

import base64
import html
import re
import zlib
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from signxml import InvalidDigest, SignatureConfiguration, VerifyResult, XMLVerifier

from lab.doubles.authentik.blueprints import apply
from lab.doubles.authentik.store import load_objects, save_objects
from tests.lab_unit.blueprints import Memory, logged_in
from tests.lab_unit.blueprints import identity_provider as provider

ACS = "https://zabbix.example.cc/index_sso.php?acs"
AS_SAML = SignatureConfiguration(location="./")
SSO, METADATA = "/application/saml/zabbix/", "/application/saml/zabbix/metadata/"
BLUEPRINT = """
version: 1
entries:
  - {model: authentik_core.group, id: group, identifiers: {name: zabbix}}
  - model: authentik_providers_saml.samlprovider
    id: provider
    identifiers: {name: zabbix}
    attrs:
      acs_url: https://zabbix.example.cc/index_sso.php?acs
      audience: zabbix
      issuer: ignored-since-2026.5
      authorization_flow: !Find [authentik_flows.flow, [slug, default-authentication-flow]]
      invalidation_flow: !Find [authentik_flows.flow, [slug, default-provider-invalidation-flow]]
      sign_assertion: true
      signing_kp: !Find [authentik_crypto.certificatekeypair, [name, authentik Self-signed Certificate]]
      name_id_mapping: !Find [MAPPING, [managed, goauthentik.io/providers/saml/username]]
      property_mappings:
        - !Find [MAPPING, [managed, goauthentik.io/providers/saml/username]]
        - !Find [MAPPING, [managed, goauthentik.io/providers/saml/groups]]
  - model: authentik_core.application
    id: application
    identifiers: {slug: zabbix}
    attrs: {name: zabbix, provider: !KeyOf provider}
  - model: authentik_policies.policybinding
    identifiers: {target: !KeyOf application, order: 0}
    attrs: {group: !KeyOf group}
""".replace("MAPPING", "authentik_providers_saml.samlpropertymapping")


@pytest.fixture
def identity_provider() -> FlaskClient:
    memory = Memory()
    save_objects(memory, apply(BLUEPRINT, load_objects(memory), {}))
    return provider(memory).test_client()


def asked(acs: str = ACS) -> str:
    """A request as an app sends it through the browser."""
    text = f'<samlp:AuthnRequest xmlns:samlp="x" ID="_asked" AssertionConsumerServiceURL="{acs}"/>'
    squeezed = zlib.compressobj(wbits=-15)
    return base64.b64encode(squeezed.compress(text.encode()) + squeezed.flush()).decode()


def answered(identity_provider: FlaskClient, user: str) -> str:
    logged_in(identity_provider, user)
    query = urlencode({"SAMLRequest": asked(), "RelayState": "state"})
    page = identity_provider.get(f"{SSO}?{query}").text
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    assert fields["RelayState"] == "state"
    return base64.b64decode(fields["SAMLResponse"]).decode()


def test_the_answer_is_signed_with_the_key_of_the_metadata(identity_provider: FlaskClient) -> None:
    (certificate,) = re.findall(
        "<ds:X509Certificate>(.*)</ds:X509Certificate>",
        identity_provider.get(METADATA, follow_redirects=True).text,
    )
    (text,) = re.findall(
        "<saml:Assertion .*</saml:Assertion>", answered(identity_provider, "alice"), re.DOTALL
    )

    def signed(text: str) -> str:
        """What of the text is covered by its signature."""
        found = XMLVerifier().verify(text, x509_cert=certificate, expect_config=AS_SAML)
        assert isinstance(found, VerifyResult)
        return found.signed_data.decode()

    assert "<saml:NameID>alice</saml:NameID>" in signed(text)
    assert re.search("</saml:Issuer><ds:Signature .*</ds:Signature><saml:Subject>", text, re.DOTALL)
    with pytest.raises(InvalidDigest):
        signed(text.replace("alice", "mallory"))


def test_the_answer_is_for_this_app_this_request_and_this_member(identity_provider: FlaskClient) -> None:
    text = answered(identity_provider, "alice")

    assert ElementTree.fromstring(text).get("Destination") == ACS  # noqa: S314 - text of our own
    assert 'InResponseTo="_asked"' in text
    assert "<saml:Audience>zabbix</saml:Audience>" in text
    assert text.count("<saml:Issuer>http://localhost/application/saml/zabbix/metadata/</saml:Issuer>") == 2
    assert re.findall("<saml:AttributeValue>(.*?)</saml:AttributeValue>", text) == ["alice", "zabbix"]


def test_who_is_not_in_the_apps_group_is_refused(identity_provider: FlaskClient) -> None:
    logged_in(identity_provider, "mallory")
    refused = identity_provider.get(f"{SSO}?{urlencode({'SAMLRequest': asked()})}")

    assert (refused.status_code, "may not use this application" in refused.text) == (200, True)


@pytest.mark.parametrize("request_text", ["", "canary", asked("https://elsewhere.example/acs")])
def test_a_request_of_another_app_or_of_none_is_refused(
    identity_provider: FlaskClient, request_text: str
) -> None:
    logged_in(identity_provider, "alice")

    assert identity_provider.get(f"{SSO}?{urlencode({'SAMLRequest': request_text})}").status_code == 400


def test_an_app_without_saml_has_no_metadata(identity_provider: FlaskClient) -> None:
    assert identity_provider.get("/application/saml/outline/metadata/").status_code == 404


def test_the_metadata_are_elsewhere_and_for_everybody(identity_provider: FlaskClient) -> None:
    first = identity_provider.get(METADATA)

    assert first.status_code == 302
    assert first.headers["Location"].startswith("/api/v3/providers/saml/")
    assert identity_provider.get(first.headers["Location"]).status_code == 200


def test_who_is_not_logged_in_is_led_to_the_login_and_back_with_the_request(
    identity_provider: FlaskClient,
) -> None:
    query = urlencode({"SAMLRequest": asked(), "RelayState": "state"})
    answer = identity_provider.get(f"{SSO}?{query}")

    assert (
        answer.headers["Location"]
        == f"/flows/-/default/authentication/?{urlencode({'next': f'{SSO}?{query}'})}"
    )
