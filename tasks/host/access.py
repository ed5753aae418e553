"""Who gets in, and how: accounts, their keys, sudo, sshd."""

from collections.abc import Iterable, Mapping

from tasks.host import trial
from tasks.host.config_file import rendered, verbatim
from tasks.host.people import GROUP, KEYS, key_lines
from tasks.host.settings import Setting


def access(people: Mapping[str, Iterable[str]], trusted: Iterable[str]) -> list[Setting]:
    """In this order: sshd asks for the keys that are there. What may lock out is tried first."""
    return [
        Setting(
            name="people: sudo",
            path="/etc/sudoers.d/guildhall",
            content=verbatim("sudoers"),
            check='visudo --check --quiet --file="$new"',
        ),
        Setting(
            name="people: keys",
            path=KEYS,
            content=key_lines(people),
            trial_seconds=trial.SECONDS,
        ),
        Setting(
            name="ssh: settings",
            path="/etc/ssh/sshd_config.d/10-guildhall.conf",
            content=rendered("sshd.conf.j2", trusted=list(trusted), group=GROUP, keys=KEYS),
            unit="ssh",
            check='sshd -t -f "$new"',
            apply="systemctl restart ssh",
            trial_seconds=trial.SECONDS,
        ),
    ]
