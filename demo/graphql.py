"""The part of the GraphQL language that readers of GitHub use: queries with inline fragments."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<skip>[\s,]+|\#[^\n]*)|(?P<spread>\.\.\.)|(?P<name>[_A-Za-z]\w*)"
    r'|(?P<number>-?\d+)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[{}()\[\]:$!=@|&])'
)


class QueryError(Exception):
    """A document that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A field, or an inline fragment where ``on`` is set, with what is selected of it."""

    name: str = ""
    alias: str = ""
    on: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    parts: tuple["Selection", ...] = ()


def parse(text: str, variables: Mapping[str, object]) -> tuple[Selection, ...]:
    """Read a query, with the variables put in their places; raises ``QueryError``."""
    reader = _Reader(list(_tokens(text)), variables)
    return reader.document()


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise QueryError(f"Parse error on {text[place]!r} at {place}")
        place = match.end()
        if match.lastgroup != "skip":
            yield match[0]


class _Reader:
    def __init__(self, tokens: list[str], variables: Mapping[str, object]) -> None:
        self._tokens = tokens
        self._variables = variables
        self._place = 0

    def document(self) -> tuple[Selection, ...]:
        if self._peek() == "query":
            while self._peek() != "{":
                self._next()
        parts = self._selections()
        if self._peek():
            raise QueryError(f"Parse error on {self._peek()!r}: one query was expected")
        return parts

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self, expected: str | None = None) -> str:
        token = self._peek()
        if not token or (expected is not None and token != expected):
            raise QueryError(f"Parse error on {token!r}: expected {expected or 'more'}")
        self._place += 1
        return token

    def _selections(self) -> tuple[Selection, ...]:
        self._next("{")
        found: list[Selection] = []
        while self._peek() != "}":
            found.append(self._fragment() if self._peek() == "..." else self._field())
        self._next("}")
        if not found:
            raise QueryError("Parse error: nothing is selected")
        return tuple(found)

    def _fragment(self) -> Selection:
        self._next("...")
        self._next("on")
        return Selection(on=self._next(), parts=self._selections())

    def _field(self) -> Selection:
        name = alias = self._next()
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments = self._arguments() if self._peek() == "(" else {}
        parts = self._selections() if self._peek() == "{" else ()
        return Selection(name=name, alias=alias, arguments=arguments, parts=parts)

    def _arguments(self) -> dict[str, object]:
        self._next("(")
        found: dict[str, object] = {}
        while self._peek() != ")":
            name = self._next()
            self._next(":")
            found[name] = self._value()
        self._next(")")
        return found

    def _value(self) -> object:
        word = self._next()
        if word == "[":
            values: list[object] = []
            while self._peek() != "]":
                values.append(self._value())
            self._next("]")
            return values
        if word == "$":
            return self._variables.get(self._next())
        if word.startswith('"'):
            return word[1:-1]
        return int(word) if re.fullmatch(r"-?\d+", word) else word
