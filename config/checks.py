"""What takes more than one part of the tree to judge: unique ids and references.

It works on the file as written, so that it finds what it can even where other parts are wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .money_checks import check_money
from .nearest import did_you_mean, nearest
from .notifications import BRING_NO_DOCUMENTS
from .oversight_checks import REGISTERS, Program, check_oversight
from .problems import Fault
from .programs import PREDECESSOR
from .references import program_reference, resolve_reference
from .tree import Mapping, Place, to_plain


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that can be referred to."""

    sources: frozenset[str]
    objectives: frozenset[str]
    criteria: frozenset[str]
    calendars: frozenset[str]
    milestones: frozenset[str]
    """Full ids of the listed ones."""
    projects: dict[str, bool] = field(default_factory=dict[str, bool])
    """By ``program/project``, whether it discovers further milestones when it runs."""
    complete: bool = True
    """Every program, project and milestone has an id; if not, one of them may be meant."""


@dataclass(frozen=True, slots=True)
class _Here:
    """The project in which a reference stands."""

    program: str
    project: str


def check_references(root: Place) -> Iterator[Fault]:
    """Find duplicate ids, references to what does not exist, and senseless dependencies."""
    known = _survey(root)
    yield from _duplicates(root, "programs", "program")
    yield from _duplicates(root, "objectives", "objective")
    for program in root.items("programs"):
        yield from _check_reports(program, root, known)
        yield from _check_oversight(program, known)
        yield from _check_benefits(program, known)
        yield from _check_reported(program, known)
        yield from _duplicates(program, "projects", "project of this program")
        for project in program.items("projects"):
            yield from _duplicates(project, "milestones", "milestone of this project")
            here = _Here(program.text("id") or "", project.text("id") or "")
            yield from _check_project(project, here, known)
            yield from _check_reported(project, known)
    yield from _check_teams(root)
    yield from check_money(root)
    yield from _check_people(root, known)
    notifications = root.child("notifications")
    if notifications is not None:
        yield from _check_routes(notifications, root, known)


def _check_teams(root: Place) -> Iterator[Fault]:
    """Find projects that share a team and are forecast by different things."""
    first: dict[str, tuple[str, str]] = {}
    for program in root.items("programs"):
        for project in program.items("projects"):
            team, place = project.text("stream"), project.child("stream")
            if team is None or place is None:
                continue
            by = project.text("forecast_by") or "items"
            name, other = first.setdefault(team, (project.text("id") or "", by))
            if by != other:
                yield (project.child("forecast_by") or place).fault(
                    f"`{name}` is of the same team and is forecast by {other}: write the same here"
                )


def _check_oversight(program: Place, known: _Known) -> Iterator[Fault]:
    for register, kind in {**REGISTERS, "gates": "gate"}.items():
        yield from _duplicates(program, register, f"{kind} of this program")
    yield from check_oversight(
        Program(
            id=program.text("id") or "",
            place=program,
            sources=known.sources,
            milestones=known.milestones,
            projects=known.projects,
            complete=known.complete,
        )
    )


def _check_routes(notifications: Place, root: Place, known: _Known) -> Iterator[Fault]:
    channels = _names(notifications, "channels")
    programs = frozenset(filter(None, (one.text("id") for one in root.items("programs"))))
    for route in notifications.items("routes"):
        yield from _check_names(route, "to", "channel", channels)
        yield from _check_names(route, "programs", "program", programs)
        quiet = route.child("quiet")
        if quiet is not None:
            yield from _check_name(quiet, "calendar", "calendar", known.calendars)
    mails = frozenset(
        name for name, channel in _children(notifications, "channels") if channel.child("smtp")
    )
    people = list(_children(notifications, "people"))
    for route in notifications.items("routes") if not people else ():
        for step in route.items("escalate"):
            yield step.fault("nobody can be told: add `people` and how they are reached")
    for _, person in people:
        yield from _check_name(person, "channel", "channel", channels)
        yield from _check_name(person, "through", "channel for mail", mails)
    acknowledge = notifications.child("acknowledge")
    if acknowledge is not None and root.text("external_url") is None:
        yield acknowledge.fault("links need an address that people can reach: add `external_url`")


def _check_benefits(program: Place, known: _Known) -> Iterator[Fault]:
    yield from _check_names(program, "objectives", "objective", known.objectives)
    yield from _duplicates(program, "benefits", "benefit of this program")
    for benefit in program.items("benefits"):
        yield from _check_name(benefit, "objective", "objective", known.objectives)
        for enabler in benefit.items("enabled_by"):
            yield from _check_milestone(enabler, program.text("id") or "", known)


