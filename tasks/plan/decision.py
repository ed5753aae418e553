"""Whether a plan is carried out: shown, held against what was reviewed, and asked for."""

from collections.abc import Callable, Iterator
from typing import Any

from tasks.plan.file import moved
from tasks.plan.model import Plan
from tasks.plan.text import text


class Decision:
    """Of one run; `refused` says afterwards whether something spoke against it."""

    def __init__(
        self,
        kept: dict[str, Any] | None,
        say: Callable[[str], None],
        complain: Callable[[str], None],
        ask: Callable[[], bool],
        *,
        set_back: bool,
    ) -> None:
        """`kept`: what was reviewed, as it was loaded; None: nothing was."""
        self.kept, self.say, self.complain, self.ask, self.set_back = kept, say, complain, ask, set_back
        self.refused = False

    def agreed(self, made: Plan) -> bool:
        """Shows the plan; whether it is to be done."""
        for line in text(made):
            self.say(line)
        reasons = list(self._against(made))
        if not reasons and not any(host.changes for host in made.hosts):
            return False
        if not reasons and not self.ask():
            reasons = ["it was not agreed to"]
        for reason in reasons:
            self.complain(f"REFUSED: {reason}; nothing was changed")
        self.refused = bool(reasons)
        return not reasons

    def _against(self, made: Plan) -> Iterator[str]:
        lines = [] if self.kept is None else moved(self.kept, made)
        for line in lines:
            self.complain(line)
        if lines:
            yield "something has moved since it was planned, as above; plan again"
        ahead = [f"{app} on {host.name}" for host in made.hosts for app in host.ahead]
        if ahead and not self.set_back:
            yield (
                f"{', '.join(ahead)} came from a commit that this checkout does not contain, or from none: "
                "git pull, or --set-back to undo what somebody else deployed"
            )
