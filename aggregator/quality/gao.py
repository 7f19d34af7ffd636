"""GAO's ten best practices for schedules (GAO-16-89G; DOMAIN.md 1.6), as trackers show them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from .points import Point
from .scheme import Scheme
from .views import Failing, PointView, Result

CAPTURED: Final = 0.10
"""At most so much of the work in progress may be in no milestone (DQ-009)."""
NOBODYS: Final = 0.10
"""At most so much of it may be assigned to nobody (DQ-004)."""

CAPTURE = Point(standard="gao", number=1, title="Capture all activities")
SEQUENCE = Point(standard="gao", number=2, title="Sequence all activities")
ASSIGN = Point(standard="gao", number=3, title="Assign resources")
DURATIONS = Point(standard="gao", number=4, title="Establish durations")
TRACE = Point(standard="gao", number=5, title="Trace horizontally and vertically")
PATH = Point(standard="gao", number=6, title="A valid critical path")
FLOAT = Point(standard="gao", number=7, title="Reasonable total float")
RISK = Point(standard="gao", number=8, title="Analyse schedule risk")
UPDATE = Point(standard="gao", number=9, title="Update with actual progress")
BASELINE = Point(standard="gao", number=10, title="Maintain a baseline")

_NOTHING = "no open milestone"


def gao(scheme: Scheme, points: Sequence[PointView]) -> Iterator[PointView]:
    """Judge the ten practices; ``points`` are DCMA's, which some of them rest on."""
    by_number = {point.number: point for point in points}
    yield _capture(scheme)
    yield _resting(SEQUENCE, by_number, (1, 2, 3, 4, 5))
    yield _assign(scheme)
    yield _durations(scheme, by_number[8])
    yield _trace(scheme)
    yield _resting(PATH, by_number, (12,))
    yield _resting(FLOAT, by_number, (6, 7))
    yield _risk(scheme)
    yield _update(scheme)
    yield _baseline(scheme)


def _capture(scheme: Scheme) -> PointView:
    begun = sum(len(project.upkeep.begun) for project in scheme.projects)
    if not begun:
        return CAPTURE.not_applicable("nothing is in work")
    failing = [
        Failing(subject=item.item)
        for project in scheme.projects
        for item in project.upkeep.begun
        if not item.milestones
    ]
    return CAPTURE.share(failing, begun, CAPTURED, "items in work are in no milestone")


def _assign(scheme: Scheme) -> PointView:
    """Look for work of nobody, and for people and teams with more than they can do."""
    begun = [item for project in scheme.projects for item in project.upkeep.begun]
    over = [Failing(subject=who, why=why) for who, why in scheme.overloaded.items()]
    if not begun and not over:
        return ASSIGN.not_applicable("nothing is in work")
    nobodys = [Failing(subject=item.item) for item in begun if item.assignee is None]
    if not over:
        return ASSIGN.share(nobodys, len(begun), NOBODYS, "items in work are assigned to nobody")
    says = f"{len(over)} people or teams are asked for more than can be done"
    if begun:
        says += f"; {len(nobodys)} of {len(begun)} items in work are assigned to nobody"
    return ASSIGN.rests("failed", says, len(begun) + len(over), [*over, *nobodys])


def _durations(scheme: Scheme, long: PointView) -> PointView:
    """Look for milestones of no known duration, and rest on how many are too long (DCMA 8)."""
    if not scheme.steps:
        return DURATIONS.not_applicable(_NOTHING)
    failing = [
        Failing(subject=step.id, why="nobody knows how long it takes")
        for step in scheme.steps
        if not step.foreseen
    ]
    found = DURATIONS.none(failing, len(scheme.steps), "milestones have no duration")
    if long.result != "failed":
        return found
    says = f"{found.says}; DCMA 8 failed"
    return DURATIONS.rests("failed", says, len(scheme.steps), [*failing, *long.failing])


def _trace(scheme: Scheme) -> PointView:
    """Look for ends that lead nowhere.

    Horizontally: of dependencies, and of links between items. Vertically: from an item in work to
    a milestone, and from a project to an objective.
    """
    ties = [tie for tie in scheme.ties if tie.declared or not tie.broken]
    links = [link for project in scheme.projects for link in project.upkeep.broken]
    working = [project for project in scheme.projects if project.upkeep.begun]
    counted = len(ties) + len(links) + len(working) + scheme.aimed
    if not counted:
        return TRACE.not_applicable("nothing waits for anything, or is in work")
    failing = [
        Failing(subject=f"{tie.upstream} -> {tie.downstream}", why="it leads nowhere")
        for tie in ties
        if tie.broken
    ]
    failing += [
        Failing(subject=link.item, why=f"waits for {link.upstream}, {link.why}") for link in links
    ]
    for project in working:
        lost = sum(not item.milestones for item in project.upkeep.begun)
        if lost > CAPTURED * len(project.upkeep.begun):
            why = f"{lost} of its {len(project.upkeep.begun)} items in work are in no milestone"
            failing.append(Failing(subject=project.id, why=why))
    failing += [Failing(subject=one, why="it serves no objective") for one in scheme.aimless]
    return TRACE.none(failing, counted, "dependencies and projects lead nowhere")


def _risk(scheme: Scheme) -> PointView:
    committed = list(scheme.committed)
    if not committed:
        return RISK.not_applicable("no open commitment")
    failing = [
        Failing(subject=step.id, why="there is no probability that it is kept")
        for step in committed
        if step.p_on_time is None
    ]
    return RISK.none(failing, len(committed), "commitments have no probability")


def _update(scheme: Scheme) -> PointView:
    """Look for sources that are not read, days gone by, and work out of sequence."""
    failing = [
        Failing(subject=f"source:{name}", why=f"is {status}")
        for name, status in scheme.sources.items()
        if status != "ok"
    ]
    for step in scheme.steps:
        due = step.model.plan or step.model.promise
        if due is not None and due < scheme.as_of:
            failing.append(Failing(subject=step.id, why=f"is open, and was planned for {due}"))
    failing += [
        Failing(subject=f"{tie.upstream} -> {tie.downstream}", why="was begun out of sequence")
        for tie in scheme.ties
        if (tie.upstream, tie.downstream) in scheme.violated
    ]
    counted = len(scheme.sources) + len(scheme.steps) + len(scheme.ties)
    if not counted:
        return UPDATE.not_applicable(_NOTHING)
    of = "sources, milestones and dependencies are not up to date"
    return UPDATE.none(failing, counted, of)


def _baseline(scheme: Scheme) -> PointView:
    if not scheme.steps:
        return BASELINE.not_applicable(_NOTHING)
    failing = [
        Failing(subject=step.id, why="it has no baseline")
        for step in scheme.steps
        if step.model.baseline.finish is None
    ]
    return BASELINE.none(failing, len(scheme.steps), "milestones have no baseline")


def _resting(point: Point, by_number: Mapping[int, PointView], numbers: Sequence[int]) -> PointView:
    """Judge a practice by the points of DCMA that evidence it: all that apply must pass."""
    found = [by_number[number] for number in numbers if number in by_number]
    told = [each for each in found if each.result in ("passed", "failed")]
    failed = [each for each in told if each.result == "failed"]
    names = ", ".join(str(each.number) for each in failed or told)
    if not told:
        unknown = any(each.result == "unknown" for each in found)
        says = f"DCMA {', '.join(map(str, numbers))} cannot be told"
        return point.unknown(says) if unknown else point.not_applicable(says)
    result: Result = "failed" if failed else "passed"
    failing = [one for each in failed for one in each.failing]
    return point.rests(result, f"DCMA {names} {result}", len(told), failing)
