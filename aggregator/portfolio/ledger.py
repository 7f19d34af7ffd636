"""The slip ledger of one date: what several trackers say of it over time, joined."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from .model import Observation


def merge_observations(
    histories: Sequence[Sequence[Observation]], *, together: timedelta = timedelta(0)
) -> tuple[Observation, ...]:
    """Join the histories of several dates into that of their latest, repeats left out.

    A date is taken to have been the same before it was first seen: sources are not read at the
    same moment, and what the second one says is no move of the first one's date. Moves of different
    dates within ``together`` are one: what lies between them is only that one was read first.
    """
    distinct = [_distinct(history) for history in histories if history]
    if len(distinct) == 1:
        return distinct[0]
    current = [history[0].value for history in distinct]
    merged: list[Observation] = []
    for moves in _at_once(distinct, together):
        for which, seen in moves:
            current[which] = seen.value
        last = latest(current)
        if not merged or merged[-1].value != last:
            told = next((seen for _, seen in moves if seen.value == last), moves[-1][1])
            merged.append(replace(told, value=last))
    return tuple(merged)


def _at_once(
    histories: Sequence[Sequence[Observation]], together: timedelta
) -> Iterator[list[tuple[int, Observation]]]:
    """Yield moves in the order of time, those of several dates that count as one together."""
    moves = [(which, seen) for which, history in enumerate(histories) for seen in history]
    group: list[tuple[int, Observation]] = []
    for which, seen in sorted(moves, key=lambda move: move[1].at):
        known = {each for each, _ in group}
        if group and (which in known or seen.at - group[0][1].at > together):
            yield group
            group = []
        group.append((which, seen))
    if group:
        yield group


def _distinct(history: Sequence[Observation]) -> tuple[Observation, ...]:
    """Leave repeats out; what a tracker told of a move wins over a sync that saw the same."""
    kept: list[Observation] = []
    for seen in history:
        if not kept or kept[-1].value != seen.value:
            kept.append(seen)
        elif kept[-1].actor is None and seen.origin == "webhook":
            kept[-1] = replace(kept[-1], origin=seen.origin, actor=seen.actor)
    return tuple(kept)


def latest(days: Iterable[date | None]) -> date | None:
    """Return the latest of those that are known."""
    return max((day for day in days if day is not None), default=None)
