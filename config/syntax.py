"""What YAML's own complaints mean for somebody who writes a settings file.

The parser's sentences are never passed on: some repeat the text they stumbled over, which may
be a secret.
"""

import re
from typing import Protocol

import yaml

from .problems import Fault, Mark

_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """Split as YAML does; there is always a first line."""
    lines = _LINE_BREAK.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def inside(mark: Mark, lines: list[str]) -> Mark:
    """Move a place behind the end of the text to its end."""
    if mark.line > len(lines):
        return Mark(len(lines), len(lines[-1]) + 1)
    return Mark(mark.line, min(mark.column, len(lines[mark.line - 1]) + 1))


class YamlMark(Protocol):
    """A place as the parser gives it; both count from 0."""

    line: int
    column: int


def from_yaml(mark: YamlMark | None) -> Mark:
    """Count from 1; a place that the parser does not know is the beginning."""
    return Mark(mark.line + 1, mark.column + 1) if mark is not None else Mark(1, 1)


def syntax_fault(error: yaml.YAMLError, text: str) -> Fault:
    """Say what is wrong with a text that is no YAML, and how to mend it."""
    lines = split_lines(text)
    if isinstance(error, yaml.reader.ReaderError):
        before = split_lines(text[: error.position] + "|")
        return Fault(
            Mark(len(before), len(before[-1])),
            (),
            f"the character U+{ord(text[error.position]):04X} cannot be seen and is not allowed: "
            "remove it",
        )
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(Mark(1, 1), (), "this is not YAML")
    here = inside(from_yaml(error.problem_mark), lines)
    start = inside(from_yaml(error.context_mark), lines) if error.context_mark else here
    problem = f"{error.context or ''}: {error.problem or ''}"
    if "quoted scalar" in problem and "end of stream" in problem:
        return Fault(start, (), "this quote is never closed: close it on the same line")
    return Fault(here, (), _advice(problem, start, here, lines[here.line - 1]))


_ADVICE = (
    ("flow node", "a bracket is not closed before here, or a value is missing"),
    (
        "expected ':'",
        "a key without its colon: write `key: value`",
    ),
    (
        "escape character|escape sequence",
        "an unknown escape in double quotes: write \\\\ for a backslash, or use single quotes",
    ),
    (
        "<document start>|but found '[]}]'",
        "this comes after the end of a value: remove it, or put the value in quotes",
    ),
    ("<block end>", "this line is not indented like the lines beside it"),
    ("anchor|alias", "a value cannot begin with & or *: put it in quotes"),
    ("tag", "a value cannot begin with !: put it in quotes"),
    ("", "this is not YAML: check indentation, colons and quotes in this line and the one above"),
)


def _advice(problem: str, start: Mark, here: Mark, line: str) -> str:
    before, character = line[: here.column - 1], line[here.column - 1 : here.column]
    if "flow sequence" in problem or "flow mapping" in problem:
        return (
            f"the bracket opened in line {start.line}, column {start.column} is not closed before "
            "here, or a comma is missing"
        )
    if character == "\t" or (not before.strip() and "\t" in before):
        return "a tab: YAML is indented with spaces only"
    if "cannot start any token" in problem:
        return f"a value cannot begin with {character}: put it in quotes"
    if "mapping values are not allowed" in problem:
        if re.search(r":\s", before):
            return "a second `: ` in one line: put a value that holds `: ` in quotes"
        return "this key is not indented like the keys beside it, or the line above lacks its colon"
    return next(words for pattern, words in _ADVICE if re.search(pattern, problem))
