"""What a value of somebody's Compose file becomes: a setting that stands there, or the name of a secret.

Examples of passwords in public files are known to everybody: none of them is taken over as a setting.
"""

import re
from typing import Any

REFERENCE = re.compile(
    r"(?<!\$)\$(?:\{([A-Za-z_]\w*)(?::?([-?+])((?:[^${}]|\$\{\w+\})*))?\}|([A-Za-z_]\w*))", re.ASCII
)
"""A variable, with what is said of it where it is not set; of those in each other the inner one."""
OPEN = re.compile(r"(?<!\$)\$\{\w+\}", re.ASCII)
"""A variable that nothing is known of."""
SECRETIVE = re.compile(
    r".*(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN).*|.*(_KEY(S|_ID|_BASE)?|_PASS|_PWD|PW)", re.IGNORECASE
)
"""Variables whose value is a secret, even where the file has an example of one."""
SETTING = re.compile(r"true|false|yes|no|on|off|none|-?\d{1,6}[a-z]{0,2}", re.IGNORECASE)
"""What is none, whatever the variable is called: TOKEN_HOURS=24."""
CREDENTIALS = re.compile(r"://[^/@:\s$]*:[^/@\s$]+@")
"""A password in an address: `postgres://user:example@db`."""  # pragma: allowlist secret
FILE = re.compile(r"(/run/secrets/)([\w.-]+)")


def secretive(variable: str) -> bool:
    """Whether a variable holds a secret, by its name."""
    return bool(SECRETIVE.fullmatch(variable)) and not variable.upper().endswith("FILE")


def secret_name(name: str) -> str:
    """The name of a secret as a record has it."""
    return re.sub(r"^[^A-Z]+", "", re.sub(r"\W", "_", name.upper()))


def settled(value: Any) -> Any:
    """A value with its variables' defaults: what has one is a setting, and what has none a secret."""
    if isinstance(value, dict):
        return {key: settled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [settled(each) for each in value]
    if not isinstance(value, str):
        return value
    meant = REFERENCE.sub(_meant, value)
    return meant if meant == value else settled(meant)


def _meant(match: re.Match[str]) -> str:
    name, default = match[1] or match[4], match[3]
    return default if match[2] == "-" and not _example(name, default) else f"${{{secret_name(name)}}}"


def variable(name: str, value: Any) -> str:
    """What a template says of a variable of the environment; one without a value is a secret."""
    text = str(value).lower() if isinstance(value, bool) else str(settled(value))
    return f"${{{secret_name(name)}}}" if value is None or _example(name, text) else with_files(text)


def _example(name: str, text: str) -> bool:
    """Whether a text is an example of a secret, and not a setting or somebody else's variable."""
    secret = secretive(name) and text and not SETTING.fullmatch(text) and not OPEN.search(text)
    return bool(secret or CREDENTIALS.search(text))


def with_files(text: str) -> str:
    """With the names of files of secrets as a record has them."""
    return FILE.sub(lambda match: match[1] + secret_name(match[2]), text)
