"""What is wrong with a settings file, and where."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

Steps = tuple[str | int, ...]
"""The way from the top of the file to a value: keys and places in lists."""


def render_path(steps: Steps) -> str:
    """Write a way as people do: ``programs[0].projects[1].id``."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def _printable(text: str) -> str:
    """Escape what would end the line or steer the terminal; keys and values come from the file."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text
    )


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend."""

    file: str
    line: int
    column: int
    path: str
    """The key it is about; empty when it is about the file."""
    message: str
    """What was found, what was expected, how to mend it; never a secret."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        return place + (f"{self.path}: {self.message}" if self.path else self.message)


class ConfigError(Exception):
    """The settings cannot be used until somebody mends the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = set(problems)
        self.problems = tuple(sorted(found, key=lambda p: (p.line, p.column, p.path, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem whose file is not yet named."""

    mark: Mark
    steps: Steps
    message: str

    def within(self, file: str) -> Problem:
        """Name the file."""
        return Problem(
            file=file,
            line=self.mark.line,
            column=self.mark.column,
            path=_printable(render_path(self.steps)),
            message=_printable(self.message),
        )
