"""From the file and the items to people, by one name each."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from msgspec import structs

from slipwatch.config.settings import SlipwatchSettings

from ..people.model import FULL, Allocation, Person
from ..people.names import Names
from ..records import Category, Item, Outcome
from .facts import Facts, Ref
from .model import Observation
from .select import is_work

Doing = dict[str, Counter[str]]
"""Items in work by person and project."""


def count_doing(
    doing: Doing, project: str, refs: Collection[Ref], items: Mapping[Ref, Item], names: Names
) -> None:
    """Add a project's items that somebody has in work."""
    for ref in refs:
        item = items[ref]
        in_work = item.category is Category.DOING and item.outcome is not Outcome.DROPPED
        if in_work and item.assignee is not None and is_work(item):
            person = names.identify(ref[0], item.assignee)
            doing.setdefault(person, Counter())[project] += 1


def read_people(settings: SlipwatchSettings, doing: Doing, names: Names) -> tuple[Person, ...]:
    """List everybody with allocations or with items in work, by what they are called."""
    allocations: dict[str, list[Allocation]] = defaultdict(list)
    for one in settings.allocations:
        allocations[one.person].append(
            Allocation(project=one.project, share=one.share, start=one.from_, end=one.to)
        )
    capacities = {person.id: person.capacity for person in settings.people}
    people = (
        Person(
            id=names.of_person(person),
            capacity=capacities.get(person, FULL),
            allocations=tuple(allocations[person]),
            doing=dict(doing.get(person, {})),
        )
        for person in {*doing, *list(allocations)}
    )
    return tuple(sorted(people, key=lambda person: person.id))


def leads_gone(
    settings: SlipwatchSettings, items: Mapping[Ref, Item]
) -> Mapping[str, tuple[str, ...]]:
    """Name the leads all of whose known accounts are out of use, with the sources that say so.

    A lead is somebody of ``people``, or is called as a tracker does. An account is as it was with
    the item of its owner that changed last: only items tell.
    """
    written = {person.id: person.accounts for person in settings.people}
    leads = {p.lead for program in settings.programs for p in program.projects if p.lead}
    accounts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for lead in leads:
        for source in settings.sources:
            for name in written.get(lead, {source: (lead,)}).get(source, ()):
                accounts[source, name].add(lead)
    last: dict[tuple[str, str], Item] = {}
    for (source, _), item in items.items() if accounts else ():
        if item.assignee_active is None or item.assignee is None:
            continue
        account = source, item.assignee
        if account in accounts and (
            account not in last or item.updated_at > last[account].updated_at
        ):
            last[account] = item
    told: dict[str, dict[str, bool]] = defaultdict(dict)
    for account, item in last.items():
        for lead in accounts[account]:
            active = told[lead].get(account[0], False) or bool(item.assignee_active)
            told[lead][account[0]] = active
    return {lead: tuple(sorted(known)) for lead, known in told.items() if not any(known.values())}


def named(facts: Facts, names: Names) -> Facts:
    """Call everybody in facts by one name: the file's, or a pseudonym."""
    if names.change_nothing:
        return facts
    return replace(
        facts,
        items={
            ref: structs.replace(item, assignee=names.of_account(ref[0], item.assignee))
            if item.assignee is not None
            else item
            for ref, item in facts.items.items()
        },
        milestone_dates={
            ref: _named(seen, ref[0], names) for ref, seen in facts.milestone_dates.items()
        },
        item_dates={ref: _named(seen, ref[0], names) for ref, seen in facts.item_dates.items()},
        pull_requests={
            ref: structs.replace(
                pull,
                author=_called(ref[0], pull.author, names),
                merged_by=_called(ref[0], pull.merged_by, names),
            )
            for ref, pull in facts.pull_requests.items()
        },
        reviews={
            ref: [
                structs.replace(one, reviewer=names.of_account(ref[0], one.reviewer))
                for one in reviews
            ]
            for ref, reviews in facts.reviews.items()
        },
    )


def _called(source: str, account: str | None, names: Names) -> str | None:
    return None if account is None else names.of_account(source, account)


def _named(
    observations: Iterable[Observation], source: str, names: Names
) -> tuple[Observation, ...]:
    return tuple(
        one if one.actor is None else replace(one, actor=names.of_account(source, one.actor))
        for one in observations
    )
