"""Who may log in to servers: real public keys, names that are free, and nobody who was taken off the list."""

from typing import Any

import pytest

from catalogue.model import CI, WrongValueError, check_people, people
from catalogue.model.people import NAME, is_public_key
from tasks.host import trial
from tasks.host.access import access
from tasks.host.people import GROUP, KEYS, accounts, difference, key_lines
from tasks.program import Reading
from tests.support.operations import FakeHost, commands, on
from tests.support.ssh_keys import ed25519, key

ADA, BOB = ed25519("ada"), ed25519("bob")
POINT = b"\4" + b"x" * 64
MODULUS = b"\0" + b"\xff" * 384


@pytest.mark.parametrize(
    "line",
    [
        ADA,
        ADA.rpartition(" ")[0],
        f"{ADA} with a comment",
        key("sk-ssh-ed25519@openssh.com", b"x" * 32, b"ssh:"),
        key("ecdsa-sha2-nistp256", b"nistp256", POINT),
        key("ecdsa-sha2-nistp384", b"nistp384", b"\4" + b"x" * 96),
        key("ecdsa-sha2-nistp521", b"nistp521", b"\4" + b"x" * 132),
        key("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"),
        key("ssh-rsa", b"\1\0\1", MODULUS),
    ],
)
def test_a_public_key_is_taken(line: str) -> None:
    assert is_public_key(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 ????",
        ADA[:60],
        ADA.replace("ssh-ed25519", "ssh-rsa", 1),
        f"{ADA}\n{BOB}",
        f'from="203.0.113.7" {ADA}',
        f"command=x {ADA}",
        key("ssh-ed25519", b"x" * 31),
        key("ssh-ed25519", b"x" * 32, b"more"),
        key("ecdsa-sha2-nistp256", b"nistp384", POINT),
        key("ecdsa-sha2-nistp256", b"nistp256", b"\2" + b"x" * 64),
        key("ecdsa-sha2-nistp256", b"nistp256", b"\4" + b"x" * 63),
        key("ssh-rsa", b"\1\0\1", b"\0" + b"\xff" * 256),
        key("ssh-dss", b"p", b"q", b"g", b"y"),
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA",
    ],
)
def test_what_is_no_public_key_or_a_weak_one_is_not(line: str) -> None:
    assert not is_public_key(line)


@pytest.mark.parametrize("name", ["", "Ada", "ada lovelace", "1ada", "a" * 33, "ada;id", "ada.l", "-ada"])
def test_a_name_that_is_no_accounts_is_not_taken(name: str) -> None:
    assert not NAME.fullmatch(name)


@pytest.mark.parametrize(
    ("operators", "ci_keys", "readonly_keys", "user", "said"),
    [
        ({"ada": ()}, (), (), "root", "operators: ada has no key; add it, or drop the name"),
        ({"ada": (ADA,), "bob": (BOB, f"{ADA} x")}, (), (), "root", "operators: ada and bob have one key; "),
        ({"ada": (ADA,)}, (ADA,), (), "root", f"ci_keys: ada and {CI} have one key; give each their own"),
        ({"ada": (ADA,)}, (), (ADA,), "root", "readonly_keys: ada and who may only read have one key; "),
        ({}, (ADA,), (BOB, ADA), "root", f"readonly_keys: {CI} and who may only read have one key; "),
        (
            {"ada": (ADA,)},
            (),
            (),
            "bob",
            "ssh_user is 'bob', none of the operators, whose accounts a deploy ",
        ),
        ({}, (), (), CI, f"ssh_user is '{CI}', none of the operators"),
    ],
)
def test_what_would_lock_somebody_out_or_let_a_reader_do_more_is_refused(
    operators: Any, ci_keys: Any, readonly_keys: Any, user: str, said: str
) -> None:
    with pytest.raises(WrongValueError) as refused:
        check_people(operators, ci_keys, user, readonly_keys)

    assert refused.value.problem.startswith(said)
    assert refused.value.field == said.split(":", maxsplit=1)[0].split(maxsplit=1)[0]


@pytest.mark.parametrize("user", ["root", "ada", CI])
def test_root_an_operator_and_the_ci_may_deploy(user: str) -> None:
    check_people({"ada": (ADA,), "bob": (BOB,)}, (ed25519("ci"),), user, (ed25519("reader"),))


def test_the_ci_has_an_account_of_its_own() -> None:
    assert people({"ada": (ADA,)}, (BOB,)) == {"ada": (ADA,), CI: (BOB,)}
    assert people({"ada": (ADA,)}, ()) == {"ada": (ADA,)}


def test_sshd_is_told_each_key_with_its_account_and_no_comment() -> None:
    assert key_lines({"ada": (ADA, BOB), CI: (BOB,)}) == (
        f"ada {ADA.removesuffix(' ada@laptop')}\n"
        f"ada {BOB.removesuffix(' bob@laptop')}\n"
        f"{CI} {BOB.removesuffix(' bob@laptop')}\n"
    )


@pytest.mark.parametrize(
    ("there", "made", "come", "go"),
    [
        ({"ada", "bob"}, {"ada", "bob"}, [], []),
        (set(), set(), ["ada", "bob"], []),
        ({"ada", "bob", "eve"}, {"ada", "bob", "eve"}, [], ["eve"]),
        # Made by a person, and now listed; and one that somebody deleted by hand.
        ({"ada", "bob"}, {"bob"}, ["ada"], []),
        ({"bob"}, {"ada", "bob"}, ["ada"], []),
    ],
)
def test_who_comes_and_who_goes(there: set[str], made: set[str], come: list[str], go: list[str]) -> None:
    assert difference(["bob", "ada"], frozenset(there), frozenset(made)) == (come, go)


def known(*names: str) -> Reading:
    """A host that has these accounts, all by a deploy."""
    return Reading(accounts=frozenset(names), groups={GROUP: frozenset(names)})


def test_a_plan_says_who_comes_and_who_goes() -> None:
    host = FakeHost(fact=known("eve"))
    with on(host, executing=False):
        [program] = commands(accounts, names=["ada"])

    assert host.said == [
        "    ada: gets an account, with sudo",
        "    eve: is no longer listed; account, keys, sudo and running sessions end",
    ]
    assert str(program).startswith("come=ada go=eve group=guildhall\n")


def test_where_everybody_is_there_nothing_is_done() -> None:
    host = FakeHost(fact=known("ada"))
    with on(host):
        assert commands(accounts, names=["ada"]) == []


def test_what_decides_who_gets_in_is_tried_before_it_stays() -> None:
    settings = {each.path: each for each in access({"ada": (ADA,)}, ["203.0.113.7/32"], [])}
    tried = {path for path, each in settings.items() if each.trial_seconds == trial.SECONDS}

    assert tried == {KEYS, "/etc/ssh/sshd_config.d/10-guildhall.conf"}
    assert settings[KEYS].content == key_lines({"ada": (ADA,)})
    # sshd looks for the keys where they are, once they are there.
    assert KEYS in settings["/etc/ssh/sshd_config.d/10-guildhall.conf"].content
    assert list(settings).index(KEYS) < list(settings).index("/etc/ssh/sshd_config.d/10-guildhall.conf")
