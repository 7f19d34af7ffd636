"""What drives a milestone, what each cause is worth and who is hit, in sentences."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from slipwatch.aggregator.assessment import Assessment, MilestoneView, ProjectView, Slip
from slipwatch.aggregator.delay.views import Delay, SprintShortfall
from slipwatch.aggregator.forecast.views import PointsView, SprintsView
from slipwatch.aggregator.people.views import StreamView
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.portfolio.versions import BaselineVersion

from ..delay import say_chance, say_shortfall
from ..money import say_delay_cost
from ..movement import say_movement
from ..path import driving_path
from ..wording import (
    say_beside,
    say_calibration,
    say_days,
    say_enabled,
    say_late,
    say_later,
)
from .oversight import gates_of, risks_of, say_gate, say_risk
from .shares import WORTH_SAYING, say_taken, say_undelayed
from .text import plain, short

LIKELY = 0.5
"""An item of this chance and more will rather miss its day than not."""
TIES = {
    "fs": "finish to start",
    "ss": "start to start",
    "ff": "finish to finish",
    "sf": "start to finish",
    "partial": "in part",
}


def explain(assessment: Assessment, milestone: MilestoneView) -> str:
    """Explain one milestone of an assessment as plain text."""
    by_id = {view.id: view for view in assessment.milestones}
    streams = assessment.people.streams if assessment.people is not None else ()
    text = _template().render(
        milestone=milestone,
        calibration=_calibration(assessment, milestone),
        project=_project(assessment, milestone),
        streams=[stream for stream in streams if milestone.id in stream.commitments],
        path=driving_path(assessment, milestone, by_id),
        waits=[edge for edge in assessment.dependencies if edge.downstream == milestone.id],
        # A dependency is written "upstream -> downstream"; it is the downstream's trouble.
        findings=[
            f for f in assessment.findings if f.subject.rpartition(" -> ")[2] == milestone.id
        ],
        late_items=list(_late_items(assessment, milestone)),
        under_way=list(_under_way(assessment, milestone)),
        risks=risks_of(assessment, milestone),
        gates=gates_of(assessment, milestone),
        checks=list(_failed_checks(assessment, milestone)),
        delay_cost=say_delay_cost(assessment, milestone),
        titles={view.id: short(plain(view.title)) for view in assessment.milestones},
        ties=TIES,
        taken=say_taken(milestone),
        passed=_has_passed(assessment, milestone),
    )
    return "\n".join(_spaced(text.splitlines())) + "\n"


def _has_passed(assessment: Assessment, milestone: MilestoneView) -> bool:
    """Say whether its commitment is over: then nothing would make it kept."""
    commitment = milestone.dates.commitment
    return commitment is not None and commitment < assessment.as_of


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("slipwatch.exporters.terminal"),
        autoescape=False,  # noqa: S701  # it is plain text for a terminal, cleaned by plain()
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "plain": plain,
        "short": short,
        "days": say_days,
        "beside": say_beside,
        "percent": percent,
        "late": say_late,
        "moves": _moves,
        "movement": say_movement,
        "held": say_calibration,
        "enabled": say_enabled,
        "chance": say_chance,
        "shortfall": say_shortfall,
        "slack": _slack,
        "approved": _approved,
        "risk": say_risk,
        "gate": say_gate,
        "sprints": _sprints,
        "points": _points,
        "weeks": _weeks,
        "undelayed": say_undelayed,
    }
    environment.filters.update(filters)
    return environment.get_template("explain.txt.j2")


def _calibration(assessment: Assessment, milestone: MilestoneView) -> Calibration | None:
    found = (view.calibration for view in assessment.programs if view.id == milestone.program)
    return next(found, None)


def _project(assessment: Assessment, milestone: MilestoneView) -> ProjectView | None:
    name = f"{milestone.program}/{milestone.project}"
    return next((view for view in assessment.projects if view.id == name), None)


def _late_items(assessment: Assessment, milestone: MilestoneView) -> Iterator[Delay]:
    """Yield its items that will rather miss their day than not."""
    for item in assessment.delays.items if assessment.delays is not None else ():
        if milestone.id in item.milestones and item.chance >= LIKELY:
            yield item


def _under_way(assessment: Assessment, milestone: MilestoneView) -> Iterator[SprintShortfall]:
    """Yield the sprints that hold items of it."""
    for sprint in assessment.delays.sprints if assessment.delays is not None else ():
        if milestone.id in sprint.milestones:
            yield sprint


def _failed_checks(assessment: Assessment, milestone: MilestoneView) -> Iterator[str]:
    """Say which schedule checks a milestone keeps its program from passing, and by what."""
    quality = next((p.quality for p in assessment.programs if p.id == milestone.program), None)
    for point in quality.points if quality is not None else ():
        if point.result != "failed":
            continue
        for failing in point.failing:
            if failing.subject.rpartition(" -> ")[2] == milestone.id:
                why = f": {failing.why}" if failing.why else ""
                yield f"{point.standard.upper()} {point.number}, {point.title}{why}"


def _spaced(lines: Iterable[str]) -> Iterator[str]:
    """Leave out empty lines, but for one above each heading."""
    first = True
    for line in lines:
        if line.strip():
            if not first and not line.startswith(" "):
                yield ""
            yield line.rstrip()
            first = False


def _moves(slip: Slip) -> str:
    """Say how often and how far a date has moved."""
    if slip.moves == 1:
        return f"once, {say_later(slip.net)}"
    return f"{slip.moves} times, {slip.slips} of them later; in all {say_later(slip.net)}"


def _sprints(found: SprintsView) -> str:
    """Say that work waits for the end of a sprint, and when that is."""
    return (
        f"Its team closes {percent(found.closed_then)} of its work on the last two working days of "
        f"sprints of {found.weeks} weeks: what is not done by {found.end} waits for the next end."
    )


def _points(found: PointsView) -> str:
    """Say that points are counted, and how much is added by estimating anew; or why not."""
    if found.usual is None or found.remaining is None or found.done is None:
        return (
            "Items are counted, and not points: too few have any, "
            f"{found.estimated} of the last {found.finished} that its team finished."
        )
    total = found.done + found.remaining
    said = (
        f"It is forecast by points: {found.remaining:g} of {total:g} are left, and an item without "
        f"any counts as {found.usual:g}, as usual in its team."
    )
    if found.untold:
        return f"{said} No changes of estimates are known in {', '.join(found.untold)}."
    if found.reestimated is None:
        return f"{said} What estimating anew adds is not known yet."
    if abs(found.reestimated) < WORTH_SAYING:
        return f"{said} Estimating anew adds next to nothing."
    verb = "adds" if found.reestimated > 0 else "takes"
    share = percent(abs(found.reestimated))
    return f"{said} Estimating anew usually {verb} {share} of what is kept."


def _weeks(milestone: MilestoneView, streams: Sequence[StreamView]) -> str:
    """Say how long what is open would take by its team's pace alone."""
    remaining = milestone.scope.remaining
    paces = [stream.pace for stream in streams if stream.pace]
    if not remaining or not paces:
        return ""
    open_ones = "the open one is" if remaining == 1 else f"the {remaining} open ones are"
    weeks = f"{remaining / paces[0]:.1f}"
    return f"; {open_ones} {weeks} week{'' if weeks == '1.0' else 's'} of its team's usual pace"


def _approved(versions: Sequence[BaselineVersion]) -> str:
    """Say which version its baseline is, and who approved that."""
    last, first = versions[-1], versions[0]
    who, why, where = (
        short(plain(text or "")) for text in (last.approver, last.reason, last.reference)
    )
    original = f"; originally {first.finish}" if first.finish and first is not last else ""
    return (
        f"Its baseline is version {last.version}, approved by {who} on {last.recorded_on} "
        f"({where}): {why}{original}."
    )


def _slack(number: int) -> str:
    return f"{say_days(number)} {'of slack' if number >= 0 else 'short'}"
