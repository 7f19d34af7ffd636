"""A settings file as a tree whose values know where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .problems import Fault, Mark, Steps


@dataclass(slots=True, eq=False, kw_only=True)
class Scalar:
    """A text, number, truth value or nothing."""

    mark: Mark
    value: str | int | float | bool | None
    text: str
    """As it was written."""
    plain: bool
    """Without quotes."""
    comment: bool
    """A ``#`` follows on the same line."""
    size = 1
    depth = 1


@dataclass(slots=True, eq=False, kw_only=True)
class Mapping:
    """Keys and values."""

    mark: Mark
    entries: dict[str, "Node"] = field(default_factory=dict[str, "Node"])
    keys: dict[str, Mark] = field(default_factory=dict[str, Mark])
    size: int = 1
    depth: int = 1


@dataclass(slots=True, eq=False, kw_only=True)
class Sequence:
    """A list."""

    mark: Mark
    items: list["Node"] = field(default_factory=list["Node"])
    size: int = 1
    depth: int = 1


Node = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Place:
    """A value and the way to it."""

    node: Node
    steps: Steps = ()

    def child(self, step: str | int) -> "Place | None":
        """Go one step down; None where there is nothing."""
        match self.node:
            case Mapping(entries=entries) if isinstance(step, str) and step in entries:
                return Place(entries[step], (*self.steps, step))
            case Sequence(items=items) if isinstance(step, int) and 0 <= step < len(items):
                return Place(items[step], (*self.steps, step))
            case _:
                return None

    def items(self, key: str) -> "Iterator[Place]":
        """Go through the list under a key; nothing where there is none."""
        below = self.child(key)
        if below is not None and isinstance(below.node, Sequence):
            for index, node in enumerate(below.node.items):
                yield Place(node, (*below.steps, index))

    def text(self, key: str) -> str | None:
        """Give the text under a key; None where there is none."""
        below = self.child(key)
        if below is not None and isinstance(below.node, Scalar):
            return below.node.value if isinstance(below.node.value, str) else None
        return None

    def fault(self, message: str) -> Fault:
        """Complain about this value."""
        return Fault(self.node.mark, self.steps, message)


def to_plain(node: Node) -> Any:
    """Give the values without their places, ready for JSON."""
    match node:
        case Scalar(value=value):
            return value
        case Mapping(entries=entries):
            return {key: to_plain(value) for key, value in entries.items()}
        case Sequence(items=items):
            return [to_plain(value) for value in items]


def describe(node: Node) -> str:
    """Say what kind of value it is, without the value."""
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool() as value):
            return "true" if value else "false"
        case Scalar(value=int() | float()):
            return "a number"
        case _:
            return "text"
