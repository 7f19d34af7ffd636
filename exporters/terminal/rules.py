"""Rules, what became of their findings, and how one would have done, as tables."""

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.store import FindingEvent
from slipwatch.aggregator.trial import RuleTrial

from .printing import plain_table
from .text import plain

_OUTCOMES = {
    "missed": "right: missed",
    "slipped": "right: moved",
    "in_vain": "in vain",
    "pending": "still to come",
    "after": "afterwards",
    "undated": "no date",
}


def events_table(events: Sequence[FindingEvent]) -> Table:
    """Show what happened to findings, oldest first."""
    table = plain_table("Day", "Rule", "What happened", "By", "Severity", "Finding")
    for one in events:
        table.add_row(
            str(one.day), one.rule, one.event, one.cause, one.severity, Text(plain(one.message))
        )
    return table


def rule_table(rows: Sequence[tuple[str, str, str, str, str]]) -> Table:
    """Show rules: id, severity, title, parameters and what each catches."""
    table = plain_table("Rule", "Severity", "Title", "Parameters", "What it catches")
    for row in rows:
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table


def trial_tables(trial: RuleTrial) -> Group:
    """Show what a rule would have found, and how often it was right."""
    parts: list[Text | Table] = [Text(line) for line in _summary(trial)]
    if trial.findings:
        table = plain_table(
            "Subject", "Severity", "Since", "Date", "Outcome", "On", "Early", "What"
        )
        for one in trial.findings:
            table.add_row(
                Text(plain(one.subject)),
                one.severity,
                str(one.since),
                str(one.target or ""),
                _OUTCOMES[one.outcome],
                str(one.decided or ""),
                "" if one.lead is None else f"{one.lead} wd",
                Text(plain(one.message)),
            )
        parts += [Text(""), table]
    if trial.unwarned:
        table = plain_table("Never warned of", "Date", "Missed or moved on")
        for unwarned in trial.unwarned:
            table.add_row(
                Text(plain(unwarned.milestone)), str(unwarned.target), str(unwarned.decided)
            )
        parts += [Text(""), table]
    return Group(*parts)


def _summary(trial: RuleTrial) -> Iterator[str]:
    chosen = ", ".join(f"{name}={value:g}" for name, value in trial.settings.items())
    yield f"{trial.rule} ({chosen}), {trial.weeks} weeks from {trial.first} to {trial.last}"
    yield (
        f"{_count(len(trial.findings), 'finding')}: {trial.right} right, {trial.in_vain} in vain, "
        f"{trial.after} afterwards, {trial.pending} still to come, {trial.undated} without a date"
    )
    if trial.precision is not None:
        yield f"Precision {percent(trial.precision)}"
    if trial.lead is not None:
        days = "working day" if trial.lead == 1 else "working days"
        yield f"Half of the right ones came {trial.lead:g} {days} or more before"
    if not trial.told:
        yield "It could not tell anything in any week."
    elif trial.told < trial.weeks:
        yield f"In {trial.weeks - trial.told} of the weeks it could not tell anything."
    for one in trial.untold:
        yield f"Unknown of {one.subjects}: {plain(one.reason)}"
    if trial.as_today:
        yield f"Taken as today, for these have no history: {plain(trial.as_today)}"
    missed = "was" if len(trial.unwarned) == 1 else "were"
    yield f"{_count(len(trial.unwarned), 'date')} {missed} missed or moved without a warning"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