def _check_milestone(parent: Place, program: str, known: _Known) -> Iterator[Fault]:
    """Check a reference that stands in a program, outside its projects."""
    reference, place = parent.text("milestone"), parent.child("milestone")
    if reference is None or place is None:
        return
    try:
        target = program_reference(reference, program)
    except ValueError as error:
        yield place.fault(str(error))
    else:
        yield from _check_target(place, target, _Here(program, ""), known)


def _check_reported(parent: Place, known: _Known) -> Iterator[Fault]:
    reported = parent.child("reported")
    place = reported.child("from") if reported is not None else None
    if place is not None:
        yield from _check_name(place, "source", "source", known.sources)


def _check_people(root: Place, known: _Known) -> Iterator[Fault]:
    yield from _duplicates(root, "people", "person")
    first: dict[tuple[str, str], Place] = {}
    for person in root.items("people"):
        accounts = person.child("accounts")
        yield from _check_keys(accounts, "source", known.sources)
        for source, place in _children(person, "accounts"):
            names = to_plain(place.node)
            for name in [names] if isinstance(names, str) else names or ():
                holder = first.setdefault((source, str(name)), person)
                if holder is not person:
                    yield place.fault(
                        f"the account `{name}` is already that of the person in line "
                        f"{holder.node.mark.line}: an account belongs to one person"
                    )
    people = frozenset(filter(None, (one.text("id") for one in root.items("people"))))
    for allocation in root.items("allocations"):
        yield from _check_name(allocation, "person", "person", people)
        if known.complete:
            yield from _check_name(allocation, "project", "project", frozenset(known.projects))


def _check_keys(parent: Place | None, what: str, known: frozenset[str]) -> Iterator[Fault]:
    if parent is None or not isinstance(parent.node, Mapping):
        return
    for name in parent.node.entries:
        place = parent.child(name)
        if place is not None:
            yield from _check_known(place, name, what, known)


def _check_reports(program: Place, root: Place, known: _Known) -> Iterator[Fault]:
    notifications = root.child("notifications")
    channels = frozenset[str]() if notifications is None else _names(notifications, "channels")
    yield from _duplicates(program, "reports", "report of this program", key="audience")
    for report in program.items("reports"):
        yield from _check_names(report, "to", "channel", channels)
        yield from _check_name(report, "calendar", "calendar", known.calendars)
        for place in report.items("to"):
            kinds = _kinds(notifications, to_plain(place.node))
            for kind in sorted(kinds & BRING_NO_DOCUMENTS):
                yield place.fault(f"`{kind}` brings no documents: name a channel of another kind")


def _kinds(notifications: Place | None, channel: object) -> frozenset[str]:
    channels = notifications.child("channels") if notifications is not None else None
    if channels is None or not isinstance(channel, str):
        return frozenset()
    return _names(channels, channel)


def _survey(root: Place) -> _Known:
    milestones: set[str] = set()
    projects: dict[str, bool] = {}
    complete = True
    ranking = root.child("prioritisation")
    for program in root.items("programs"):
        for project in program.items("projects"):
            name = f"{program.text('id')}/{project.text('id')}"
            discover = project.child("discover")
            discovers = discover is not None and to_plain(discover.node) not in ([], None)
            projects[name] = projects.get(name, False) or discovers
            listed = list(project.items("milestones"))
            milestones.update(f"{name}/{one.text('id')}" for one in listed)
            complete = complete and all(one.text("id") for one in (program, project, *listed))
    return _Known(
        sources=_names(root, "sources"),
        objectives=frozenset(filter(None, (one.text("id") for one in root.items("objectives")))),
        criteria=_names(ranking, "weights") if ranking is not None else frozenset(),
        calendars=_names(root, "calendars") | {"default"},
        milestones=frozenset(milestones),
        projects=projects,
        complete=complete,
    )


def _names(root: Place, key: str) -> frozenset[str]:
    below = root.child(key)
    if below is not None and isinstance(below.node, Mapping):
        return frozenset(below.node.entries)
    return frozenset()


def _duplicates(parent: Place, entries: str, what: str, *, key: str = "id") -> Iterator[Fault]:
    first: dict[str, int] = {}
    for entry in parent.items(entries):
        name, place = entry.text(key), entry.child(key)
        if name is None or place is None:
            continue
        if name in first:
            yield place.fault(
                f"`{name}` is already the {key} of another {what}, in line {first[name]}: "
                f"give this one an {key} of its own"
            )
        else:
            first[name] = place.node.mark.line


