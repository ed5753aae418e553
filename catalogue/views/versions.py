"""Whether an app can get from one version to another in one step: pure."""

import re
from collections.abc import Iterable

from catalogue.model import App, Upgrade

Version = tuple[int, ...]


def version(tag: str) -> Version:
    """The numbers of a tag, `v` and variants left out: 34.0.3 of `34.0.3-apache`."""
    found = re.search(r"\d+(\.\d+)*", tag)
    return tuple(int(number) for number in found[0].split(".")) if found else ()


def refusal(app: App, old: str, new: str) -> str | None:
    """Why the app cannot go from one tag to the other at once; None if it can."""
    before, after = version(old), version(new)
    if not before or not after:
        return f"{app.name}: a version cannot be read from {old or 'nothing'} or {new}; write one as its tag"
    if app.upgrade.one_way and after < before:
        return f"{app.name} cannot go back from {old} to {new}: its migrations are one-way; restore a backup"
    if unlisted := _unlisted(app.upgrade, (old, new)):
        return f"{app.name}: its upgrade's versions do not list {unlisted[0]}; add it in its place"
    if after <= before or not _skips(app.upgrade, before, after):
        return None
    return f"{app.name} cannot skip from {old} to {new}; take one step at a time ({app.upgrade.step})"


def _unlisted(upgrade: Upgrade, tags: Iterable[str]) -> list[str]:
    """The tags of which a list of versions cannot say where they stand."""
    return [tag for tag in tags if not upgrade.lists(tag)]


def _skips(upgrade: Upgrade, before: Version, after: Version) -> bool:
    if upgrade.step == "any":
        return False
    before, after = (*before, 0), (*after, 0)  # a tag may have one number only
    if upgrade.step == "major":
        return after[0] - before[0] > 1
    if upgrade.step == "minor":
        # From the last minor of a major to the first of the next is a step of its own.
        return after[0] - before[0] > 1 or (after[0] == before[0] and after[1] - before[1] > 1)
    known = [version(each) for each in upgrade.versions]
    return known.index(after[:2]) - known.index(before[:2]) > 1


def one_way(app: App, old: str, new: str) -> bool:
    """The step migrates data so that the version before cannot use it."""
    return app.upgrade.one_way and version(old) != version(new)
