"""Whether those who watch do: logs come, rules are worked out, alerts and heartbeats are taken. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tasks.look import Watch
from tasks.run import Finding

COUNT: Final = re.compile(r'_requests_(failed_)?total\{integration="(\w+)",receiver_name="(\w+)"\} (\S+)')
"""A line of Alertmanager's own metrics (prometheus/alertmanager v0.34.0, notify/metrics.go)."""
HEARTBEAT, TESTS = "heartbeat", "tests"
"""Receivers of templates/alertmanager/alertmanager.yml.j2."""
WAYS: Final = {"email": "mail", "webhook": "alerts_webhook"}
Counts = Mapping[tuple[str, str], tuple[int, int]]
"""Receiver and way: how often it was told by it, and how often of these it was refused."""


def watching(host: str, watch: Watch, told: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[Finding]:
    """Rows of a host, from what it said by kind."""
    if watch.logs:
        yield _logged(host, told.get("logged", []))
    if watch.metrics:
        yield _rules(host, _said(told, "rules"))
    if watch.alerts:
        now = counted(_said(told, "told"))
        yield _heartbeat(host, now)
        if watch.test:
            yield from _tests(host, counted(_said(told, "before")), now)


def _said(told: Mapping[str, Sequence[Sequence[str]]], kind: str) -> str:
    return told.get(kind, [[""]])[0][0]


def _row(host: str, check: str, subject: str, wrong: str, good: str) -> Finding:
    return Finding(host=host, check=check, subject=subject, passed=not wrong, detail=wrong or good)


def _logged(host: str, rows: Sequence[Sequence[str]]) -> Finding:
    if not rows:
        return _row(host, "logs", "a new line", "no container has a shell that could print one", "")
    app, seconds, answer = rows[0]
    wrong = f"not there after {seconds} s: {answer}" if answer != "found" else ""
    return _row(host, "logs", f"a new line of {app}", wrong, f"there after {seconds} s")


def _rules(host: str, answer: str) -> Finding:
    try:
        rules = [rule for group in json.loads(answer)["data"]["groups"] for rule in group["rules"]]
        failing = [
            f"{each['name']}: {each.get('lastError', '')}" for each in rules if each["health"] == "err"
        ]
    except (ValueError, KeyError, TypeError):
        return _row(host, "metrics", "rules", answer or "no answer", "")
    wrong = "; ".join(failing) if rules else "there is none: nobody is told of anything"
    return _row(host, "metrics", "rules", wrong, f"{len(rules)}, none fails")


def counted(said: str) -> Counts:
    """Of lines of metrics, with `;` between them."""
    found: dict[tuple[str, str], list[int]] = {}
    for failed, way, receiver, number in COUNT.findall(said.replace(";", "\n")):
        found.setdefault((receiver, way), [0, 0])[bool(failed)] = int(float(number))
    return {key: (total, failed) for key, (total, failed) in found.items()}


def _heartbeat(host: str, now: Counts) -> Finding:
    subject = "heartbeat"
    if not now:
        return _row(host, "alerts", subject, "Alertmanager does not say whom it told", "")
    calls = [count for (receiver, _), count in now.items() if receiver == HEARTBEAT]
    if not calls:
        return _row(host, "alerts", subject, "", "no heartbeat_url in group_data: nobody notices silence")
    total, failed = calls[0]
    wrong = f"no call was taken, of {total}: Alertmanager's log says why" if total <= failed else ""
    return _row(
        host, "alerts", subject, wrong, f"{total - failed} calls were taken since Alertmanager's start"
    )


def _tests(host: str, before: Counts, now: Counts) -> Iterator[Finding]:
    for (receiver, way), (total, failed) in sorted(now.items()):
        if receiver != TESTS:
            continue
        earlier = before.get((receiver, way), (0, 0))
        wrong = "nothing was sent within 30 s" if total == earlier[0] else ""
        if failed > earlier[1]:
            wrong = "refused: Alertmanager's log says why"
        yield _row(host, "alerts", f"test by {WAYS.get(way, way)}", wrong, "taken; look whether it is there")
