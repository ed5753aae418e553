"""`make mutants`: changes the pure code in one small place at a time, by mutmut, and tells what tests notice.

mutmut works on a copy of the checkout in `.lab/mutants`, where it remembers results: what a test noticed is
not tried again while the function is as it was. Words are names of mutants with `*`, as `tasks.dns*`; none:
all of them.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / ".lab/mutants"
MUTMUT = (sys.executable, "-P", "tests/mutmut_once.py")
LEAST = 85
"""Per cent of a package's mutants that tests must notice; those named in equivalent.toml do not count."""
HEAD = f"{'package':<20} mutants killed survived percent"
UNTOUCHED = "no tests"
KILLED = 1
"""Exit code of a mutant's process with a test that failed."""
UNNOTICED = {"survived", "suspicious", UNTOUCHED}


def copied() -> None:
    """The files that git knows, as they are now; what is newer in the checkout is tried anew."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout
    there = b"\0".join(name for name in files.split(b"\0") if (ROOT / name.decode()).is_file())
    COPY.mkdir(parents=True, exist_ok=True)
    copy = ["xargs", "-0", "cp", "--parents", "--update", "--preserve=timestamps", "-t", str(COPY)]
    subprocess.run(copy, cwd=ROOT, check=True, input=there)


def forget(mutants: Path) -> None:
    """What mutmut remembers too long: which functions a changed test calls, and what no test noticed."""
    stats = mutants / "mutmut-stats.json"
    if not stats.exists():
        return
    known, since = json.loads(stats.read_text()), stats.stat().st_mtime
    files = {test: mutants.parent / test.partition("::")[0] for test in known["duration_by_test"]}
    for test, file in files.items():
        if not file.exists() or file.stat().st_mtime > since:
            del known["duration_by_test"][test]
    stats.write_text(json.dumps(known))
    for meta in mutants.rglob("*.meta"):
        data = json.loads(meta.read_text())
        ended = data["exit_code_by_key"]
        data["exit_code_by_key"] = {name: code if code == KILLED else None for name, code in ended.items()}
        meta.write_text(json.dumps(data))


def results(text: str) -> dict[str, str]:
    """Mutant: how it ended, of what `mutmut results --all true` prints; those not tried yet are left out."""
    lines = (line.strip().rpartition(": ") for line in text.splitlines() if ": " in line)
    return {name: state for name, _, state in lines if state != "not checked"}


def changed(diff: str) -> str:
    """What a mutant made of a line, of what `mutmut show` prints."""
    lines = [line[1:].strip() for line in diff.splitlines() if re.match(r"\+(?!\+\+)", line)]
    return " ".join(lines) or "(a line less)"


def package(mutant: str) -> str:
    """The folder that the mutant's module lies in: `tasks.dns`, or `onhost`."""
    first, second, *_ = mutant.split(".")
    return f"{first}.{second}" if (ROOT / first / second).is_dir() else first


def function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def table(ended: Mapping[str, str], equal: Iterable[str]) -> tuple[list[str], bool]:
    """A head, a line for each package, and whether enough is noticed in each."""
    same, counts = set(equal), defaultdict[str, list[int]](lambda: [0, 0])
    for mutant, state in ended.items():
        if mutant not in same:
            counts[package(mutant)][state not in UNNOTICED] += 1
    rows = [
        (name, missed + seen, seen, missed, 100 * seen / (missed + seen))
        for name, (missed, seen) in sorted(counts.items())
    ]
    lines = [
        f"{name:<20} {mutants:>7} {seen:>6} {missed:>8} {share:>7.1f}"
        for name, mutants, seen, missed, share in rows
    ]
    return [HEAD, *lines], all(share >= LEAST for *_, share in rows)


def untouched(ended: Mapping[str, str]) -> list[str]:
    """A line for each function that no test comes by."""
    functions = Counter(function(name) for name, state in ended.items() if state == UNTOUCHED)
    return [f"no test comes by: {name}: {mutants} mutants" for name, mutants in functions.items()]


def cut_off(ended: Mapping[str, str]) -> list[str]:
    """A line for each that had to be ended: it may loop for ever, or a busy machine was slow."""
    return [
        f"counted as killed, by its time limit: {name}" for name, state in ended.items() if state == "timeout"
    ]


def mutmut(*words: str) -> str:
    ran = subprocess.run([*MUTMUT, *words], cwd=COPY, check=True, capture_output=True, text=True)
    return ran.stdout


def main(words: list[str]) -> int:
    copied()
    forget(COPY / "mutants")
    if subprocess.run([*MUTMUT, "run", *words], cwd=COPY, check=False).returncode:
        return 1
    known = tomllib.loads((ROOT / "tests/equivalent.toml").read_text())
    ended = results(mutmut("results", "--all", "true"))
    ended = {
        name: state for name, state in ended.items() if function(name) not in known.get(package(name), {})
    }
    left = {
        name: changed(diff)
        for name, diff in json.loads(mutmut("diffs")).items()
        if ended.get(name) in UNNOTICED
    }
    equal = [name for name, line in left.items() if line in known.get(package(name), {})]
    lines, enough = table(ended, equal)
    told = [f"not noticed: {name}: {line}" for name, line in left.items() if name not in equal]
    print("\n".join([*told, *cut_off(ended), *untouched(ended), *lines]))
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
