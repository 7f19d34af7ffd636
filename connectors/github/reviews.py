"""Reviews of the pull requests in which gates are decided; no others are asked for.

https://docs.github.com/en/rest/pulls/reviews: the oldest come first. A dismissed review keeps the
time at which it was sent; when it was dismissed, and what it had said until then, an event of its
pull request tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from slipwatch.aggregator.records import PullRequest, Review, Verdict

from ..answers import Answer
from ..http import PageGuard
from .client import MOVED, PAGE, next_page
from .ground import Ground
from .payloads import Event, Pull, PullReview
from .position import Reviewed
from .walk import collect, decode, decode_each

_ABSENT = frozenset({404, 410, *MOVED})
_UNTOLD = frozenset({403, 451})
_VERDICTS = {"approved": Verdict.APPROVED, "changes_requested": Verdict.REFUSED}
_DISMISSED = "dismissed"


class ReviewReader:
    """Reads pull requests of one repository, which ``known`` says how far they were read."""

    def __init__(self, ground: Ground, known: Mapping[str, Reviewed]) -> None:
        self._ground = ground
        self.known = dict(known)
        """By number, after what was read."""

    def read(self, number: int, *, changed: bool) -> tuple[PullRequest, Sequence[Review]] | None:
        """Read a pull request and its reviews; None where nothing is new, or nothing to be read.

        ``changed`` says that the repository showed it anew, so that it may have been merged.
        """
        name = str(number)
        before = self.known.get(name)
        after = before
        if before is None or changed:
            after = self._about(number, before, sure=changed)
        if after is None or after.absent:
            self._keep(name, after)
            return None
        told = before is None or before.absent or _people(before) != _people(after)
        reviews = self._listed(number, None if told else after.etag)
        if reviews is None:
            return None
        found, etag = reviews
        self._keep(name, replace(after, etag=etag))
        if found is None:
            return None
        key = self._ground.kit.reading.key(self._ground.scope, number)
        pull = PullRequest(key=key, author=after.author, merged_by=after.merged_by)
        return pull, list(self._verdicts(found, key, number))

    def _keep(self, name: str, reviewed: Reviewed | None) -> None:
        if reviewed is not None:
            self.known[name] = reviewed

    def _about(self, number: int, before: Reviewed | None, *, sure: bool) -> Reviewed | None:
        """Ask who made it and who merged it; None where it may not be read, and is asked again.

        ``sure`` says that there is one: GitHub answers 404 for what an account may not see, too.
        """
        answer = self._get(f"/pulls/{number}")
        if answer.status in _UNTOLD or (sure and answer.status in _ABSENT):
            self._say(number, answer)
            return None
        if answer.status in _ABSENT:
            return Reviewed(absent=True)
        pull = decode(answer, Pull, self._ground.scope)
        return Reviewed(
            author=pull.user.login if pull.user is not None else None,
            merged_by=pull.merged_by.login if pull.merged_by is not None else None,
            etag=None if before is None else before.etag,
        )

    def _listed(
        self, number: int, etag: str | None
    ) -> tuple[list[PullReview] | None, str | None] | None:
        """List its reviews, None where that is nothing new; with what asks for newer ones."""
        ground = self._ground
        where = f"{ground.scope}#{number}: its reviews"
        answer = self._get(f"/pulls/{number}/reviews", etag)
        if answer.status == 304:
            return None, etag
        if answer.status in _UNTOLD | _ABSENT:
            self._say(number, answer)
            return None
        guard = PageGuard(where)
        found: list[PullReview] = []
        first = answer
        while True:
            found += decode_each(answer, PullReview, where, ground.unread)
            following = next_page(answer)
            if following is None:
                whole = first is answer
                return found, first.headers.get("etag") if whole else None
            answer = ground.kit.client.get(guard.check(following), scope=ground.scope)

    def _get(self, rest: str, etag: str | None = None) -> Answer:
        ground = self._ground
        return ground.kit.client.get(
            f"{ground.base}{rest}",
            {"per_page": str(PAGE)} if rest.endswith("/reviews") else None,
            scope=ground.scope,
            accept=_ABSENT | _UNTOLD,
            etag=etag,
        )

    def _verdicts(self, found: Sequence[PullReview], key: str, number: int) -> Iterator[Review]:
        gone = any(one.state.casefold() == _DISMISSED for one in found)
        dismissals = self._dismissals(number) if gone else {}
        for one in found:
            state, dismissed_at = one.state.casefold(), None
            if state == _DISMISSED:
                state, dismissed_at = dismissals.get(one.id, ("", None))
            verdict = _VERDICTS.get(state)
            if verdict is not None and one.user is not None and one.submitted_at is not None:
                yield Review(
                    pull_request=key,
                    id=str(one.id),
                    reviewer=one.user.login,
                    verdict=verdict,
                    at=one.submitted_at,
                    dismissed_at=dismissed_at,
                )

    def _dismissals(self, number: int) -> Mapping[int, tuple[str, datetime | None]]:
        """Say of each dismissed review what it had said, and when it was dismissed."""
        ground = self._ground
        where = f"{ground.base}/issues/{number}/events"
        events = collect(ground.kit.client, ground.scope, where, Event, ground.unread) or ()
        return {
            one.dismissed_review.review_id: (one.dismissed_review.state.casefold(), one.created_at)
            for one in events
            if one.dismissed_review is not None and one.created_at is not None
        }

    def _say(self, number: int, answer: Answer) -> None:
        self._ground.unread.append(
            f"{self._ground.scope}#{number}: its reviews cannot be read ({answer.status}); "
            "the account needs to read pull requests"
        )


def _people(reviewed: Reviewed) -> tuple[str | None, str | None]:
    return reviewed.author, reviewed.merged_by
