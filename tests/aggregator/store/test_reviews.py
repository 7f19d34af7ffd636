"""Reviews of pull requests: what a tracker has of one takes the place of what it had."""

from datetime import UTC, datetime

from slipwatch.aggregator.records import Batch, PullRequest, Review, Verdict
from slipwatch.aggregator.store import Store

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PULL = PullRequest(key="acme/api#7", author="ana", merged_by="sam")
OTHER = PullRequest(key="acme/api#8")


def review(identity: str, pull: PullRequest = PULL, **given: object) -> Review:
    values = {"reviewer": "dana", "verdict": Verdict.APPROVED, "at": NOON, **given}
    return Review(pull_request=pull.key, id=identity, **values)  # type: ignore[arg-type]


def test_reviews_of_a_pull_request_are_those_that_it_has_now(store: Store) -> None:
    first = Batch(
        cursor={},
        pull_requests=(PULL, OTHER),
        reviews=(review("1"), review("2", reviewer="e\x00ve"), review("1", OTHER)),
    )
    dismissed = review("1", dismissed_at=NOON)
    again = Batch(cursor={}, pull_requests=(PULL,), reviews=(dismissed, review("9", OTHER)))
    for batch in (first, first, again):
        store.apply("github", "acme/api", batch, observed_at=NOON)

    assert [*store.reviews("github")] == [("github", dismissed), ("github", review("1", OTHER))]
    assert [*store.pull_requests()] == [("github", PULL), ("github", OTHER)]
    assert [*store.reviews("jira")] == []
