"""Who gets in, and how: accounts, their keys, sudo, sshd."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from catalogue.model import ROOT
from tasks.host import trial
from tasks.host.config_file import rendered, verbatim
from tasks.host.people import GROUP, KEYS, key_lines
from tasks.host.settings import Setting

SSHD: Final = "/etc/ssh/sshd_config.d/10-guildhall.conf"
READONLY: Final = "/usr/local/lib/guildhall/readonly.py"
FORCED: Final = f'restrict,command="/usr/bin/python3 -IS {READONLY}" '
"""Options of a key that may only read, as sshd takes them."""


def access(
    people: Mapping[str, Iterable[str]], trusted: Iterable[str], readonly_keys: Sequence[str]
) -> list[Setting]:
    """In this order: sshd asks for the keys that are there. What may lock out is tried first."""
    readers = dict.fromkeys((ROOT, *people), readonly_keys)
    return [
        *(_readonly() if readonly_keys else ()),
        Setting(
            name="people: sudo",
            path="/etc/sudoers.d/guildhall",
            content=verbatim("sudoers"),
            check='visudo --check --quiet --file="$new"',
        ),
        Setting(
            name="people: keys",
            path=KEYS,
            content=key_lines(people) + key_lines(readers, FORCED),
            trial_seconds=trial.SECONDS,
        ),
        Setting(
            name="ssh: settings",
            path=SSHD,
            content=rendered("sshd.conf.j2", trusted=list(trusted), group=GROUP, keys=KEYS),
            unit="ssh",
            check='sshd -t -f "$new"',
            apply="systemctl restart ssh",
            trial_seconds=trial.SECONDS,
        ),
    ]


def _readonly() -> list[Setting]:
    return [
        Setting(
            name="people: what a key does that may only read",
            path=READONLY,
            content=verbatim("readonly.py"),
            check='python3 -I -S -m py_compile "$new"',
        )
    ]
