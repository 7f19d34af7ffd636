"""DCMA's 14 points (DCMA-EA PAM 200.1, section 4; DOMAIN.md 1.5).

"Incomplete tasks" are the open milestones of a program, sprints not counted. What the standard
calls a catalyst for discussion is one here, too: bounds are its own, nothing is averaged.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from ..portfolio.model import DependencyType
from .dates import impossible_dates
from .points import Point
from .scheme import Scheme, Step
from .views import Failing, PointView

LONG: Final = 44
"""Working days: two months of work (points 6 and 8)."""
SHARE: Final = 0.05
FINISH_TO_START: Final = 0.90
INDEX: Final = 0.95

LOGIC = Point(standard="dcma", number=1, title="Logic")
LEADS = Point(standard="dcma", number=2, title="Leads")
LAGS = Point(standard="dcma", number=3, title="Lags")
TYPES = Point(standard="dcma", number=4, title="Relationship types")
HARD = Point(standard="dcma", number=5, title="Hard constraints")
HIGH_FLOAT = Point(standard="dcma", number=6, title="High float")
NEGATIVE_FLOAT = Point(standard="dcma", number=7, title="Negative float")
DURATION = Point(standard="dcma", number=8, title="High duration")
DATES = Point(standard="dcma", number=9, title="Invalid dates")
RESOURCES = Point(standard="dcma", number=10, title="Resources")
MISSED = Point(standard="dcma", number=11, title="Missed tasks")
PATH_TEST = Point(standard="dcma", number=12, title="Critical path test")
CPLI = Point(standard="dcma", number=13, title="Critical path length index")
BEI = Point(standard="dcma", number=14, title="Baseline execution index")

_NOTHING = "no open milestone"
_UNDECLARED = "links of trackers have neither types nor lags, and no other ones are declared"


def dcma(scheme: Scheme) -> Iterator[PointView]:
    """Judge the fourteen points."""
    yield _logic(scheme)
    yield from _relationships(scheme)
    yield _hard(scheme)
    yield from _floats(scheme)
    yield _durations(scheme)
    yield _dates(scheme)
    yield _resources(scheme)
    yield _missed(scheme)
    yield _path(scheme)
    yield _length(scheme)
    yield _execution(scheme)


def _logic(scheme: Scheme) -> PointView:
    steps = [step for step in scheme.steps if not step.model.standalone]
    if not steps:
        return LOGIC.not_applicable(_NOTHING)
    failing = [
        Failing(subject=step.id, why=_WHY_LOOSE[scheme.loose[step.id]])
        for step in steps
        if step.id in scheme.loose
    ]
    return LOGIC.share(failing, len(steps), SHARE, "milestones hang in the air")


def _relationships(scheme: Scheme) -> Iterator[PointView]:
    declared = scheme.declared
    found = len(scheme.ties) - len(declared)
    partial = f"; {found} found in trackers are partial, and counted apart" if found else ""
    if not declared:
        for point in (LEADS, LAGS, TYPES):
            yield point.not_applicable(_UNDECLARED + (partial if point is TYPES else ""))
        return
    names = {tie: f"{tie.upstream} -> {tie.downstream}" for tie in declared}
    lags = [(names[tie], tie.lag) for tie in declared if tie.lag.amount]
    leads = [Failing(subject=name, why=str(lag)) for name, lag in lags if lag.amount < 0]
    waits = [Failing(subject=name, why=str(lag)) for name, lag in lags if lag.amount > 0]
    others = [
        Failing(subject=names[tie], why=tie.type.value)
        for tie in declared
        if tie.type is not DependencyType.FS
    ]
    of = "declared dependencies"
    yield LEADS.none(leads, len(declared), f"{of} have a lead")
    yield LAGS.share(waits, len(declared), SHARE, f"{of} have a lag")
    types = TYPES.share(
        others, len(declared), round(1 - FINISH_TO_START, 2), f"{of} are not finish-to-start"
    )
    yield msgspec.structs.replace(types, says=types.says + partial)


def _hard(scheme: Scheme) -> PointView:
    if not scheme.steps:
        return HARD.not_applicable(_NOTHING)
    failing = [
        Failing(subject=step.id, why=f"must {what} on {day}")
        for step in scheme.steps
        for what, day in (
            ("start", step.model.must_start_on),
            ("finish", step.model.must_finish_on),
        )
        if day is not None
    ]
    found = HARD.share(failing, len(scheme.steps), SHARE, "milestones have a hard constraint")
    dated = sum(
        scheme.loose.get(step.id) == "no logic" and step.model.plan is not None
        for step in scheme.steps
    )
    says = f"; {dated} have a date and no logic, which holds them as hard" if dated else ""
    return msgspec.structs.replace(found, says=found.says + says)


def _floats(scheme: Scheme) -> Iterator[PointView]:
    known = [(step, step.spare) for step in scheme.steps]
    floats = [(step, spare) for step, spare in known if spare is not None]
    if not floats:
        why = "no open milestone has dates" if scheme.steps else _NOTHING
        for point in (HIGH_FLOAT, NEGATIVE_FLOAT):
            yield point.unknown(why) if scheme.steps else point.not_applicable(why)
        return
    high = [Failing(subject=s.id, why=f"{f} working days") for s, f in floats if f > LONG]
    below = [
        Failing(subject=step.id, why=f"{spare} working days")
        for step in scheme.steps
        for spare in [step.commitment_float]
        if spare is not None and spare < 0
    ]
    of = f"milestones have more than {LONG} working days of float"
    yield HIGH_FLOAT.share(high, len(floats), SHARE, of)
    yield NEGATIVE_FLOAT.none(below, len(floats), "milestones are too late for a commitment")


def _durations(scheme: Scheme) -> PointView:
    days = [(step, step.duration) for step in scheme.steps]
    known = [(step, duration) for step, duration in days if duration is not None]
    if not known:
        if not scheme.steps:
            return DURATION.not_applicable(_NOTHING)
        return DURATION.unknown("no open milestone has dates")
    long = [
        Failing(subject=step.id, why=f"{duration} working days")
        for step, duration in known
        if duration > LONG
    ]
    return DURATION.share(long, len(known), SHARE, f"milestones take more than {LONG} working days")


def _dates(scheme: Scheme) -> PointView:
    counted = len(scheme.all) + sum(project.upkeep.remaining for project in scheme.projects)
    if not counted:
        return DATES.not_applicable("nothing has a date")
    failing = [
        Failing(subject=step.id, why=why) for step in scheme.all for why in _wrong(scheme, step)
    ]
    failing += [
        Failing(subject=found.item, why=found.what)
        for project in scheme.projects
        for found in project.upkeep.impossible
    ]
    return DATES.none(failing, counted, "milestones and open items have dates that cannot be")


def _wrong(scheme: Scheme, step: Step) -> Iterator[str]:
    model = step.model
    yield from (found.what for found in impossible_dates(model, scheme.as_of))
    over = model.closed or model.actual is not None
    due = model.plan or model.promise
    if not over and due is not None and due < scheme.as_of:
        yield f"is open, and was planned for {due}"
    if over and model.tracked and model.open_items:
        yield "is closed with open items"


def _resources(scheme: Scheme) -> PointView:
    """Look for work that nobody does: in work, wanted within two weeks, or without a team."""
    upkeeps = [project.upkeep for project in scheme.projects]
    begun = [item for upkeep in upkeeps for item in upkeep.begun]
    coming = sum(upkeep.coming for upkeep in upkeeps)
    tracked = [step for step in scheme.steps if step.model.scope.remaining]
    counted = len(begun) + coming + len(tracked)
    if not counted:
        return RESOURCES.not_applicable("nothing is in work, or wanted within two weeks")
    failing = [Failing(subject=item.item, why="in work") for item in begun if item.assignee is None]
    number = len(failing)
    for upkeep in upkeeps:
        number += upkeep.unassigned.count
        failing += [Failing(subject=one, why="wanted soon") for one in upkeep.unassigned.shown]
    teamless = [
        Failing(subject=step.id, why="no team that ever finished an item")
        for step in tracked
        if step.teamless
    ]
    return RESOURCES.measured(
        [*failing, *teamless],
        counted,
        "items in work or wanted within two weeks, and milestones, have nobody to do them",
        number=number + len(teamless),
    )


def _path(scheme: Scheme) -> PointView:
    committed = list(scheme.committed)
    if not committed:
        return PATH_TEST.not_applicable("no open commitment")
    tested = [step for step in committed if step.path_test is not None]
    if not tested:
        return PATH_TEST.unknown("no open commitment has dates", counted=len(committed))
    failing = [
        Failing(subject=step.id, why="a slip of 600 working days does not arrive in full")
        for step in tested
        if step.path_test is False
    ]
    return PATH_TEST.none(failing, len(tested), "commitments do not move with what drives them")


def _missed(scheme: Scheme) -> PointView:
    done = scheme.execution
    if not done.due:
        return MISSED.unknown(_NO_TASKS) if not done.tasks else MISSED.not_applicable(_NONE_DUE)
    failing = [Failing(subject=task) for task in done.missed_tasks]
    of = "tasks that are due by their baselines were done too late, or are open"
    return MISSED.share(failing, done.due, SHARE, of, number=done.missed)


def _length(scheme: Scheme) -> PointView:
    committed = list(scheme.committed)
    if not committed:
        return CPLI.not_applicable("no open commitment")
    known = [(step, step.cpli) for step in committed if step.cpli is not None]
    if not known:
        return CPLI.unknown("no open commitment has dates", counted=len(committed))
    failing = [
        Failing(subject=step.id, why=f"{index:.3f}") for step, index in known if index < INDEX
    ]
    least = min(index for _, index in known)
    return CPLI.index(failing, len(known), least, INDEX, "the least index of a commitment")


def _execution(scheme: Scheme) -> PointView:
    done = scheme.execution
    if done.bei is None:
        return BEI.unknown(_NO_TASKS) if not done.tasks else BEI.not_applicable(_NONE_DUE)
    short = done.bei < INDEX
    failing = [Failing(subject=task) for task in done.missed_tasks] if short else []
    of = "the number of tasks done, for each that is due by its baseline,"
    return BEI.index(failing, done.due, done.bei, INDEX, of)


_NO_TASKS = "no baseline holds a task"
_NONE_DUE = "no task is due by its baseline"
_WHY_LOOSE = {
    "no logic": "it waits for nothing and nothing waits for it",
    "no commitment": "no commitment waits for it",
}
