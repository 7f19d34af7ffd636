"""From the sources to a plan: milestones, programs, time zone and country are agreed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import holidays

from slipwatch.config.machine import country_of, is_timezone, local_timezone

from .asking import Terminal
from .finding import NotFoundOutError
from .findings import Place, Plan, Source
from .menu import Entry, Menu
from .proposing import (
    Choice,
    Pairs,
    clusters,
    listed_by_default,
    plan_programs,
    title_of,
    waiting_pairs,
)

_NOWHERE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line says about the plan."""

    program: str | None = None
    """The title of a single program for everything."""
    timezone: str | None = None
    country: str | None = None


def agree(terminal: Terminal, sources: Sequence[Source], wishes: Wishes, today: date) -> Plan:
    """Propose a plan, and let it be changed at a terminal; raises ``NotFoundOutError``."""
    timezone = _timezone(terminal, sources, wishes.timezone)
    country = _country(terminal, timezone, wishes.country)
    pairs = waiting_pairs(sources)
    listed = _milestones(terminal, sources, pairs, today)
    choices = _programs(terminal, sources, pairs, wishes.program)
    return Plan(
        made=today,
        timezone=timezone,
        country=country,
        sources=tuple(sources),
        programs=plan_programs(sources, choices, listed, pairs, today),
    )


def _timezone(terminal: Terminal, sources: Sequence[Source], wish: str | None) -> str:
    if wish is not None:
        if not is_timezone(wish):
            raise NotFoundOutError(f"{wish} is no time zone: write one such as Europe/Berlin")
        return wish
    accounts = [source.site.timezone for source in sources if source.site.timezone is not None]
    suggested = (accounts or [local_timezone() or "UTC"])[0]
    while terminal.talks:
        answer = terminal.ask("Time zone of the program's days", suggested)
        if is_timezone(answer):
            return answer
        terminal.tell("There is no such time zone; write one such as Europe/Berlin.")
    return suggested


def _country(terminal: Terminal, timezone: str, wish: str | None) -> str | None:
    known = holidays.list_supported_countries()
    if wish is not None:
        if wish not in {*known, _NOWHERE}:
            raise NotFoundOutError(f"no holidays are known for {wish}: write a code such as DE")
        return None if wish == _NOWHERE else wish
    suggested = country_of(timezone) or _NOWHERE
    while terminal.talks:
        answer = terminal.ask("Country whose public holidays are off (a code, or none)", suggested)
        if answer.casefold() == _NOWHERE:
            return None
        if answer.upper() in known:
            return answer.upper()
        terminal.tell("No holidays are known for that; write a code such as DE, or none.")
    return None if suggested == _NOWHERE else suggested


def _milestones(
    terminal: Terminal, sources: Sequence[Source], pairs: Pairs, today: date
) -> frozenset[Place]:
    """Choose what gets a line of its own; the others are discovered as they come."""
    suggested = {place for source in sources for place in listed_by_default(source, today, pairs)}
    found = [
        (Place(source.name, scope.scope, milestone.id), scope.title, milestone)
        for source in sources
        for scope in source.scopes
        for milestone in scope.milestones
    ]
    if not terminal.talks or not found:
        return frozenset(suggested)
    found.sort(key=lambda one: (one[2].due_date is None, one[2].due_date or today))
    entries = [
        Entry(
            key=str(milestone.due_date or "no date"),
            label=f"{title}: {milestone.name}",
            details=f"{milestone.done} of {milestone.total} done" if milestone.total else "",
        )
        for _, title, milestone in found
    ]
    menu = Menu(entries)
    menu.chosen.update((number, None) for number, one in enumerate(found) if one[0] in suggested)
    terminal.tell(f"{len(found)} open milestones; those marked * get a line with their date:")
    terminal.choose(menu, "Which milestones (numbers, 1-3, all, none)", others=lambda _: None)
    return frozenset(found[number][0] for number in menu.chosen)


def _programs(
    terminal: Terminal, sources: Sequence[Source], pairs: Pairs, wish: str | None
) -> list[Choice]:
    groups = clusters(sources, pairs)
    whole = [scope for group in groups for scope in group]
    if wish is not None:
        return [Choice(title=wish, scopes=tuple(whole))]
    if terminal.talks and len(groups) > 1:
        for group in groups:
            terminal.tell(f"  {title_of(sources, group)}: {', '.join(scope for _, scope in group)}")
        question = f"Links between items suggest these {len(groups)} programs; take them"
        if not terminal.confirm(question, default=True):
            groups = [whole]
    choices: list[Choice] = []
    for group in groups:
        title = title_of(sources, group)
        if terminal.talks:
            names = ", ".join(scope for _, scope in group)
            title = terminal.ask(f"Title of the program of {names}", title)
        choices.append(Choice(title=title, scopes=tuple(group)))
    return choices
