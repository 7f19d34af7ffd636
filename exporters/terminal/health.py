"""The colours of programs and projects as tables: letters and words, and never colour alone."""

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.health.history import MILESTONE, ColourChange
from slipwatch.aggregator.health.views import Health
from slipwatch.aggregator.judging.health import DIMENSIONS

from .printing import plain_table
from .tables import COLOURS
from .text import plain, short


def health_tables(assessment: Assessment, program: str | None) -> Group:
    """Show every program and project by dimension, and what each colour stands on."""
    views = list(_views(assessment, program))
    matrix = plain_table("Program or project", "Overall", *map(str.capitalize, DIMENSIONS))
    if program is None and assessment.health is not None:
        matrix.add_row("all programs", *_row(assessment.health))
    for view in views:
        if view.health is not None:
            matrix.add_row(Text(plain(view.id)), *_row(view.health))
    parts: list[Table | Text] = [matrix, Text("")]
    for view in views:
        if view.health is not None and view.health.dimensions:
            parts += [Text(plain(view.id), "bold"), _reasons(view.health), Text("")]
        if view.reported is not None:
            parts += [_reported(view), Text("")]
    return Group(*parts)


def changes_table(changes: Sequence[ColourChange], program: str | None) -> Table:
    """Show what turned another colour, the latest first, and what turned it."""
    table = plain_table("Day", "What", "Dimension", "Before", "After", "Cause", "Why")
    for change in reversed(changes):
        if change.before is None or (program and change.subject.partition("/")[0] != program):
            continue
        table.add_row(
            str(change.day),
            Text(plain(change.subject) or "all programs"),
            "schedule" if change.dimension == MILESTONE else change.dimension,
            Text(change.before, COLOURS[change.before]),
            Text(change.after, COLOURS[change.after]),
            change.cause,
            Text(short(plain(change.reason))),
        )
    return table


def _views(assessment: Assessment, program: str | None) -> Iterator[ProgramView | ProjectView]:
    for each in assessment.programs:
        if program in (None, each.id):
            yield each
            yield from (view for view in assessment.projects if view.program == each.id)


def _row(health: Health) -> Iterator[Text]:
    yield Text(health.status, COLOURS[health.status])
    for name in DIMENSIONS:
        each = health.dimension(name)
        yield Text("-") if each is None else Text(each.status, COLOURS[each.status])


def _reasons(health: Health) -> Table:
    table = plain_table("Dimension", "Status", "Since", "Value", "Bound", "Why")
    for each in health.dimensions:
        for place, reason in enumerate(each.reasons):
            table.add_row(
                each.dimension if not place else "",
                Text(reason.status, COLOURS[reason.status]),
                str(each.since or "") if not place else "",
                _number(reason.value),
                _number(reason.threshold),
                Text(short(plain(reason.text))),
            )
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _reported(view: ProgramView | ProjectView) -> Text:
    reported = view.reported
    assert reported is not None
    by = f" by {short(plain(reported.by), 40)}" if reported.by else ""
    return Text.assemble(
        "Reported ",
        (reported.status, COLOURS[reported.status]),
        f" on {reported.on}{by}; measured ",
        (reported.computed, COLOURS[reported.computed]),
        ".",
    )
