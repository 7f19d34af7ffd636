"""Reviews of pull requests in which gates are decided: who said what when, and at what price."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from slipwatch.aggregator.connector import Context
from slipwatch.aggregator.records import Batch, Review, Verdict
from slipwatch.connectors.conformance.proxy import Call, Proxy, Reply
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.demo import GITHUB_TOKEN, DemoServer, World
from slipwatch.demo.github import GithubApp
from slipwatch.demo.github_records import GithubIssue
from slipwatch.demo.people import User

DANA, SAM = User("dana", "Dana", 1), User("sam", "Sam", 2)


class Repository:
    """``acme/api`` behind a proxy, with one issue and one pull request."""

    def __init__(self, world: World, proxy: Proxy) -> None:
        self.world, self.site, self.proxy = world, world.github, proxy
        repository = self.site.add_repository("acme/api", at=world.now - timedelta(days=9))
        self.issue = self.site.add_issue(repository, "Launch?", at=world.now - timedelta(days=8))
        self.pull = self.site.add_issue(
            repository, "Build", at=world.now - timedelta(days=8), pull_request=True
        )

    def connector(self, *awaited: GithubIssue) -> GitHubConnector:
        settings = {
            "kind": "github",
            "url": self.proxy.url,
            "auth": {"token": {"env": "GITHUB_TOKEN_FOR_TESTS"}},
            "repositories": ["acme/api"],
            "api": "rest",
        }
        context = Context(
            now=lambda: self.world.now,
            sleep=lambda _seconds: None,
            approvals=frozenset(one.key.upper() for one in awaited),
        )
        return GitHubConnector("github", GitHubSettings.model_validate(settings), context)

    def pulled(self, connector: GitHubConnector, after: Sequence[Batch] = ()) -> list[Batch]:
        """Pull on from where batches ended, and forget what was asked before."""
        self.proxy.forget()
        return list(connector.pull("acme/api", after[-1].cursor if after else None))

    def asked(self) -> list[str]:
        return [call.path.partition("/acme/api")[2] for call in self.proxy.calls]


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setenv("GITHUB_TOKEN_FOR_TESTS", GITHUB_TOKEN)
    world = World()
    with (
        DemoServer(world, GithubApp(world), "github") as server,
        Proxy(server.url, page_parameter=None) as proxy,
    ):
        yield Repository(world, proxy)


def reviews(batches: Sequence[Batch]) -> list[Review]:
    return [review for batch in batches for review in batch.reviews]


def warnings(batches: Sequence[Batch]) -> list[str]:
    return [warning for batch in batches for warning in batch.warnings]


def refusing(path: str, status: int) -> Callable[[Call], Reply | None]:
    return lambda call: Reply(status=status, body=b"{}") if call.path.endswith(path) else None


def test_reviews_say_who_said_what_and_when_it_was_dismissed(repository: Repository) -> None:
    site, pull, now = repository.site, repository.pull, repository.world.now
    first = site.review(pull, at=now - timedelta(days=5), by=SAM)
    site.review(pull, at=now - timedelta(days=4), by=DANA, state="CHANGES_REQUESTED")
    site.review(pull, at=now - timedelta(days=3), by=DANA, state="COMMENTED")
    site.dismiss(pull, first, at=now - timedelta(days=2), by=DANA)

    batches = repository.pulled(repository.connector(pull))

    assert [(one.reviewer, one.verdict, one.at, one.dismissed_at) for one in reviews(batches)] == [
        ("sam", Verdict.APPROVED, now - timedelta(days=5), now - timedelta(days=2)),
        ("dana", Verdict.REFUSED, now - timedelta(days=4), None),
    ]
    (known,) = (one for batch in batches for one in batch.pull_requests)
    assert (known.key, known.author, known.merged_by) == ("acme/api#2", pull.user.login, None)


def test_only_pull_requests_in_which_gates_are_decided_are_asked_for(
    repository: Repository,
) -> None:
    repository.pulled(repository.connector())
    assert not any("/pulls" in path for path in repository.asked())

    connector = repository.connector(repository.issue, repository.pull)
    batches = repository.pulled(connector)
    assert [path for path in repository.asked() if "/pulls" in path] == [
        "/pulls/1",
        "/pulls/2",
        "/pulls/2/reviews",
    ]

    again = repository.pulled(connector, batches)
    assert [path for path in repository.asked() if "/pulls" in path] == ["/pulls/2/reviews"]
    assert [reply.status for reply in repository.proxy.replies][-1] == 304
    assert reviews(again) == []


def test_a_review_is_seen_though_the_pull_request_does_not_change(repository: Repository) -> None:
    connector, pull = repository.connector(repository.pull), repository.pull
    batches = repository.pulled(connector)
    touched = pull.updated
    with repository.world.lock:
        repository.site.review(pull, at=repository.world.now, by=DANA)
        pull.updated = touched

    assert [one.reviewer for one in reviews(repository.pulled(connector, batches))] == ["dana"]


def test_who_merged_it_comes_with_the_merge(repository: Repository) -> None:
    connector = repository.connector(repository.pull)
    batches = repository.pulled(connector)
    with repository.world.lock:
        repository.world.now += timedelta(minutes=10)
        repository.site.close(repository.pull, at=repository.world.now, by=SAM)

    again = repository.pulled(connector, batches)

    assert [one.merged_by for batch in again for one in batch.pull_requests] == ["sam"]


@pytest.mark.parametrize(
    ("path", "status"), [("/pulls/2", 404), ("/pulls/2/reviews", 403), ("/pulls/2/reviews", 451)]
)
def test_reviews_that_may_not_be_read_are_told_of_and_asked_for_again(
    repository: Repository, path: str, status: int
) -> None:
    connector, pull = repository.connector(repository.pull), repository.pull
    repository.site.review(pull, at=repository.world.now - timedelta(days=1), by=DANA)
    repository.proxy.forget()
    repository.proxy.fault = refusing(path, status)
    batches = list(connector.pull("acme/api", None))

    assert [item.key for batch in batches for item in batch.items] == ["acme/api#1", "acme/api#2"]
    (warning,) = warnings(batches)
    assert warning.startswith(f"acme/api#2: its reviews cannot be read ({status}); the account")
    assert [one.reviewer for one in reviews(repository.pulled(connector, batches))] == ["dana"]
