"""What a CI tells people at GitHub: a comment, an issue or a pull request, one each and kept up to date."""

import base64
import os
import re
from collections.abc import Mapping
from typing import Any, Final

import requests

from tasks.clients import TIMEOUT_SECONDS, session

LONGEST: Final = 60_000
"""Characters; GitHub takes 65536 in one text."""
PAGE: Final = 100
NEEDED: Final = ("GITHUB_TOKEN", "GITHUB_REPOSITORY")
REASONS: Final = {
    401: "the token is not valid; check GITHUB_TOKEN",
    403: "the token may not do that; give the job the permission: pull-requests, issues or contents, write",
    404: "there is no such thing, or the token may not see it; check GITHUB_REPOSITORY and the number",
}


class GitHub:
    """One repository, as a job of GitHub's is told of it by its environment.

    ValueError, in one line and without the token, for all that goes wrong. By GitHub's REST API 2022-11-28.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        if missing := [name for name in NEEDED if not environ.get(name)]:
            raise ValueError(f"GitHub: not set: {', '.join(missing)}; a job of GitHub's sets them")
        api = environ.get("GITHUB_API_URL") or "https://api.github.com"
        self._url = f"{api}/repos/{environ['GITHUB_REPOSITORY']}"
        self._session = session(repeats_posts=False)
        self._session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {environ['GITHUB_TOKEN']}",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )

    def comment(self, pull: int, mark: str, text: str) -> str:
        """Of a pull request, made or updated; what was done."""
        place, said = f"issues/{pull}/comments", body(mark, text)
        for each in self._all(place):
            if marked(each, mark):
                self._call("PATCH", f"issues/comments/{each['id']}", body=said)
                return f"the comment on #{pull} is updated"
        self._call("POST", place, body=said)
        return f"a comment on #{pull} is made"

    def issue(self, mark: str, title: str, text: str) -> str:
        """Opened, or updated while it is open; what was done."""
        said = body(mark, text)
        if number := self._open(mark):
            self._call("PATCH", f"issues/{number}", title=title, body=said)
            return f"issue #{number} is updated"
        made = self._call("POST", "issues", title=title, body=said)
        return f"issue #{made['number']} is opened"

    def close(self, mark: str) -> str:
        """Closes the issue if there is one; what was done."""
        if number := self._open(mark):
            self._call("PATCH", f"issues/{number}", state="closed", state_reason="completed")
            return f"issue #{number} is closed"
        return "no issue is open"

    def pull(self, branch: str, path: str, content: bytes, title: str) -> str:
        """A pull request that changes one file, from a branch that is made anew; what was done."""
        main = self._call("GET", "")["default_branch"]
        there = self._call("GET", f"contents/{path}", {"ref": main})
        if base64.b64decode(there["content"]) == content:
            return f"{path} is as it is in {main}"
        self._branch(branch, self._call("GET", f"git/ref/heads/{main}")["object"]["sha"])
        text = base64.b64encode(content).decode()
        self._call("PUT", f"contents/{path}", message=title, content=text, sha=there["sha"], branch=branch)
        owner = self._url.split("/")[-2]
        if pulls := self._call("GET", "pulls", {"state": "open", "head": f"{owner}:{branch}"}):
            return f"#{pulls[0]['number']} is updated"
        return f"#{self._call('POST', 'pulls', title=title, head=branch, base=main)['number']} is opened"

    def _branch(self, branch: str, commit: str) -> None:
        refs = self._call("GET", f"git/matching-refs/heads/{branch}")
        if any(each["ref"] == f"refs/heads/{branch}" for each in refs):
            self._call("PATCH", f"git/refs/heads/{branch}", sha=commit, force=True)
        else:
            self._call("POST", "git/refs", ref=f"refs/heads/{branch}", sha=commit)

    def _open(self, mark: str) -> int:
        """The number of the open issue with that mark; 0: there is none."""
        issues = (each for each in self._all("issues", state="open") if "pull_request" not in each)
        return next((int(each["number"]) for each in issues if marked(each, mark)), 0)

    def _all(self, place: str, **query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) % PAGE == 0:
            page = str(len(found) // PAGE + 1)
            part = self._call("GET", place, {"per_page": str(PAGE), "page": page, **query})
            found += part
            if not part:
                break
        return found

    def _call(self, method: str, place: str, query: dict[str, str] | None = None, **sent: Any) -> Any:
        url = f"{self._url}/{place}".rstrip("/")
        try:
            answer = self._session.request(
                method,
                url,
                params=query,
                json=sent or None,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            if 200 <= answer.status_code < 300:
                return answer.json()
        except requests.RequestException as error:
            raise ValueError(f"GitHub: {type(error).__name__} at {url}; check the network") from None
        code = answer.status_code
        why = "GitHub fails; run it again, see githubstatus.com" if code >= 500 else REASONS.get(code, "")
        raise ValueError(f"GitHub: {method} {place}: HTTP {code}{why and ': '}{why}")


def body(mark: str, text: str) -> str:
    """A text that is found again by its hidden mark, cut to what GitHub takes."""
    cut = "" if len(text) <= LONGEST else "\n\n… and more: the run's log has all of it."
    return f"<!-- {mark} -->\n{text[:LONGEST]}{cut}\n"


def marked(found: Mapping[str, Any], mark: str) -> bool:
    """Whether a comment or an issue begins with that mark and is a CI's own.

    A person's could be changed by that person after a plan was written there.
    """
    return found["user"]["type"] == "Bot" and str(found["body"] or "").startswith(f"<!-- {mark} -->")


def fenced(text: str) -> str:
    """Lines of a terminal, of which nothing is taken for markup."""
    fence = max(["``", *re.findall("`+", text)], key=len) + "`"
    return f"{fence}text\n{text[: LONGEST - 100].rstrip()}\n{fence}"
