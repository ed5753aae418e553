"""The first account of an app that runs: its record's command, run because a person asked for it."""

from __future__ import annotations

import json
from pathlib import Path

from onhost import containers
from onhost.engine import EngineError
from onhost.messages import Voice
from onhost.programs import Programs, StepError
from onhost.releases import Stack

SECONDS = 300


def made(root: Path, text: str) -> int:
    """The exit code: 0 if the command ended well. What it printed is said without the app's secrets."""
    told = json.loads(text)
    app, service, given = told["app"], told["service"], told["given"]
    stack, voice = Stack(root, app), Voice(app)
    voice.knows(stack.folder / "current/.env", stack.folder / ".env")
    voice.values.update({*given.splitlines()} | _in_files(stack))
    try:
        container = containers.running(app, service)
        words = ("exec", "--interactive", container, *told["command"])
        voice.show(Programs().docker(*words, limit=SECONDS, what=f"in {service}", given=given))
    except StepError as error:
        voice.show(error.output)
        voice.say(f"FAILED {error.what}")
    except EngineError as error:
        voice.say(f"FAILED: {error}")
    else:
        voice.say("done")
        return 0
    return 1


def _in_files(stack: Stack) -> set[str]:
    """Secrets that are files, one each; whole configurations are none."""
    files = (stack.folder / "current/secrets").glob("*/*")
    return {file.read_text(errors="replace").strip() for file in files if file.is_file()}
