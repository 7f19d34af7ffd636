"""What only people can settle: what a report asks its readers to decide."""

from collections.abc import Iterator, Sequence

from slipwatch.aggregator.assessment import Assessment, MilestoneView, ProgramView

from ..notifications.describing import MOST_NAMES, Describer, clean
from ..path import root_cause
from ..terminal.oversight import by_exposure
from ..wording import say_amount, say_days
from .model import EndingWaiver

LONGEST_NAME = 80
GRAVE = ("high", "critical")


def decisions_of(
    assessment: Assessment,
    program: ProgramView,
    own: Sequence[MilestoneView],
    ending: Sequence[EndingWaiver],
) -> Iterator[str]:
    """Say what only people can settle."""
    describer = Describer(assessment, {})
    by_cause: dict[str, list[MilestoneView]] = {}
    for view in own:
        if view.status == "red" and view.dates.actual is None and view.dates.commitment is not None:
            worst = root_cause(view)
            by_cause.setdefault(view.id if worst is None else worst.milestone, []).append(view)
    for cause, views in by_cause.items():
        yield _choice(describer, cause, views)
    yield from _asked(program)
    for cycle in assessment.cycles:
        mine = [member for member in cycle.members if assessment.milestone(member) in own]
        if mine and cycle.kind == "deadlock":
            names = ", ".join(describer.name(member) for member in cycle.members[:3])
            yield f"{names} wait for one another: which of these dependencies goes?"
    missing = {name for view in own for name in view.forecast.missing_inputs}
    for name in sorted(missing):
        yield f"{describer.name(name)}: how long does it take? Without that nothing is forecast."
    for waiver in ending:
        subject = clean(waiver.subject, LONGEST_NAME)
        yield (
            f"{waiver.rule} for {subject} is accepted until {waiver.expires} only: "
            "accept it again, or mend it?"
        )


def _asked(program: ProgramView) -> Iterator[str]:
    """Ask for the decisions that wait, the gates whose day has come, and owners of grave risks."""
    register = program.register
    for entry in register.decisions if register is not None else ():
        if entry.open:
            who = f" ({clean(entry.owner, 40)})" if entry.owner else ""
            age = f": open for {say_days(entry.age)}" if entry.age else ""
            yield f"{clean(entry.title, LONGEST_NAME)}{who}{age}."
    for gate in program.gates:
        if gate.state == "pending" and gate.waiting:
            unmet = [clean(one.title, 40) for one in gate.criteria if one.met is not True]
            still = f"; not met: {_listed(unmet)}" if unmet else ""
            title = clean(gate.title, LONGEST_NAME)
            yield f"The gate {title}: asked {say_days(gate.waiting)} ago{still}."
    risks = by_exposure(register.risks) if register is not None else ()
    unowned = [
        f"{clean(risk.title, LONGEST_NAME)} ({say_amount(risk.exposure or 0.0)})"
        for risk in risks
        if risk.open and risk.band in GRAVE and risk.owner is None and risk.response != "accept"
    ]
    if unowned:
        yield f"Who owns {_listed(unowned)}?"


def _choice(describer: Describer, cause: str, views: Sequence[MilestoneView]) -> str:
    """Say between what there is to choose for commitments that are not kept, of one cause."""
    names = _listed([describer.name(view.id) for view in views])
    ways = ["cut scope"]
    own = len(views) == 1 and views[0].id == cause
    if not own:
        costs = (root_cause(view) for view in views)
        most = max(one.but_for for one in costs if one is not None)
        ways.insert(0, f"mend {describer.name(cause)}, worth {say_days(most)}")
    days = [str(view.forecast.p85) for view in views if view.forecast.p85 is not None]
    one = len(views) == 1
    holds = f" to {_listed(days)}, which hold{'s' if one else ''} in 85 of 100 cases"
    move = f"move {'the date' if one else 'dates'}{holds if days else ''}"
    return f"{names}: {', '.join(ways)}, or {move}?"


def _listed(names: Sequence[str]) -> str:
    """Name a few, and count the others."""
    shown = list(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown.append(f"{len(names) - MOST_NAMES} more")
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
