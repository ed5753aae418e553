"""What Alloy does: it follows the host's journal and pushes each line with the labels that its rules make."""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

CONFIG, JOURNAL = Path("/etc/alloy/config.alloy"), "/var/log/journal"
BLOCK = re.compile(r"\brule \{(.*?)\}", re.DOTALL)
SETTING = re.compile(r'(\w+)\s*=\s*(\[[^\]]*\]|"[^"]*")')
PRIORITIES = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
PATIENCE = 5  # seconds


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of `loki.relabel`, with its own defaults; a rule of another kind is a TypeError."""

    source_labels: list[str]
    target_label: str
    separator: str = ";"
    regex: str = "(.*)"

    def value(self, fields: Mapping[str, str]) -> str:
        joined = self.separator.join(fields.get(name, "") for name in self.source_labels)
        found = re.fullmatch(self.regex, joined)
        return found[1] if found else ""


def rules(text: str) -> list[Rule]:
    """Every rule of a configuration."""
    blocks = (
        {name: json.loads(value) for name, value in SETTING.findall(block)} for block in BLOCK.findall(text)
    )
    return [Rule(**block) for block in blocks]


def labels(entry: Mapping[str, Any], known: list[Rule]) -> dict[str, str]:
    """What the rules make of the fields of an entry; an empty label is none."""
    fields = {f"__journal_{name.lower()}": str(value) for name, value in entry.items()}
    if "PRIORITY" in entry:
        fields["__journal_priority_keyword"] = PRIORITIES[int(entry["PRIORITY"])]
    return {rule.target_label: value for rule in known if (value := rule.value(fields))}


def entries() -> Iterator[dict[str, Any]]:
    """The journal from now on."""
    words = ["journalctl", f"--directory={JOURNAL}", "--merge", "--follow", "--lines=0", "--output=json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            yield json.loads(line)


def follow(url: str, host: str) -> None:
    """Pushes what is written, until the journal can no longer be read."""
    known = rules(CONFIG.read_text())
    with requests.Session() as session:
        for entry in entries():
            stream = {"host": host, **labels(entry, known)}
            values = [[f"{entry['__REALTIME_TIMESTAMP']}000", str(entry.get("MESSAGE", ""))]]
            send(session, url, {"streams": [{"stream": stream, "values": values}]})


def send(session: requests.Session, url: str, body: Mapping[str, Any]) -> None:
    """Until it is taken: what cannot be sent is kept. How things stand is for the double's health to say."""
    while True:
        try:
            session.post(url, json=body, timeout=PATIENCE).raise_for_status()
        except requests.RequestException as error:
            print(f"a line is kept: {url}: {type(error).__name__}", flush=True)
            time.sleep(PATIENCE)
        else:
            return
