"""What a claim about an upstream may rest on, as contracts, releases and comments write it."""

import re

REPOSITORY = r"[\w.-]+/[\w.-]+"
FILES = rf"{REPOSITORY} [\w./-]*\d[\w./-]*(, [\w./-]*\w[\w./-]*)+"
"""Files of a repository at a tag or a commit: `OWNER/NAME REF, PATH, PATH`."""
PUBLIC = (
    FILES,
    rf"tags of {REPOSITORY}",
    rf"{REPOSITORY}#\d+",  # a thread, an issue's or a pull request's
    r"(Debian|Go|npm|PyPI|rubygems\.org)'s [\w@./-]+ [\w.:+~-]+(, [\w@./-]+)*",
    r"https://[\w.-]+/[\w./%-]+",
)
"""What a reader can open."""
OWN = r"(ours|seen): .{15,}"
"""A choice of this project's with its reason, and what was seen, where."""


def is_public(source: str) -> bool:
    return any(re.fullmatch(form, source) for form in PUBLIC)


def is_source(source: str) -> bool:
    return is_public(source) or bool(re.fullmatch(OWN, source))
