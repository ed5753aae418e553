"""What a template says and may not, with the way to it: so the line of the template can be named."""

from tasks.yaml_text import line_of


class RefusedError(ValueError):
    """Something in a Compose file is refused."""

    def __init__(self, problem: str, *path: object, word: str = "", at: int = 0) -> None:
        """`path`: keys that lead to it, and numbers in lists; `word`: what stands there, or below it.

        `at`: its line, where the text has no keys to follow.
        """
        service = f"service '{path[1]}': " if len(path) > 1 and path[0] == "services" else ""
        super().__init__(f"{service}{problem}")
        self.path, self.word, self.at = path, word, at

    def line(self, text: str) -> int:
        """Where it stands in the file's text; lines are counted from 1."""
        if self.at:
            return self.at
        first = line_of(text, self.path)
        below = enumerate(text.splitlines()[first - 1 :], start=first)
        return next((number for number, line in below if self.word in line), first)
