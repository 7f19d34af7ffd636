"""Lines of the exposition format, as prometheus_client writes them, in a fifth of its time."""

from collections.abc import Iterable
from typing import Final

from prometheus_client.utils import floatToGoString

from ..terminal.text import plain, short

_FREE_TEXT: Final = {"title", "milestone_owner", "sponsor", "manager", "lead"}
MAX_TEXT = 200
"""Titles are written by anybody; longer ones are cut. Ids never are: joins go by them."""

Values = tuple[str, ...]


class Lines:
    """Writes the series of one metric after the other; both text formats have the same lines.

    Dozens of metrics tell of the same milestones, and one assessment after the other does: labels
    that came before are not written again.
    """

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str], str] = {}
        self._labels: dict[tuple[str, ...], dict[Values, str]] = {}
        self._before: dict[tuple[str, ...], dict[Values, str]] = {}
        self._numbers: dict[float, str] = {}
        """As they are written; nought is written each time, for there is one below it, too."""

    def turn(self) -> None:
        """Let go of labels that were not written since the last turn."""
        self._pieces, self._numbers = {}, {}
        self._before, self._labels = self._labels, {}

    def write(
        self, name: str, labels: tuple[str, ...], samples: Iterable[tuple[Values, float]]
    ) -> list[str]:
        """Write a line for each value of a metric; raises ``ValueError`` for a label too few."""
        known, before = self._labels.setdefault(labels, {}), self._before.get(labels, {})
        numbers, lines = self._numbers, list[str]()
        for values, value in samples:
            text = known.get(values)
            if text is None:
                known[values] = text = before.get(values) or self._text(labels, values)
            number = numbers.get(value) if value else None
            if number is None:
                number = numbers[value] = floatToGoString(value)
            lines.append(f"{name}{text} {number}\n")
        return lines

    def _text(self, labels: tuple[str, ...], values: Values) -> str:
        told: list[str] = []
        for one in sorted(zip(labels, values, strict=True)):
            piece = self._pieces.get(one)
            if piece is None:
                piece = self._pieces[one] = _piece(*one)
            told.append(piece)
        return f"{{{','.join(told)}}}" if told else ""


def clean(label: str, value: str) -> str:
    """Make text of a tracker fit for a label: as plain as at a terminal, and no endless titles.

    Quotes and backslashes are escaped when it is written.
    """
    flat = plain(value)
    return short(flat, MAX_TEXT) if label in _FREE_TEXT else flat


def _piece(label: str, value: str) -> str:
    written = clean(label, value).replace("\\", r"\\").replace('"', r"\"")
    return f'{label}="{written}"'
