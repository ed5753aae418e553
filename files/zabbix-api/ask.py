"""Asks Zabbix' API in its own container, from the host of both; it lies on no disk of the host.

Words: the app, its service with the API, that one's port, and questions: a JSON list of [method, parameters].
Standard input: JSON, `wait`, the seconds that it may take until it answers, and `calls` to make before the
questions; or nothing. Standard output: a line of JSON: `problem`, or `errors` of the calls and `answers`.
Passwords are told as their SHA-256. Python's standard library alone.
"""

import hashlib
import json
import subprocess
import sys
import time

CURL = ("curl", "--silent", "--show-error", "--fail", "--max-time", "60", "--config", "-")
PAUSE_SECONDS = 10
"""After five wrong passwords within half a minute Zabbix lets nobody in."""


class ProblemError(Exception):
    """Why Zabbix cannot be asked."""


def main(app, service, port, questions):
    """What is to be told."""
    told = json.loads(sys.stdin.read() or "{}")
    end = time.monotonic() + told.get("wait", 0)
    while True:
        try:
            return answered(Api(app, service, port), told.get("calls", []), json.loads(questions))
        except ProblemError as error:
            said = {"problem": str(error)}
        if time.monotonic() > end:
            return said
        time.sleep(PAUSE_SECONDS)


def answered(api, calls, questions):
    """Errors of calls, and answers."""
    api.login()
    try:
        errors = [wrong(each) for each in api.ask(calls)] if calls else []
        answers = api.ask(questions)
    finally:
        api.ask([["user.logout", []]])
    if refused := [wrong(each) for each in answers if "error" in each]:
        raise ProblemError(f"it refuses a question: {refused[0]}")
    return {"errors": errors, "answers": [each["result"] for each in answers]}


class Api:
    """Of the container that runs."""

    def __init__(self, app, service, port):
        parts = (f"project={app}", f"service={service}", "oneoff=False")
        labels = [f"--filter=label=com.docker.compose.{each}" for each in parts]
        found = ran("docker", "ps", "--quiet", *labels).split()
        if not found:
            raise ProblemError("it does not run")
        self.container, self.token = found[0], ""
        self.url = f"http://127.0.0.1:{port}/api_jsonrpc.php"

    def login(self):
        password = ran("docker", "exec", self.container, "printenv", "ADMIN_PASSWORD").rstrip("\n")
        [answer] = self.ask([["user.login", {"username": "Admin", "password": password}]])
        if "error" in answer:
            what = "Admin cannot log in by ADMIN_PASSWORD; store the one that it has"
            raise ProblemError(f"{what}: {wrong(answer)}")
        self.token = answer["result"]

    def ask(self, asked):
        """Answers. Token and body are in no argument: everybody on the host reads those."""
        body = [{"jsonrpc": "2.0", "id": 1, "method": each, "params": what} for each, what in asked]
        lines = [
            ("url", self.url),
            ("header", "Content-Type: application/json-rpc"),
            ("data", json.dumps(body)),
        ]
        if self.token:
            lines.append(("header", f"Authorization: Bearer {self.token}"))
        given = "\n".join(map(line, lines))
        said = ran("docker", "exec", "--interactive", self.container, *CURL, given=given)
        try:
            return json.loads(said, object_hook=hidden)
        except ValueError:
            raise ProblemError(f"it answers no JSON: {said[:200].strip()}") from None


def wrong(answer):
    """Of an answer, in a line; empty if nothing is."""
    error = answer.get("error", {})
    return " ".join(f"{error.get('message', '')} {error.get('data', '')}".split())


def hidden(found):
    secret = found.get("passwd")
    return {**found, "passwd": hashlib.sha256(secret.encode()).hexdigest()} if secret else found


def line(pair):
    """Of curl's own configuration, in which a quoted text knows these two characters."""
    text = pair[1].replace("\\", "\\\\").replace('"', '\\"')
    return f'{pair[0]} = "{text}"'


def ran(*words, given=""):
    """What a program prints."""
    try:
        done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=90, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise ProblemError(f"{words[0]} does not end, or is not there") from None
    if done.returncode:
        raise ProblemError(done.stderr.strip()[-300:] or f"{words[0]} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
