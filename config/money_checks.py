"""What is wrong with budgets that takes more than one part of the file to see."""

from collections.abc import Iterable, Iterator

from .nearest import did_you_mean
from .problems import Fault
from .tree import Mapping, Place, to_plain


def check_money(root: Place) -> Iterator[Fault]:
    """Find rates that are there twice, and hours that nobody reads, or at a rate of nobody."""
    yield from _check_rates(root)
    for program in root.items("programs"):
        projects = list(program.items("projects"))
        yield from _check_worklogs(root, program, projects)
        for project in projects:
            yield from _check_worklogs(root, project, [project])


def _check_rates(root: Place) -> Iterator[Fault]:
    first: dict[tuple[object, frozenset[object]], int] = {}
    for rate in root.items("rates"):
        pair = frozenset((rate.text("from"), rate.text("to")))
        day = rate.child("date")
        if day is None or None in pair:
            continue
        key = (to_plain(day.node), pair)
        if key in first:
            yield rate.fault(
                f"these two have a rate of that day already, in line {first[key]}: keep one of them"
            )
        first.setdefault(key, rate.node.mark.line)


def _check_worklogs(root: Place, holder: Place, projects: list[Place]) -> Iterator[Fault]:
    worklogs = _below(holder, "budget", "actuals", "worklogs")
    if worklogs is None:
        return
    strangers = [
        *_strangers(worklogs, "projects", "project", _texts(projects, "id")),
        *_strangers(worklogs, "streams", "stream", _texts(projects, "stream")),
        *_lone_roles(root, worklogs),
    ]
    yield from strangers
    sources = {
        scope.text("source") or "" for project in projects for scope in project.items("scope")
    }
    if not strangers and not any(_reads_worklogs(root, name) for name in sources):
        named = ", ".join(f"`{name}`" for name in sorted(filter(None, sources)))
        where = f"add `worklogs: true` to {named}" if named else "its projects have no `scope`"
        yield worklogs.fault(f"no source of its scope reads worklogs: {where}")


def _texts(places: Iterable[Place], key: str) -> frozenset[str]:
    return frozenset(filter(None, (place.text(key) for place in places)))


def _strangers(worklogs: Place, key: str, what: str, known: frozenset[str]) -> Iterator[Fault]:
    for name, place in _rates(worklogs, key):
        if name not in known:
            others = f"known are {', '.join(sorted(known))}" if known else "there is none"
            hint = did_you_mean(name, known) or f"; {others}"
            yield place.fault(f"unknown {what} `{name}`{hint}")


def _lone_roles(root: Place, worklogs: Place) -> Iterator[Fault]:
    """Find roles of nobody, and of one person alone, whose hours would be known by them."""
    people = list(root.items("people"))
    yield from _strangers(worklogs, "roles", "role", _texts(people, "role"))
    for name, place in _rates(worklogs, "roles"):
        having = [person.text("id") for person in people if person.text("role") == name]
        if len(having) == 1:
            yield place.fault(
                f"only `{having[0]}` has the role `{name}`, and hours are of nobody: price roles "
                "that two people have at least, or by `projects`"
            )


def _rates(worklogs: Place, key: str) -> Iterator[tuple[str, Place]]:
    rates = worklogs.child(key)
    if rates is not None and isinstance(rates.node, Mapping):
        for name in rates.node.entries:
            place = rates.child(name)
            if place is not None:
                yield name, place


def _reads_worklogs(root: Place, source: str) -> bool:
    written = _below(root, "sources", source, "worklogs")
    return written is not None and to_plain(written.node) is True


def _below(place: Place, *keys: str) -> Place | None:
    found: Place | None = place
    for key in keys:
        found = found.child(key) if found is not None else None
    return found
