"""What the parts of the file that are about more than dates ask of the trackers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from slipwatch.config.references import resolve_in_program
from slipwatch.config.selectors import Selector

from ..people.names import Names
from ..records import ALWAYS, Category, Item, Outcome, PullRequest, Review
from .facts import Facts, Ref
from .select import Index


class Lookup:
    """Facts as of a day, by what registers, gates and controls want to know of them."""

    def __init__(
        self,
        facts: Facts,
        index: Index,
        *,
        as_of: date,
        zone: ZoneInfo,
        scopes: Mapping[str, Iterable[Ref]],
        members: Mapping[str, Iterable[Ref]],
        names: Names,
    ) -> None:
        """Take the items of each program's scope, and those of each milestone, by id."""
        self.as_of = as_of
        self.milestones = tuple(members)
        self._facts = facts
        self._index = index
        self._zone = zone
        self._scopes = scopes
        self._members = members
        self._names = names

    def past(self, day: date | None) -> date | None:
        """Give a day that has come; None for one that is yet to come."""
        return day if day is not None and day <= self.as_of else None

    def day(self, at: datetime | None) -> date | None:
        """Give the day of a moment in the program's time zone; None for what was always there."""
        return None if at is None or at <= ALWAYS else at.astimezone(self._zone).date()

    def ended(self, item: Item) -> date | None:
        """Give the day an item was done or dropped; the last edit counts where none is told."""
        if item.category is not Category.DONE:
            return None
        return self.past(self.day(item.done_at)) or self.past(self.day(item.updated_at))

    def items(self, selector: Selector) -> list[Ref]:
        """List the items that a selector means and that are still there, in order of their keys."""
        found = [ref for ref in self._index.items(selector) if not self._index.has_left(ref)]
        return sorted(found, key=lambda ref: (ref[0], self.item(ref).key))

    def item(self, ref: Ref) -> Item:
        """Give an item."""
        return self._facts.items[ref]

    def find(self, key: str, source: str | None) -> Ref | None:
        """Find the item of a key, in a source or in the one that has it."""
        found = self._index.find(key, near=source or "")
        return found if found is None or source in (None, found[0]) else None

    def pull_request(self, ref: Ref) -> PullRequest | None:
        """Give who stands behind a pull request; None of one whose reviews are not read."""
        return self._facts.pull_requests.get((ref[0], self.item(ref).key))

    def reviews(self, ref: Ref) -> Sequence[Review]:
        """List the reviews of a pull request, whenever they were given."""
        return self._facts.reviews.get((ref[0], self.item(ref).key), ())

    def called(self, ref: Ref, account: str) -> str:
        """Call whoever an item names by an account of its tracker."""
        return self._names.of_account(ref[0], account)

    def meant_by(self, *written: str) -> frozenset[str]:
        """Give all that those may be called whom the file names."""
        return frozenset(name for one in written for name in self._names.meant_by(one))

    def labelled(self, program: str, *labels: str) -> list[Ref]:
        """List the items of a program's scope that carry all of some labels."""
        first, *rest = (label.casefold() for label in labels)
        found = self._labels.get((program, first), ())
        return [
            ref for ref in found if {label.casefold() for label in self.item(ref).labels} >= {*rest}
        ]

    def milestones_of(self, ref: Ref) -> set[str]:
        """Name the milestones that an item belongs to, or one that it is linked with."""
        around = {ref, *self._linked.get(ref, ())}
        return {milestone for each in around for milestone in self._homes.get(each, ())}

    def linked(self, ref: Ref) -> set[Ref]:
        """List the items that an item is linked with, in any way."""
        return self._linked.get(ref, set())

    def resolve(self, program: str, references: Iterable[str]) -> tuple[str, ...]:
        """Give the ids of the milestones that references mean; what there is not is left out."""
        found: list[str] = []
        for reference in references:
            try:
                found.append(resolve_in_program(reference, program, self.milestones))
            except ValueError:
                continue
        return tuple(dict.fromkeys(found))

    def workers(self, milestone: str) -> set[str]:
        """Name who did the finished items of a milestone."""
        return self.assignees(self._members.get(milestone, ()))

    def assignees(self, refs: Iterable[Ref]) -> set[str]:
        """Name who has or had the completed ones of some items."""
        items = (self.item(ref) for ref in refs)
        return {
            item.assignee
            for item in items
            if item.outcome is Outcome.COMPLETED and item.assignee is not None
        }

    @cached_property
    def _homes(self) -> Mapping[Ref, set[str]]:
        homes: dict[Ref, set[str]] = defaultdict(set)
        for milestone, refs in self._members.items():
            for ref in refs:
                homes[ref].add(milestone)
        return homes

    @cached_property
    def _linked(self) -> Mapping[Ref, set[Ref]]:
        linked: dict[Ref, set[Ref]] = defaultdict(set)
        for seen in self._facts.links:
            ends = (seen.link.upstream, seen.link.downstream)
            one, other = (self._index.find(key, near=seen.source) for key in ends)
            if one is not None and other is not None:
                linked[one].add(other)
                linked[other].add(one)
        return linked

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str], list[Ref]]:
        found: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        for program, refs in self._scopes.items():
            for ref in sorted(set(refs)):
                if not self._index.has_left(ref):
                    for label in self.item(ref).labels:
                        found[program, label.casefold()].append(ref)
        return found
