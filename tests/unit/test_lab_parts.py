"""The parts of the lab that need no engine: layout, certificates, contexts of images, cloud's files."""

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store

from lab import build, ca, cloud, hosts, keys, layout
from lab.build import File, Recipe
from lab.errors import LabError

SCALEWAY_ACCESS_KEY = r"SCW[A-Z0-9]{17}"


def test_no_two_things_share_an_address_or_a_port_of_the_machine() -> None:
    ports = [port for h in layout.MACHINES for port in (h.ssh, h.http, h.https)] + list(layout.CLOUD_PORTS)
    addresses = [layout.GATEWAY, layout.CLOUD_ADDRESS, *(host.address for host in layout.MACHINES)]
    assert len(ports) == len(set(ports))
    assert len(addresses) == len(set(addresses))


def test_the_scaleway_access_key_has_the_form_that_the_sdk_demands() -> None:
    assert re.fullmatch(SCALEWAY_ACCESS_KEY, layout.SCALEWAY_ACCESS_KEY)


def test_a_leaf_is_good_for_its_names_and_addresses_and_no_others() -> None:
    authority, key = ca.create()
    chain, _ = ca.leaf(authority, key, ["s3.cloud.test", "127.0.0.1"])
    leaf = x509.load_pem_x509_certificates(chain)[0]
    policy = PolicyBuilder().store(Store(x509.load_pem_x509_certificates(authority)))
    policy.build_server_verifier(x509.DNSName("s3.cloud.test")).verify(leaf, [])
    with pytest.raises(x509.verification.VerificationError):
        policy.build_server_verifier(x509.DNSName("api.cloud.test")).verify(leaf, [])


def test_keys_are_made_once_and_readable_by_their_owner_only(lab_folder: Path) -> None:
    keys.ensure()
    first = layout.SSH_KEY.read_bytes(), layout.CA_KEY.read_bytes()
    keys.ensure()
    assert (layout.SSH_KEY.read_bytes(), layout.CA_KEY.read_bytes()) == first
    secret = [layout.SSH_KEY, layout.CA_KEY, keys.TLS_KEY, *map(keys.host_key, layout.MACHINES)]
    assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


def test_ssh_keys_are_in_the_form_of_openssh_and_known_hosts_names_every_host(lab_folder: Path) -> None:
    keys.ensure()
    serialization.load_ssh_private_key(layout.SSH_KEY.read_bytes(), password=None)
    known = layout.KNOWN_HOSTS.read_text().splitlines()
    assert [line.split()[0] for line in known] == [f"[127.0.0.1]:{host.ssh}" for host in layout.MACHINES]


def test_a_new_authority_brings_a_new_certificate_for_cloud(lab_folder: Path) -> None:
    keys.ensure()
    before = keys.TLS_CERT.read_bytes()
    layout.CA_PEM.unlink()
    keys.ensure()
    assert keys.TLS_CERT.read_bytes() != before
    assert keys.TLS_CERT.read_bytes().endswith(layout.CA_PEM.read_bytes())


def test_an_images_recipe_changes_with_its_files_and_with_nothing_else() -> None:
    def digest(**files: bytes) -> str:
        return Recipe(name="x", files={k: File(content=v) for k, v in files.items()}).digest

    assert digest(a=b"1", b=b"2") == digest(b=b"2", a=b"1")
    assert digest(a=b"1") != digest(a=b"2")
    assert build.archive({"a": File(content=b"", mode=0o600)}) != build.archive({"a": File(content=b"")})


def test_every_placeholder_in_clouds_files_has_a_value() -> None:
    texts = [path.read_text() for path in (cloud.HERE / "rootfs").rglob("*") if path.is_file()]
    assert texts
    assert not [text for text in map(cloud.fill, texts) if "@" in text]


def test_every_domain_of_the_lab_has_an_answer_in_clouds_dns() -> None:
    answers = cloud.fill("@DNS_LINES@").splitlines()
    assert "address=/gateway.guild.test/10.0.0.2" in answers
    assert len(answers) == len(layout.DOMAINS)


def test_an_unknown_host_or_service_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(LabError, match="no host 'tools' in the lab: there are tools-prod"):
        hosts.find("tools")
    with pytest.raises(LabError, match="no service 's4' on cloud: there are postgres"):
        cloud.stop("s4")


@pytest.fixture
def lab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module, name in (
        *((layout, name) for name in ("CA_PEM", "CA_KEY", "SSH_KEY", "KNOWN_HOSTS")),
        *((keys, name) for name in ("TLS_CERT", "TLS_KEY")),
    ):
        monkeypatch.setattr(module, name, tmp_path / Path(getattr(module, name)).relative_to(layout.DIR))
    return tmp_path
