"""Who said yes to what, in an issue or a pull request, as of one day."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from slipwatch.config.gates import TrackerIssueSettings

from ..gates.model import State
from ..records import Item, Level, Outcome, PullRequest, Review, Verdict
from .facts import Ref
from .lookup import Lookup

Who = Collection[str] | None
"""Who may approve; None where everybody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What was said of it."""

    item: Item
    state: State
    detail: str
    by: tuple[str, ...] = ()
    decided: date | None = None
    hands: frozenset[str] = frozenset()
    """Who wrote what is approved."""


def read_approval(settings: TrackerIssueSettings, lookup: Lookup) -> Approval | None:
    """Read what an issue or a pull request says; None where there is none of its key."""
    ref = lookup.find(settings.issue, settings.source)
    if ref is None:
        return None
    item, pull = lookup.item(ref), lookup.pull_request(ref)
    who: Who = lookup.meant_by(*settings.by) if settings.by else None
    if pull is None and item.level is not Level.PULL_REQUEST:
        return _issue(item, settings, who, lookup)
    return _pull_request(ref, pull or PullRequest(key=item.key), settings, who, lookup)


def _issue(item: Item, settings: TrackerIssueSettings, who: Who, lookup: Lookup) -> Approval:
    ended, by = lookup.ended(item), item.assignee
    named = () if by is None else (by,)
    if ended is None:
        return Approval(item=item, state="pending", detail="open")
    if item.outcome is not Outcome.COMPLETED:
        return Approval(
            item=item, state="rejected", detail=f"refused {ended}", by=named, decided=ended
        )
    if settings.reviews is not None:
        detail = f"closed {ended}, but it is no pull request: nobody can review it"
        return Approval(item=item, state="pending", detail=detail)
    if not _may(by, who):
        detail = f"closed {ended} by {by or 'nobody'}, who may not approve it"
        return Approval(item=item, state="pending", detail=detail)
    detail = f"approved {ended}" + (f" by {by}" if by else "")
    return Approval(item=item, state="approved", detail=detail, by=named, decided=ended)


def _pull_request(
    ref: Ref, pull: PullRequest, settings: TrackerIssueSettings, who: Who, lookup: Lookup
) -> Approval:
    item = lookup.item(ref)
    hands = frozenset(name for name in (pull.author, item.assignee) if name is not None)
    ended, merged = lookup.ended(item), item.outcome is Outcome.COMPLETED
    if ended is not None and not merged:
        detail = f"closed {ended} without a merge"
        return Approval(item=item, state="rejected", detail=detail, decided=ended, hands=hands)
    standing = _standing(lookup.reviews(ref), lookup)
    counted = [one for one in standing.values() if _may(one.reviewer, who)]
    against = sorted(one.reviewer for one in counted if one.verdict is Verdict.REFUSED)
    given = sorted(
        (day, one.reviewer)
        for one in counted
        if one.verdict is Verdict.APPROVED
        and one.reviewer != pull.author
        and (day := lookup.day(one.at)) is not None
    )
    needed = settings.reviews or 1
    if not against and len(given) >= needed:
        by, day = tuple(sorted(name for _, name in given)), given[needed - 1][0]
        detail = f"approved {day} by {', '.join(by)}"
        return Approval(item=item, state="approved", detail=detail, by=by, decided=day, hands=hands)
    merger = pull.merged_by or item.assignee
    if ended is not None and not against and settings.reviews is None and _may(merger, who):
        detail = f"merged {ended}" + (f" by {merger}" if merger else "")
        named = () if merger is None else (merger,)
        return Approval(
            item=item, state="approved", detail=detail, by=named, decided=ended, hands=hands
        )
    return Approval(
        item=item, state="pending", detail=_waiting(ended, against, len(given), needed), hands=hands
    )


def _waiting(ended: date | None, against: Collection[str], given: int, needed: int) -> str:
    merged = "" if ended is None else f"merged {ended}, but "
    if against:
        return f"{merged}{', '.join(against)} asked for changes"
    if needed == 1:
        return f"{merged}no review that counts approves it"
    return f"{merged}{given} of {needed} reviews approve it"


def _standing(reviews: Iterable[Review], lookup: Lookup) -> Mapping[str, Review]:
    """Give the last review of each reviewer by the day, unless it was dismissed by then."""
    last: dict[str, Review] = {}
    for one in sorted(reviews, key=lambda review: (review.at, review.id)):
        if lookup.past(lookup.day(one.at)) is not None:
            last[one.reviewer] = one
    return {
        name: one for name, one in last.items() if lookup.past(lookup.day(one.dismissed_at)) is None
    }


def _may(name: str | None, who: Who) -> bool:
    return who is None or name in who
