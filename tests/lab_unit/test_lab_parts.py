"""The parts of the lab that need no engine: layout, certificates, contexts of images, cloud's files."""

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store

from lab import build, hosts, keys, layout, lifecycle, services
from lab.build import File, Recipe
from lab.cloud.acme_backend import Backend
from lab.errors import LabError
from tasks import settings

SCALEWAY_ACCESS_KEY = r"SCW[A-Z0-9]{17}"


def test_no_two_things_share_an_address_or_a_port_of_the_machine() -> None:
    addresses = [layout.CLOUD_ADDRESS, *(host.address for host in layout.MACHINES)]
    assert len(layout.LOCAL_PORTS) == len(set(layout.LOCAL_PORTS))
    assert len(addresses) == len(set(addresses))


def test_the_scaleway_access_key_has_the_form_that_the_sdk_demands() -> None:
    assert re.fullmatch(SCALEWAY_ACCESS_KEY, layout.SCALEWAY_ACCESS_KEY)


def test_a_certificate_by_acme_is_good_for_the_validated_names_and_no_others(lab_folder: Path) -> None:
    keys.ensure()
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    csr = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    chain, _ = Backend(None, lab_folder).sign(csr.public_bytes(Encoding.PEM), "", ["wiki.guild.test"], "")
    leaf, authority = x509.load_pem_x509_certificates(chain.encode())
    policy = PolicyBuilder().store(Store([authority]))
    policy.build_server_verifier(x509.DNSName("wiki.guild.test")).verify(leaf, [])
    with pytest.raises(x509.verification.VerificationError):
        policy.build_server_verifier(x509.DNSName("voting.guild.test")).verify(leaf, [])


def test_keys_are_made_once_and_readable_by_their_owner_only(lab_folder: Path) -> None:
    keys.ensure()
    first = layout.SSH_KEY.read_bytes(), layout.CA_KEY.read_bytes()
    keys.ensure()
    assert (layout.SSH_KEY.read_bytes(), layout.CA_KEY.read_bytes()) == first
    secret = [layout.SSH_KEY, layout.CA_KEY, keys.TLS_KEY, keys.HOST_KEY]
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
    assert build.archive({"a": File(content=b"", mode=0o755)}) != build.archive({"a": File(content=b"")})


def test_every_variable_of_the_compose_file_has_a_value() -> None:
    named = set(re.findall(r"(?<!\$)\$\{(\w+)", layout.COMPOSE.read_text()))
    from_keys = set(re.findall(r"environment: (\w+)", layout.COMPOSE.read_text()))
    assert named
    assert from_keys == keys.variables().keys()
    assert {name for name in named if not hasattr(layout, name)} == {"DNS_ANSWERS"}


def test_a_managed_service_is_reached_under_a_name_that_the_certificate_and_the_dns_know() -> None:
    assert f"*.{layout.CLOUD_DOMAIN}" in keys.TLS_NAMES
    assert layout.DOMAINS[layout.CLOUD_DOMAIN] == layout.CLOUD_ADDRESS
    assert layout.PORTS.keys() <= layout.SERVICES.keys()


def test_what_is_not_tried_is_a_row_until_it_can_be_had_and_every_run_knows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    (tmp_path / ".lab").mkdir()
    here = settings.parse({"GUILDHALL_ENV": "lab"})

    lifecycle._say_untried({"depot": "example.test/depot:1: no registry has it"})
    assert capsys.readouterr().out == "not tried here: depot (example.test/depot:1: no registry has it)\n"
    assert settings.untried(here, tmp_path) == {"depot"}
    lifecycle._say_untried({})
    assert (capsys.readouterr().out, settings.untried(here, tmp_path)) == ("", frozenset())


def test_an_unknown_host_or_service_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(LabError, match="no host 'tools' in the lab: there are tools-prod"):
        hosts.find("tools")
    with pytest.raises(LabError, match="no service 's4' on cloud: there are postgres"):
        services.stop("s4")


@pytest.fixture
def lab_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module, name in (
        *((layout, name) for name in ("CA_PEM", "CA_KEY", "SSH_KEY", "KNOWN_HOSTS")),
        *((keys, name) for name in ("TLS_CERT", "TLS_KEY", "HOST_KEY")),
    ):
        monkeypatch.setattr(module, name, tmp_path / Path(getattr(module, name)).relative_to(layout.DIR))
    return tmp_path
