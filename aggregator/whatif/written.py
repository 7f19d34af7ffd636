"""What people write for a change, and the change that it means in a portfolio.

Every function raises ``ValueError`` that says which part is not understood, what is meant instead
where that can be guessed, and how it is written.
"""

import re
from datetime import date
from math import isfinite

from ..naming import find_id
from ..portfolio.model import DependencyType, Milestone, Portfolio
from .changes import Close, Commit, Drop, Items, Pace, Retype, Slip

_DAYS = re.compile(r"([+-]?\d{1,4})(?:wd)?")
_ITEMS = re.compile(r"[+-]?\d{1,5}")
_PEOPLE = re.compile(r"(\d{1,4})/(\d{1,4})")
_LONGEST = 3660
"""Days of one closing: ten years."""


def slip(text: str, portfolio: Portfolio) -> Slip:
    """Read ``MILESTONE=10wd``; negative pulls it forward."""
    name, value = _halves(text, "MILESTONE=10wd")
    found = _DAYS.fullmatch(value)
    if not found:
        raise ValueError(
            f"{text}: write whole working days, such as {name}=10wd or {name}=-5wd, at most 9999"
        )
    return Slip(_open(name, portfolio).id, int(found[1]))


def pace(text: str, portfolio: Portfolio) -> Pace:
    """Read ``STREAM=0.8``: 80 % of what the team finishes per week."""
    name, value = _halves(text, "STREAM=0.8")
    factor = _number(value)
    if not 0.01 <= factor <= 100:
        raise ValueError(f"{text}: write a factor from 0.01 to 100, such as {name}=0.8 for 80 %")
    return Pace(find_id(name, portfolio.streams, "stream"), factor)


def people(text: str, portfolio: Portfolio) -> Pace:
    """Read ``STREAM=4/5``: four people where there were five, each as quick as before."""
    name, value = _halves(text, "STREAM=4/5")
    found = _PEOPLE.fullmatch(value)
    if not found or not int(found[1]) or not int(found[2]):
        raise ValueError(
            f"{text}: write how many there are of how many, such as {name}=4/5, at least one"
        )
    return Pace(find_id(name, portfolio.streams, "stream"), int(found[1]) / int(found[2]))


def scope(text: str, portfolio: Portfolio) -> Items:
    """Read ``MILESTONE=-5``: five open items fewer."""
    name, value = _halves(text, "MILESTONE=-5")
    if not _ITEMS.fullmatch(value):
        raise ValueError(
            f"{text}: write a number of items, such as {name}=-5 or {name}=+3, at most 99999"
        )
    milestone, items = _open(name, portfolio), int(value)
    if milestone.duration is not None or milestone.spread is not None or milestone.external:
        raise ValueError(
            f"{text}: {milestone.id} is not forecast from its items; use --slip {name}=5wd"
        )
    if -items > milestone.scope.remaining:
        raise ValueError(f"{text}: {milestone.id} has {milestone.scope.remaining} open items only")
    return Items(milestone.id, items)


def drop(text: str, portfolio: Portfolio) -> Drop:
    """Read ``UPSTREAM..DOWNSTREAM`` or ``UPSTREAM->DOWNSTREAM``."""
    return Drop(*_ends(text, portfolio))


def retype(text: str, portfolio: Portfolio) -> Retype:
    """Read ``UPSTREAM..DOWNSTREAM=partial``."""
    ends, value = _halves(text, "UPSTREAM..DOWNSTREAM=partial")
    if value not in set(DependencyType):
        raise ValueError(f"{text}: a dependency is {', '.join(DependencyType)}, not {value}")
    return Retype(*_ends(ends, portfolio), DependencyType(value))


def commit(text: str, portfolio: Portfolio) -> Commit:
    """Read ``MILESTONE=2027-01-15``."""
    name, value = _halves(text, "MILESTONE=2027-01-15")
    return Commit(_open(name, portfolio).id, _day(value, text))


def close(text: str, portfolio: Portfolio, *, opened: bool = False) -> Close:
    """Read ``CALENDAR=2026-12-24..2027-01-02``, or one day."""
    name, value = _halves(text, "CALENDAR=2026-12-24..2027-01-02")
    first, dots, last = value.partition("..")
    start = _day(first, text)
    end = _day(last, text) if dots else start
    if not 0 <= (end - start).days < _LONGEST:
        raise ValueError(f"{text}: write the first day, then the last, at most ten years later")
    return Close(find_id(name, portfolio.calendars, "calendar"), start, end, opened)


def open_days(text: str, portfolio: Portfolio) -> Close:
    """Read days that are worked although they were free."""
    return close(text, portfolio, opened=True)


def _halves(text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (name and equals and value):
        raise ValueError(f"{text}: write {example}")
    return name.strip(), value.strip()


def _open(name: str, portfolio: Portfolio) -> Milestone:
    milestone = portfolio.milestones[find_id(name, portfolio.milestones)]
    if milestone.actual is not None:
        raise ValueError(f"{milestone.id} is done since {milestone.actual}; nothing moves it")
    return milestone


def _ends(text: str, portfolio: Portfolio) -> tuple[str, str]:
    upstream, arrow, downstream = text.partition("->")
    if not arrow:
        upstream, arrow, downstream = text.partition("..")
    if not (upstream and downstream):
        shell = " (a shell takes > for itself: quote the whole)" if text.endswith("-") else ""
        raise ValueError(f"{text}: write UPSTREAM..DOWNSTREAM or 'UPSTREAM->DOWNSTREAM'{shell}")
    target = find_id(downstream.strip(), portfolio.milestones)
    waits_for = [d.upstream for d in portfolio.dependencies if d.downstream == target]
    # What a dependency hangs on may be gone; it can still be dropped.
    source = find_id(upstream.strip(), {*portfolio.milestones, *waits_for})
    if source not in waits_for:
        known = ", ".join(sorted(waits_for)) or "nothing"
        raise ValueError(f"{target} does not wait for {source}; it waits for {known}")
    return source, target


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return number if isfinite(number) else 0.0


def _day(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{whole}: {text or 'nothing'} is no day such as 2027-01-15") from None
