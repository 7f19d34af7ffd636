"""The landing page: every program with its colour, what threatens it, and how its dates lie."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from jinja2 import Template
from markupsafe import Markup

from slipwatch.aggregator.assessment import (
    Assessment,
    Cause,
    FindingView,
    MilestoneView,
    ProgramView,
    Status,
)
from slipwatch.aggregator.percent import percent

from ..glance import Fact, at_a_glance
from ..health import overall
from ..order import milestones_by_urgency, programs_by_urgency
from ..templates import load_page
from ..terminal.text import plain, short
from ..wording import say_counted
from .acknowledging import Acknowledged

MOST_FINDINGS = 8
CHART_WIDTH = 150
LONGEST_OUTLOOK = timedelta(days=730)
SHORTEST_OUTLOOK = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Axis:
    """The days that the charts of a program show, from left to right."""

    start: date
    end: date

    def place(self, day: date) -> float:
        """Give the distance of a day from the left; what lies outside is put on the edge."""
        share = (day - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * CHART_WIDTH, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of days in a chart."""

    kind: str
    left: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Where a milestone's commitment and its forecast lie."""

    bars: tuple[Bar, ...]
    commitment: float | None
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A milestone and what is drawn and said about it."""

    milestone: MilestoneView
    url: str
    """Empty unless it is a web address: files may hold anything."""
    finish: date | None
    finish_note: str
    chart: Chart | None
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A program with its milestones, the most urgent first, and its open findings."""

    program: ProgramView
    status: Status
    """Of its worst dimension."""
    colours: tuple[tuple[str, Status], ...]
    """Of every dimension of which something is kept."""
    facts: tuple[Fact, ...]
    people: str
    counts: str
    """How many of the milestones have which colour, the worst first."""
    axis: Axis
    rows: tuple[Row, ...]
    findings: tuple[FindingView, ...]
    more_findings: int


class LandingPage:
    """Renders the page; texts of trackers are cut, cleaned and escaped on the way."""

    def __init__(self, version: str) -> None:
        self._template = _template()
        self._version = version

    def render(
        self,
        assessment: Assessment | None,
        acknowledged: Mapping[str, Acknowledged] | None = None,
    ) -> str:
        """Write the page, also before the first assessment; say who knows of which finding."""
        return self._template.render(
            assessment=assessment,
            cards=cards(assessment) if assessment is not None else (),
            acknowledged=acknowledged or {},
            chart_width=CHART_WIDTH,
            version=self._version,
        )


def cards(assessment: Assessment) -> tuple[Card, ...]:
    """Make a card for each program, the worst first."""
    titles = {milestone.id: milestone.title for milestone in assessment.milestones}
    return tuple(
        _card(assessment, program, titles) for program in programs_by_urgency(assessment.programs)
    )


def _card(assessment: Assessment, program: ProgramView, titles: Mapping[str, str]) -> Card:
    own = tuple(m for m in assessment.milestones if m.program == program.id)
    milestones = milestones_by_urgency(own)
    counts = Counter(milestone.status for milestone in milestones)
    axis = _axis(assessment.as_of, milestones)
    findings = [f for f in assessment.findings if f.program == program.id and f.state == "open"]
    people = (("sponsor", program.sponsor), ("manager", program.manager))
    dimensions = program.health.dimensions if program.health is not None else ()
    return Card(
        program=program,
        status=overall(program),
        colours=tuple((one.dimension.capitalize(), one.status) for one in dimensions),
        facts=tuple(at_a_glance(program)),
        people=" · ".join(f"{role} {name}" for role, name in people if name),
        counts=" · ".join(f"{number} {status}" for status, number in counts.items()),
        axis=axis,
        rows=tuple(_row(milestone, axis, titles) for milestone in milestones),
        findings=tuple(findings[:MOST_FINDINGS]),
        more_findings=max(0, len(findings) - MOST_FINDINGS),
    )


def _row(milestone: MilestoneView, axis: Axis, titles: Mapping[str, str]) -> Row:
    finish, note = _finish(milestone)
    return Row(
        milestone=milestone,
        url=milestone.url if milestone.url.startswith(("http://", "https://")) else "",
        finish=finish,
        finish_note=note,
        chart=_chart(milestone, axis),
        causes=tuple(
            f"{_name(cause, milestone, titles)} {_days(cause.but_for)}"
            for cause in milestone.caused_by
            if cause.but_for or cause.shapley
        ),
    )


def _finish(milestone: MilestoneView) -> tuple[date | None, str]:
    if milestone.dates.actual is not None:
        return milestone.dates.actual, "done"
    if milestone.forecast.p50 is None and milestone.forecast.lower_bound is not None:
        return milestone.forecast.lower_bound, "at the earliest"
    return milestone.forecast.p50, say_counted(milestone.forecast.points)


def _axis(start: date, milestones: Iterable[MilestoneView]) -> Axis:
    """Span from today to the last day of interest, within bounds that keep charts readable."""
    days = [
        day
        for m in milestones
        if m.dates.actual is None
        for day in (m.dates.commitment, m.forecast.p95, m.forecast.p85, m.forecast.lower_bound)
        if day is not None
    ]
    longest = min(max([start, *days]) - start, LONGEST_OUTLOOK)
    return Axis(start, start + max(longest, SHORTEST_OUTLOOK))


def _chart(milestone: MilestoneView, axis: Axis) -> Chart | None:
    forecast, commitment = milestone.forecast, milestone.dates.commitment
    if milestone.dates.actual is not None:
        return None
    stretches = (
        ("likely", forecast.p50, forecast.p85),
        ("unlikely", forecast.p85, forecast.p95),
        ("unknown", forecast.lower_bound if forecast.p50 is None else None, axis.end),
    )
    bars = tuple(
        Bar(
            kind=kind,
            left=min(axis.place(first), CHART_WIDTH - 2),
            width=max(axis.place(last) - axis.place(first), 2),
        )
        for kind, first, last in stretches
        if first is not None and last is not None
    )
    if not bars and commitment is None:
        return None
    said = (
        (commitment, "committed for {}"),
        (forecast.p50, "done by {} in half of all cases"),
        (forecast.p85, "by {} in 85 of 100"),
        (forecast.p95, "by {} in 95 of 100"),
        (forecast.lower_bound if forecast.p50 is None else None, "not before {}"),
    )
    return Chart(
        bars=bars,
        commitment=axis.place(commitment) if commitment is not None else None,
        caption=", ".join(words.format(day) for day, words in said if day is not None),
    )


def _name(cause: Cause, milestone: MilestoneView, titles: Mapping[str, str]) -> str:
    if cause.milestone == milestone.id:
        return "own slip"
    return short(titles.get(cause.milestone, cause.milestone), 60)


def _days(number: int) -> str:
    return f"{number:+d}\N{NO-BREAK SPACE}day{'' if abs(number) == 1 else 's'}"


@cache
def _template() -> Template:
    """Compile the page, once for all applications of a process."""
    return load_page("web", "landing.html", finalize=_finalize, short=short, percent=percent)


def _finalize(value: object) -> object:
    """Clean every text before it is escaped: half a character could not be encoded at all."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return plain(value)
    return value
