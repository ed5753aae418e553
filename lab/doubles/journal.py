"""What Alloy does: it follows the host's journal and pushes each line with the labels that its rules make.

Of `loki.process` it knows what takes secrets away; labels of what a line says it does not make.
"""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import requests

from . import scrub

CONFIG, JOURNAL = Path("/etc/alloy/config.alloy"), "/var/log/journal"
BLOCK = re.compile(r"\brule \{(.*?)\}", re.DOTALL)
SETTING = re.compile(r'(\w+)\s*=\s*(\[[^\]]*\]|"[^"]*")')
PRIORITIES = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
PATIENCE = 5  # seconds
TRY = {
    "retries": re.compile(r"max_backoff_retries\s*=\s*(\d+)"),
    "longest": re.compile(r'max_backoff_period\s*=\s*"(\d+)s"'),
}


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


@dataclass(frozen=True, kw_only=True)
class Tries:
    """How often a batch is sent again: grafana/alloy v1.19.0-rc.3, internal/component/loki/write/types.go."""

    retries: int = 10  # none: for ever
    longest: int = 300  # seconds

    def pauses(self) -> Iterator[float]:
        numbers = range(self.retries) if self.retries else count()
        return (min(0.5 * 2 ** min(number, 20), self.longest) for number in numbers)


def tries(text: str) -> Tries:
    """As a configuration has it."""
    return Tries(**{name: int(found[1]) for name, form in TRY.items() if (found := form.search(text))})


TOLD = Counter[str](sent=0, dropped=0)
"""Lines by how they ended."""


def series() -> list[str]:
    """Its metrics of these: grafana/alloy v1.19.0-rc.3, internal/component/common/loki/client/metrics.go."""
    return [f"loki_write_{how}_entries_total {count}" for how, count in TOLD.items()]


def follow(url: str, host: str) -> None:
    """Pushes what is written, until the journal can no longer be read."""
    text = CONFIG.read_text()
    known, again, stages = rules(text), tries(text), scrub.stages(text)
    with requests.Session() as session:
        for entry in entries():
            stream = {"host": host, **labels(entry, known)}
            line = scrub.scrubbed(str(entry.get("MESSAGE", "")), stages)
            values = [[f"{entry['__REALTIME_TIMESTAMP']}000", line]]
            send(session, url, {"streams": [{"stream": stream, "values": values}]}, again)


def send(session: requests.Session, url: str, body: Mapping[str, Any], again: Tries) -> bool:
    """Whether it was taken: until the tries are used up. Then it is dropped, and only the log says so."""
    for pause in again.pauses():
        try:
            session.post(url, json=body, timeout=PATIENCE).raise_for_status()
        except requests.RequestException as error:
            print(f"a line is kept: {url}: {type(error).__name__}", flush=True)
            time.sleep(pause)
        else:
            TOLD["sent"] += 1
            return True
    TOLD["dropped"] += 1
    print(f"final error sending batch: a line is dropped: {url}", flush=True)
    return False