def _check_project(project: Place, here: _Here, known: _Known) -> Iterator[Fault]:
    yield from _check_name(project, "calendar", "calendar", known.calendars)
    yield from _check_names(project, "objectives", "objective", known.objectives)
    scores = project.child("scores")
    for name in sorted(_names(project, "scores")):
        place = scores.child(name) if scores is not None else None
        if place is not None:
            yield from _check_known(place, name, "criterion", known.criteria)
    for selector in project.items("scope"):
        yield from _check_name(selector, "source", "source", known.sources)
    for milestone in project.items("milestones"):
        yield from _check_name(milestone, "calendar", "calendar", known.calendars)
        for selector in milestone.items("from"):
            yield from _check_name(selector, "source", "source", known.sources)
        for dependency in milestone.items("depends_on"):
            calendars = known.calendars | {PREDECESSOR}
            yield from _check_name(dependency, "lag_calendar", "calendar", calendars)
        yield from _check_dependencies(milestone, here, known)


def _check_name(parent: Place, key: str, what: str, known: frozenset[str]) -> Iterator[Fault]:
    place, name = parent.child(key), parent.text(key)
    if place is not None and name is not None:
        yield from _check_known(place, name, what, known)


def _check_names(parent: Place, key: str, what: str, known: frozenset[str]) -> Iterator[Fault]:
    for place in parent.items(key):
        name = to_plain(place.node)
        if isinstance(name, str):
            yield from _check_known(place, name, what, known)


def _check_known(place: Place, name: str, what: str, known: frozenset[str]) -> Iterator[Fault]:
    if name in known:
        return
    listed = ", ".join(f"`{one}`" for one in sorted(known))
    hint = did_you_mean(name, known) or (f"; known are {listed}" if known else "; none is defined")
    yield place.fault(f"unknown {what} `{name}`{hint}")


def _check_dependencies(milestone: Place, here: _Here, known: _Known) -> Iterator[Fault]:
    own = f"{here.program}/{here.project}/{milestone.text('id')}"
    first: dict[tuple[str, str], int] = {}
    for dependency in milestone.items("depends_on"):
        reference, place = dependency.text("milestone"), dependency.child("milestone")
        if reference is None or place is None:
            continue
        try:
            target = resolve_reference(reference, here.program, here.project)
        except ValueError as error:
            yield place.fault(str(error))
            continue
        relation = (target, dependency.text("type") or "fs")
        if target == own:
            yield place.fault("a milestone cannot wait for itself: name another one")
        elif relation in first:
            yield place.fault(
                f"the same dependency stands in line {first[relation]}: remove one of the two"
            )
        else:
            yield from _check_target(place, target, here, known)
        first.setdefault(relation, place.node.mark.line)


def _check_target(place: Place, target: str, here: _Here, known: _Known) -> Iterator[Fault]:
    project, _, name = target.rpartition("/")
    found = target in known.milestones or known.projects.get(project, False)
    if found or not known.complete:
        return
    if project not in known.projects:
        near = did_you_mean(project, known.projects)
        if near:
            yield place.fault(f"unknown project `{project}`{near}")
            return
    meant = _meant(project, name, known)
    hint = (
        f"; did you mean `{_shortest(meant, here)}`?"
        if meant is not None
        else ": list it, or let its project discover it"
    )
    yield place.fault(f"unknown milestone `{target}`{hint}")


def _meant(project: str, name: str, known: _Known) -> str | None:
    """Find a milestone of that name in another project, or of a like name in that one."""
    split = [one.rpartition("/") for one in sorted(known.milestones)]
    for other, _, listed in split:
        if listed == name:
            return f"{other}/{listed}"
    near = nearest(name, [listed for other, _, listed in split if other == project])
    return f"{project}/{near}" if near is not None else None


def _shortest(target: str, here: _Here) -> str:
    """Write a reference as short as it may be where it stands."""
    return target.removeprefix(f"{here.program}/").removeprefix(f"{here.project}/")


def _children(parent: Place, key: str) -> Iterator[tuple[str, Place]]:
    """Go through the mapping under a key; nothing where there is none."""
    below = parent.child(key)
    if below is not None and isinstance(below.node, Mapping):
        for name in below.node.entries:
            child = below.child(name)
            if child is not None:
                yield name, child
