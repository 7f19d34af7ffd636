"""One pull of one repository: milestones, issues that changed, their plans, their history."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from slipwatch.aggregator.records import (
    Batch,
    Change,
    Cursor,
    Item,
    Link,
    Listing,
    MilestoneKind,
)

from ..answers import Answer
from ..http import PageGuard
from . import convert
from .client import PAGE, next_page
from .events import EventReader
from .graphql import NOTHING, Nested
from .ground import GONE, Ground
from .history import (
    Titles,
    changes,
    is_unresolved,
    restated,
    titles_of,
)
from .kit import Kit
from .payloads import Event, Issue, Milestone
from .position import EventsPlace, Planned, Position
from .projects import Plan, moves
from .reviews import ReviewReader
from .walk import (
    MAX_SEEN,
    SETTLED,
    decode_each,
    issue_pages,
    shown_again,
    unknown,
)

_MILESTONES = {"state": "all", "per_page": str(PAGE)}
_UNTOLD = frozenset({403, 404, 405, 410, 422, 451, 501})


def _keep(planned: dict[str, Planned], issue: str, plan: Planned | None) -> None:
    if plan is None:
        planned.pop(issue, None)
    else:
        planned[issue] = plan


class Pull:
    """A pull while it is under way."""

    def __init__(
        self,
        kit: Kit,
        scope: str,
        cursor: Cursor | None,
        plan: Plan,
        *,
        now: datetime,
        base: str | None = None,
    ) -> None:
        """Begin one; ``base`` is where the repository answers, if its cursor does not know."""
        self._kit = kit
        self._client = kit.client
        self._scope = scope
        self._now = now
        self._ground = Ground(kit, scope, now=now)
        self._plan = plan
        self._titles = Titles({}, {})
        self._unresolved: list[Change] = []
        self._shown: set[int] = set()
        """Numbers of the pull requests that came anew."""
        position = Position.of(cursor)
        if position.reads != kit.reads:
            position = position.anew(kit.reads)
        if position.base is None and base is not None:
            position = replace(position, base=base)
        self._position = position
        self._ground.base = position.base or self._ground.base
        kit.names.setdefault(scope.casefold(), scope)

    def batches(self) -> Iterator[Batch]:
        """Yield what is new; every batch's cursor is safe to go on from."""
        yield self._milestones(self._open())
        position, seen = self._position, self._position.seen
        walked = False
        for page in issue_pages(
            self._client,
            self._scope,
            self._ground.base,
            position.since,
            now=self._now,
            unread=self._ground.unread,
            etag=position.etag,
        ):
            walked = True
            self._ground.base = page.base
            self._learn_name(page.issues)
            fresh = unknown(page.issues, seen)
            seen = shown_again(page.since, seen, page.issues)
            known = seen if page.last and len(seen) <= MAX_SEEN else {}
            self._position = replace(self._position, since=page.since, seen=known, etag=page.etag)
            batch = self._batch(fresh)
            if page.last and not self._position.owed:
                self._position = replace(self._position, told=page.since)
                batch = self._final(batch)
            yield batch
        if not walked:
            yield self._warning("issues are switched off")
            return
        yield from self._replanned()
        if self._position.owed:
            yield from self._history()
        yield from self._reviews()

    def single(self, issues: Sequence[Issue]) -> Batch:
        """Convert issues that were read by number: their history comes with them."""
        self._titles = Titles(self._position.titles, self._position.former)
        self._learn_name(issues)
        return self._batch(issues, otherwise=Nested(more=True))

    def _open(self) -> Answer:
        """Ask for milestones where the repository was last found, or else under its name.

        A remembered place may be gone while another repository carries the name: that one is
        read from the start.
        """
        kit, scope, position = self._kit, self._scope, self._position
        etag = position.milestones if position.titles else None
        if position.base is not None:
            answer, self._ground.base = self._client.get_list(
                position.base, "/milestones", _MILESTONES, scope=scope, accept=GONE, etag=etag
            )
            if answer.status not in GONE:
                return answer
            self._position, etag = Position(reads=kit.reads), None
        named = f"/repos/{scope}"
        answer, self._ground.base = self._client.get_list(
            named, "/milestones", _MILESTONES, scope=scope, etag=etag
        )
        return answer

    def _milestones(self, first: Answer) -> Batch:
        """Read all milestones: their dates have no history, and move without their issues."""
        base = self._ground.base
        position = replace(self._position, base=None if base == f"/repos/{self._scope}" else base)
        self._position = position
        found: list[Milestone] = []
        listings: tuple[Listing, ...] = ()
        if first.status != 304:
            unread = len(self._ground.unread)
            found = self._list_milestones(first)
            if len(self._ground.unread) == unread:
                listings = (Listing(scope=self._scope, kind=MilestoneKind.MILESTONE),)
            titles = titles_of(found)
            given_up = {
                title: known.id
                for title, known in position.titles.items()
                if title not in titles or titles[title].id != known.id
            }
            whole = next_page(first) is None
            self._position = replace(
                position,
                titles=titles,
                former=position.former | given_up,
                milestones=first.headers.get("etag") if whole else None,
            )
        self._learn_name(found)
        self._titles = Titles(self._position.titles, self._position.former)
        return Batch(
            cursor=self._position.cursor(),
            milestones=(
                *(convert.milestone_of(one, self._scope) for one in found),
                *self._plan.iterations,
            ),
            warnings=(*self._plan.warnings, *self._ground.take_unread()),
            listings=(*listings, *self._plan.listings),
        )

    def _list_milestones(self, answer: Answer) -> list[Milestone]:
        guard = PageGuard(f"{self._scope}: the list of milestones")
        found: dict[int, Milestone] = {}
        while True:
            named = f"{self._scope}: milestones"
            found |= {
                one.id: one for one in decode_each(answer, Milestone, named, self._ground.unread)
            }
            following = next_page(answer)
            if following is None:
                return list(found.values())
            answer = self._client.get(guard.check(following), scope=self._scope)

    def _batch(self, issues: Sequence[Issue], *, otherwise: Nested = NOTHING) -> Batch:
        """Convert issues with all that belongs to them, and note what is still owed.

        ``otherwise`` stands for what GraphQL does not tell of.
        """
        kept = [one for one in issues if self._kit.reading.keeps(one.pull_request)]
        warnings = self._kit.fields.learn(self._scope, kept)
        nested = self._ground.nested(kept, owed=self._position.owed)
        items: list[Item] = []
        links: list[Link] = []
        told: list[Change] = []
        planned = dict(self._position.planned)
        owed = self._position.owed
        for issue in kept:
            came = nested.get(issue.id, otherwise)
            item, plan = self._item(issue)
            items.append(item)
            if issue.pull_request is not None:
                self._shown.add(issue.number)
            links += convert.links_of(
                issue,
                item,
                self._kit.reading,
                children=self._ground.related(issue, came.children, "sub_issues", issue.sub_issues),
                blockers=self._ground.related(
                    issue, came.blockers, "dependencies/blocked_by", issue.blockers
                ),
                mentions=self._ground.mentions(issue, came),
            )
            history = self._ground.history_of(issue, came)
            owed = owed or history is None
            self._titles.forget(item.id)
            told += changes(history or (), self._titles)
            told += self._moves(item, planned.get(item.id), plan)
            _keep(planned, item.id, plan)
        self._note(told)
        self._position = replace(self._position, planned=planned, owed=owed)
        absences, self._ground.absences = tuple(self._ground.absences), []
        return Batch(
            cursor=self._position.cursor(),
            items=tuple(items),
            links=tuple(links),
            changes=tuple(told),
            warnings=(*warnings, *self._ground.take_unread()),
            absences=absences,
        )

    def _item(self, issue: Issue) -> tuple[Item, Planned | None]:
        plan = self._plan.issues.get(str(issue.id))
        if plan is None and not self._plan.complete:
            plan = self._position.planned.get(str(issue.id))
        return convert.item_of(issue, self._kit.reading, plan, scope=self._scope), plan

    def _moves(self, item: Item, old: Planned | None, new: Planned | None) -> Iterator[Change]:
        """Tell what changed since an issue was planned; of one not seen before nothing is known."""
        if old is not None:
            at = self._plan.changed_at.get(item.id, item.updated_at)
            yield from moves(item.id, old, new, at)

    def _replanned(self) -> Iterator[Batch]:
        """Read issues anew whose plan changed: editing a project does not touch its issues."""
        planned, plan = self._position.planned, self._plan
        mine = {
            issue: one
            for issue, one in plan.issues.items()
            if self._kit.reading.repository(plan.repositories.get(issue, "")) == self._scope
        }
        numbers = {issue: one.number for issue, one in mine.items() if planned.get(issue) != one}
        if plan.complete:
            numbers |= {issue: planned[issue].number for issue in planned.keys() - plan.issues}
        for issue, number in numbers.items():
            found = self._ground.issue(number)
            if found is None:
                self._ground.look_for(int(issue), number)
                rest = {one: p for one, p in self._position.planned.items() if one != issue}
                self._position = replace(self._position, planned=rest)
                yield self._batch([])
                continue
            owed = self._position.owed
            batch = self._batch([found])
            self._position = replace(self._position, owed=owed)
            first_seen = issue not in planned and issue in mine
            at = plan.changed_at.get(issue)
            told = moves(issue, None, mine[issue], at) if first_seen and at is not None else ()
            yield Batch(
                cursor=self._position.cursor(),
                items=batch.items,
                links=batch.links,
                changes=(*batch.changes, *told),
                absences=batch.absences,
            )

    def _history(self) -> Iterator[Batch]:
        """Read the repository's events, newest first, back to those that are stored.

        Issues do not depend on it, and are stored by now: where it may not be read, that is said,
        and tried again.
        """
        position = self._position
        place = position.events
        until = None if position.told is None else position.told - SETTLED
        guard = PageGuard(f"{self._scope}: the list of events")
        page = place.page if place is not None else None
        reader = EventReader(self._ground, self._titles, resumed=place is not None)
        answer = self._events(page)
        while answer.status not in _UNTOLD:
            events = decode_each(answer, Event, f"{self._scope}: events", self._ground.unread)
            times = [one.created_at for one in events if one.created_at is not None]
            if place is None:
                top = max(times, default=answer.server_time or position.since)
                place = EventsPlace(top) if top is not None else None
            following = next_page(answer)
            old = until is not None and reader.is_older(events, until)
            found = reader.changes(events, until)
            if following is None or old or place is None:
                yield self._told_until(found, None if place is None else place.top)
                return
            place = replace(place, page=page)
            self._position = replace(self._position, events=place)
            yield self._told(found)
            page = guard.check(following)
            answer = self._events(page)
        yield self._warning(f"the history of its issues cannot be read ({answer.status})")

    def _events(self, page: str | None) -> Answer:
        if page is not None:
            return self._client.get(page, scope=self._scope, accept=_UNTOLD)
        answer, self._ground.base = self._client.get_list(
            self._ground.base,
            "/issues/events",
            {"per_page": str(PAGE)},
            scope=self._scope,
            accept=_UNTOLD,
        )
        return answer

    def _told(self, found: Sequence[Change]) -> Batch:
        self._note(found)
        return Batch(
            cursor=self._position.cursor(),
            changes=tuple(found),
            warnings=self._ground.take_unread(),
        )

    def _told_until(self, found: Sequence[Change], top: datetime | None) -> Batch:
        batch = self._told(found)
        self._position = replace(self._position, owed=False, told=top, events=None)
        return self._final(batch)

    def _reviews(self) -> Iterator[Batch]:
        """Read what was said of the pull requests in which gates are decided."""
        reader = ReviewReader(self._ground, self._position.reviewed)
        for number in self._awaited():
            found = reader.read(number, changed=number in self._shown)
            before = self._position.reviewed
            self._position = replace(self._position, reviewed=dict(reader.known))
            warnings = self._ground.take_unread()
            if found is not None or warnings or reader.known != before:
                pull, reviews = found or (None, ())
                yield Batch(
                    cursor=self._position.cursor(),
                    pull_requests=() if pull is None else (pull,),
                    reviews=tuple(reviews),
                    warnings=warnings,
                )

    def _awaited(self) -> list[int]:
        """List the numbers of this repository in which gates are decided."""
        names = {self._scope.casefold(), (self._position.name or self._scope).casefold()}
        keys = (key.rpartition("#") for key in self._kit.approvals)
        return sorted({int(n) for name, _, n in keys if name in names and n.isdecimal()})

    def _note(self, found: Sequence[Change]) -> None:
        self._unresolved += [one for one in found if is_unresolved(one)]
        self._position = replace(self._position, former=dict(self._titles.former))

    def _final(self, batch: Batch) -> Batch:
        """State anew what is known by now of milestones that had other titles then."""
        again = (restated(change, self._titles) for change in self._unresolved)
        return replace(
            batch,
            cursor=self._position.cursor(),
            changes=(*batch.changes, *(one for one in again if one is not None)),
        )

    def _learn_name(self, payloads: Sequence[Issue | Milestone]) -> None:
        """Learn what GitHub calls the repository today, from what it sent or a cursor kept."""
        position = self._position
        name = convert.repository_of(payloads[0]) if payloads else position.name
        if not name or name.casefold() == self._scope.casefold():
            self._position = replace(position, name=None) if payloads else position
            return
        self._kit.names[name.casefold()] = self._scope
        self._position = replace(position, name=name)

    def _warning(self, text: str) -> Batch:
        return Batch(cursor=self._position.cursor(), warnings=(f"{self._scope}: {text}",))
