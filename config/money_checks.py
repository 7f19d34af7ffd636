"""What is wrong with budgets that takes more than one part of the file to see."""

from collections.abc import Iterator

from .nearest import did_you_mean
from .problems import Fault
from .tree import Mapping, Place, to_plain


def check_money(root: Place) -> Iterator[Fault]:
    """Find rates that are there twice, and hours that nobody reads or that go to nobody."""
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
    strangers = list(_strangers(worklogs, projects))
    yield from strangers
    sources = {
        scope.text("source") or "" for project in projects for scope in project.items("scope")
    }
    if not strangers and not any(_reads_worklogs(root, name) for name in sources):
        named = ", ".join(f"`{name}`" for name in sorted(filter(None, sources)))
        where = f"add `worklogs: true` to {named}" if named else "its projects have no `scope`"
        yield worklogs.fault(f"no source of its scope reads worklogs: {where}")


def _strangers(worklogs: Place, projects: list[Place]) -> Iterator[Fault]:
    known = frozenset(filter(None, (project.text("id") for project in projects)))
    rates = worklogs.child("projects")
    if rates is None or not isinstance(rates.node, Mapping):
        return
    for name in rates.node.entries:
        place = rates.child(name)
        if place is not None and name not in known:
            hint = did_you_mean(name, known) or f"; known are {', '.join(sorted(known))}"
            yield place.fault(f"unknown project `{name}`{hint}")


def _reads_worklogs(root: Place, source: str) -> bool:
    written = _below(root, "sources", source, "worklogs")
    return written is not None and to_plain(written.node) is True


def _below(place: Place, *keys: str) -> Place | None:
    found: Place | None = place
    for key in keys:
        found = found.child(key) if found is not None else None
    return found
