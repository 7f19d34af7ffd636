"""From the sources to a plan: milestones, programs, time zone and country are agreed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import holidays

from slipwatch.config.machine import country_of, is_timezone, local_timezone

from .asking import Terminal
from .finding import GivenError
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

    def check(self) -> None:
        """Refuse what is unknown before anybody is asked; raises ``GivenError``."""
        if self.timezone is not None and not is_timezone(self.timezone):
            raise GivenError(f"{self.timezone} is no time zone: write one such as Europe/Berlin")
        if self.country not in {None, _NOWHERE, *holidays.list_supported_countries()}:
            raise GivenError(f"no holidays are known for {self.country}: write a code such as DE")


def agree(terminal: Terminal, sources: Sequence[Source], wishes: Wishes, now: datetime) -> Plan:
    """Propose a plan, and let it be changed at a terminal."""
    timezone = wishes.timezone or _timezone(terminal, sources)
    today = now.astimezone(ZoneInfo(timezone)).date()
    country = wishes.country or _country(terminal, timezone)
    pairs = waiting_pairs(sources)
    listed = _milestones(terminal, sources, pairs, today)
    choices = _programs(terminal, sources, pairs, wishes.program)
    return Plan(
        made=today,
        timezone=timezone,
        country=None if country == _NOWHERE else country,
        sources=tuple(sources),
        programs=plan_programs(sources, choices, listed, pairs, today),
    )


def _timezone(terminal: Terminal, sources: Sequence[Source]) -> str:
    accounts = [source.site.timezone for source in sources if source.site.timezone is not None]
    suggested = (accounts or [local_timezone() or "UTC"])[0]
    while terminal.talks:
        answer = terminal.ask("Time zone of the program's days", suggested)
        if is_timezone(answer):
            return answer
        terminal.tell("There is no such time zone; write one such as Europe/Berlin.")
    return suggested


def _country(terminal: Terminal, timezone: str) -> str:
    """Give the code of a country, or that there is none."""
    suggested = country_of(timezone) or _NOWHERE
    known = holidays.list_supported_countries()
    while terminal.talks:
        answer = terminal.ask("Country whose public holidays are off (a code, or none)", suggested)
        if answer.casefold() == _NOWHERE:
            return _NOWHERE
        if answer.upper() in known:
            return answer.upper()
        terminal.tell("No holidays are known for that; write a code such as DE, or none.")
    return suggested


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
            key=f"{title}: {milestone.name}",
            label=str(milestone.due_date or "no date"),
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
